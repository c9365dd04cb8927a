using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Passwords;

/// <summary>
/// Passwords of other services' leaks, by a file that the installation may have: SHA-1 in hex, one a line and sorted, with or without
/// a colon and a number behind it. Many gigabytes are looked up by some dozens of reads; nothing is asked of anybody outside.
/// </summary>
internal sealed class BreachedPasswords(IOptions<IdentityOptions> options)
{
    private const int Digits = 2 * SHA1.HashSizeInBytes;
    private const int LongestLine = 80;

    /// <returns>False where there is no such file.</returns>
    /// <exception cref="AccountException">The file can't be read, or is none of that kind.</exception>
    public async Task<bool> HoldsAsync(string password)
    {
        if (options.Value.BreachedPasswords is not { Length: > 0 } path)
        {
            return false;
        }
#pragma warning disable CA5350 // It is what the lists are made by, and protects nothing here.
        var wanted = Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(password)));
#pragma warning restore CA5350
        try
        {
            await using var file = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite,
                bufferSize: 1,
                FileOptions.Asynchronous | FileOptions.RandomAccess
            );
            return await HoldsAsync(file, wanted);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new AccountException(
                "Whether this password was in a leak can't be looked up now, so it is not taken: the file of Identity:BreachedPasswords can't be read, or is no sorted list of SHA-1 in hex. Nothing was changed."
            );
        }
    }

    private static async Task<bool> HoldsAsync(FileStream file, string wanted)
    {
        var (low, high) = (0L, file.Length);
        var buffer = new byte[2 * LongestLine];
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            var start = Math.Max(0, middle - LongestLine);
            file.Seek(start, SeekOrigin.Begin);
            var text = Encoding.ASCII.GetString(buffer, 0, await file.ReadAtLeastAsync(buffer, buffer.Length, false));
            var at = (int)(middle - start);
            var from = at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;
            var to = text.IndexOf('\n', at) is >= 0 and var end ? end : text.Length;
            if ((from == 0 && start > 0) || to - from > LongestLine)
            {
                throw new FormatException("A line is too long.");
            }
            var line = text[from..to].TrimEnd('\r');
            if (line.Length > 0 && !IsHash(line))
            {
                throw new FormatException("A line is no hash.");
            }
            var order = line.Length == 0 ? 1 : string.CompareOrdinal(wanted, line[..Digits].ToUpperInvariant());
            if (order == 0)
            {
                return true;
            }
            (low, high) = order < 0 ? (low, start + from) : (start + to + 1, high);
        }
        return false;
    }

    private static bool IsHash(string line) =>
        line.Length >= Digits
        && line.Take(Digits).All(char.IsAsciiHexDigit)
        && (line.Length == Digits || line[Digits] == ':');
}
