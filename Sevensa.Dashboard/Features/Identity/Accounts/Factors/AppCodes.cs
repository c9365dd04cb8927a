using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Factors;

/// <summary>
/// Codes of an app (RFC 6238), of the half minute that it is, the one before and the one after: the framework's own takes two of each,
/// which are five right codes at any moment for whoever guesses.
/// </summary>
internal sealed class AppCodes(TimeProvider time) : AuthenticatorTokenProvider<AppUser>
{
    /// <summary>How long a code is right, from when the first clock shows it.</summary>
    public static readonly TimeSpan Good = TimeSpan.FromSeconds(100);

    private const int Step = 30;

    /// <summary>On its way from the eye to here.</summary>
    private const int OnTheWay = 5;

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public override async Task<bool> ValidateAsync(
        string purpose,
        string token,
        UserManager<AppUser> manager,
        AppUser user
    )
    {
        if (await manager.GetAuthenticatorKeyAsync(user) is not { Length: > 0 } text || Bytes(text) is not { } key)
        {
            return false;
        }
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var isRight = false;
        for (var step = (now - Step - OnTheWay) / Step; step <= (now + Step) / Step; step++)
        {
            isRight |= CryptographicOperations.FixedTimeEquals(
                System.Text.Encoding.ASCII.GetBytes(Code(key, step)),
                System.Text.Encoding.ASCII.GetBytes(token)
            );
        }
        return isRight;
    }

    private static string Code(byte[] key, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
#pragma warning disable CA5350 // RFC 6238 as apps have it.
        var hash = HMACSHA1.HashData(key, counter);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>Base 32 (RFC 4648), as the key is kept.</summary>
    private static byte[]? Bytes(string text)
    {
        var bytes = new List<byte>();
        var (held, bits) = (0, 0);
        foreach (var letter in text.TrimEnd('='))
        {
            if (Letters.IndexOf(char.ToUpperInvariant(letter), StringComparison.Ordinal) is not (>= 0 and var value))
            {
                return null;
            }
            (held, bits) = (((held << 5) | value) & 0xFFF, bits + 5);
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)(held >> bits));
            }
        }
        return [.. bytes];
    }
}
