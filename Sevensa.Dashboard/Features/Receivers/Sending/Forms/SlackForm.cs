using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Receivers.Messages;

namespace Sevensa.Dashboard.Features.Receivers.Sending.Forms;

/// <summary>A message to an incoming webhook of Slack, whose address is its secret.</summary>
internal sealed class SlackForm(Posting posting, Announcer announcer, ReceiverSecrets secrets) : IReceiverForm
{
    public ReceiverKind Kind => ReceiverKind.Slack;

    public async Task<Sent> SendAsync(ReceiverRow receiver, OutwardEvent told, CancellationToken cancellation)
    {
        var url = new Uri(secrets.Open(receiver));
        using var request = JsonRequest.Of(HttpMethod.Post, url, SlackMessage.Of(announcer.Of(told)));
        return await posting.SendAsync(request, HiddenText.Of(url), Judge, cancellation);
    }

    /// <summary>It is taken when the answer says "ok", and nothing else.</summary>
    private static Sent Judge(Reply reply) =>
        !reply.IsGood ? reply.Usual()
        : reply.Text.Trim() == "ok" ? new Sent(reply.Status, null)
        : reply.NotTaken(reply.Text.Trim().Length == 0 ? "nothing, where Slack says \"ok\"." : reply.Text);
}
