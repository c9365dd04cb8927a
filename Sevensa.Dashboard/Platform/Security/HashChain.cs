using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>
/// Rows that each hold the hash of themselves and of the row before: none can be changed, taken out of the middle or put in
/// unseen. The seal of the newest, which only holders of the key file can make, shows rows that were cut off the end.
/// </summary>
public static class HashChain
{
    /// <summary>What stands before the first row.</summary>
    public const string Origin = "";

    private const string Purpose = "hash-chain";

    /// <summary>SHA-256 (hex) over the hash before and the row's parts, each behind its length in bytes (-1 for null), as the store keeps them.</summary>
    public static string Next(string previous, params ReadOnlySpan<object?> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, previous);
        foreach (var part in parts)
        {
            Append(
                hash,
                part switch
                {
                    null => null,
                    DateTimeOffset time => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
                    _ => Convert.ToString(part, CultureInfo.InvariantCulture),
                }
            );
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The seal of a chain's newest row.</summary>
    /// <param name="chain">What tells the chain from all others.</param>
    public static byte[] Seal(StoreKey key, string chain, long number, string hash) =>
        key.Mac(Sealed(chain, number, hash), Purpose);

    /// <summary>Whether a seal is that of this newest row.</summary>
    public static bool IsSealed(StoreKey key, string chain, long number, string hash, byte[]? seal) =>
        seal is not null && key.IsMac(Sealed(chain, number, hash), Purpose, seal);

    /// <summary>The seal by the key in use, of one by another key of the file; null when it is by that already.</summary>
    /// <exception cref="StoreException">It is not this newest row's.</exception>
    internal static byte[]? SealAnew(StoreKey key, string chain, long number, string hash, byte[] seal) =>
        key.MacAnew(Sealed(chain, number, hash), Purpose, seal);

    private static byte[] Sealed(string chain, long number, string hash) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{chain}\n{number}\n{hash}"));

    private static void Append(IncrementalHash hash, string? part)
    {
        var bytes = part is null ? [] : Encoding.UTF8.GetBytes(StoreText.Whole(part));
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part is null ? -1 : bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
