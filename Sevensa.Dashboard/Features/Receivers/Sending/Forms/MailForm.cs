using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Receivers.Messages;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Receivers.Sending.Forms;

/// <summary>A letter over the mail server that this installation uses.</summary>
internal sealed class MailForm(IMailServer server, Announcer announcer, PublicAddress address) : IReceiverForm
{
    public ReceiverKind Kind => ReceiverKind.Email;

    public async Task<Sent> SendAsync(ReceiverRow receiver, OutwardEvent told, CancellationToken cancellation)
    {
        var words = announcer.Of(told);
        try
        {
            var refused = await server.SendAsync(
                new Letter(
                    $"{told.Id}.{receiver.Id}@{address.Of("/").Host}",
                    ReceiverAddresses.Mailboxes(receiver.Url),
                    WrittenMessage.Subject(words),
                    WrittenMessage.Plain(words, "\r\n"),
                    WrittenMessage.Html(words)
                ),
                cancellation
            );
            return new Sent(null, null)
            {
                Remark = refused is null ? null : $"The mail server took it, but not for all: {refused}",
            };
        }
        catch (MailFailedException exception)
        {
            return new Sent(null, $"The mail server did not take it: {exception.Message}");
        }
    }
}
