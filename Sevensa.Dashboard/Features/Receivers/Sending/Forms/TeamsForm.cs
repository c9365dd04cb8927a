using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Receivers.Messages;

namespace Sevensa.Dashboard.Features.Receivers.Sending.Forms;

/// <summary>A card to a Workflows webhook of Teams, whose address is its secret.</summary>
internal sealed class TeamsForm(Posting posting, Announcer announcer, ReceiverSecrets secrets) : IReceiverForm
{
    /// <summary>What a connector of the older kind says with 200 when Teams did not take the message.</summary>
    private const string Failed = "message delivery failed";

    public ReceiverKind Kind => ReceiverKind.Teams;

    public async Task<Sent> SendAsync(ReceiverRow receiver, OutwardEvent told, CancellationToken cancellation)
    {
        var url = new Uri(secrets.Open(receiver));
        using var request = JsonRequest.Of(HttpMethod.Post, url, TeamsMessage.Of(announcer.Of(told)));
        return await posting.SendAsync(request, HiddenText.Of(url), Judge, cancellation);
    }

    private static Sent Judge(Reply reply) =>
        reply.IsGood && reply.Text.Contains(Failed, StringComparison.OrdinalIgnoreCase)
            ? reply.NotTaken(reply.Text)
            : reply.Usual();
}
