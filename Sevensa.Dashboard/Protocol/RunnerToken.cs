using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sevensa.Dashboard.Protocol;

/// <summary>
/// What a runner shows when it connects: <c>srk1.hostId.unixMs.nonce.signature</c>, signed with the host's own key
/// (ECDSA P-256/SHA-256 over everything before the last dot). Good for one connection within <see cref="Window"/>.
/// </summary>
public sealed record RunnerToken(string HostId, DateTimeOffset At, string Nonce, byte[] Signed, byte[] Signature)
{
    /// <summary>How every one begins; the number is that of the form.</summary>
    public const string Prefix = "srk1.";

    /// <summary>How far the host's clock may be from the dashboard's.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(2);

    private const int NonceBytes = 16;

    /// <summary>One for the connection that is about to be made.</summary>
    /// <param name="key">The host's own, ECDSA P-256.</param>
    public static string Make(string hostId, ECDsa key, DateTimeOffset now)
    {
        var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NonceBytes));
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Prefix}{hostId}.{now.ToUnixTimeMilliseconds()}.{nonce}"
        );
        var signature = key.SignData(
            Encoding.ASCII.GetBytes(text),
            HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation
        );
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>Null when it has not the form; nothing in it is to be believed before <see cref="IsSignedBy"/>.</summary>
    public static RunnerToken? Read(string text)
    {
        const int MostCharacters = 400;
        if (
            text.Length > MostCharacters
            || text.Split('.') is not [_, { Length: > 0 } hostId, var time, { Length: > 0 } nonce, var signature]
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var unixMs)
            || unixMs > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            || !Base64Url.IsValid(signature)
        )
        {
            return null;
        }
        return new RunnerToken(
            hostId,
            DateTimeOffset.FromUnixTimeMilliseconds(unixMs),
            nonce,
            Encoding.ASCII.GetBytes(text[..text.LastIndexOf('.')]),
            Base64Url.DecodeFromChars(signature)
        );
    }

    /// <summary>Whether the host that it names has made it.</summary>
    /// <param name="publicKey">SubjectPublicKeyInfo (DER).</param>
    public bool IsSignedBy(byte[] publicKey)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(publicKey, out _);
        return key.VerifyData(
            Signed,
            Signature,
            HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation
        );
    }
}
