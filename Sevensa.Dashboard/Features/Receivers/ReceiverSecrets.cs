using System.Text;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>
/// What only a receiver and this installation know, sealed in the store: what a webhook's messages are signed with, a Matrix
/// token, the whole address of Slack and Teams, by which anybody may write there.
/// </summary>
internal sealed class ReceiverSecrets(StoreKey key)
{
    public const string Purpose = "sevensa.receivers.secret";
    private const string MarkPurpose = "sevensa.receivers.mark";

    public byte[] Seal(string secret) => key.Seal(Encoding.UTF8.GetBytes(secret), Purpose);

    /// <exception cref="Platform.Storage.StoreException">It was sealed under another key.</exception>
    public string Open(ReceiverRow receiver) => Open(receiver.SealedSecret);

    /// <summary>The secret that signs, and while it is being exchanged the one before.</summary>
    public IEnumerable<string> Signing(ReceiverRow receiver, DateTimeOffset now)
    {
        yield return Open(receiver.SealedSecret);
        if (receiver.SealedFormerSecret is { } former && receiver.FormerUntil > now)
        {
            yield return Open(former);
        }
    }

    /// <summary>By which a secret is told from another without being shown.</summary>
    public string Mark(string secret) =>
        Convert.ToHexStringLower(key.Mac(Encoding.UTF8.GetBytes(secret), MarkPurpose).AsSpan(0, 4));

    private string Open(byte[] bytes) => Encoding.UTF8.GetString(key.Open(bytes, Purpose));
}
