using System.Security.Cryptography;

namespace Sevensa.Dashboard.Protocol;

/// <summary>How a public action key is named, the same on both sides.</summary>
public static class ActionKeyId
{
    /// <param name="publicKey">SubjectPublicKeyInfo (DER).</param>
    /// <returns>The first 16 hex digits of its SHA-256.</returns>
    public static string Of(ReadOnlySpan<byte> publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey))[..16];
}
