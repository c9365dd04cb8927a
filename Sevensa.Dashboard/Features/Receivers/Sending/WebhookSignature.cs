using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>
/// Signatures as Standard Webhooks 1.0 has them (https://www.standardwebhooks.com): HMAC-SHA256 over id, time and body, so that
/// its ready-made libraries check who sent a message, that nobody changed it, and that it is not an old one.
/// </summary>
internal static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimeHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    private const string Prefix = "whsec_";
    private const int Bytes = 32;

    /// <summary>A new secret: <c>whsec_</c> and the key in Base64.</summary>
    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes));

    /// <param name="secrets">The secret, and while it is being exchanged the one before.</param>
    /// <returns>The header's value: one signature for each secret.</returns>
    public static string Of(IEnumerable<string> secrets, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{id}.{at.ToUnixTimeSeconds()}.")
        );
        var signed = new byte[head.Length + body.Length];
        head.CopyTo(signed, 0);
        body.CopyTo(signed.AsSpan(head.Length));
        return string.Join(
            ' ',
            secrets.Select(secret =>
                $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[Prefix.Length..]), signed))}"
            )
        );
    }
}
