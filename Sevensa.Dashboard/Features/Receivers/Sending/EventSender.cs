using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Receivers.Sending.Forms;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>Sends one event to one receiver, once, as its kind is told. Whatever goes wrong is an answer, not an exception.</summary>
internal sealed class EventSender(IEnumerable<IReceiverForm> forms, ILogger<EventSender> log)
{
    private readonly IReadOnlyDictionary<ReceiverKind, IReceiverForm> forms = forms.ToDictionary(form => form.Kind);

    public async Task<Sent> SendAsync(ReceiverRow receiver, OutwardEvent told, CancellationToken cancellation)
    {
        try
        {
            return await forms[receiver.Kind].SendAsync(receiver, told, cancellation);
        }
        catch (StoreException exception)
        {
            return new Sent(null, exception.Message);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            // A fault of this program's own is a try like any other: what was sent before it stays sent, what comes after is told.
            log.LogError(
                exception,
                "{Receiver} ({Kind}) could not be told of {Event}, for a reason that nobody expected",
                receiver.Name,
                receiver.Kind,
                told.Id
            );
            // The reason's own words may quote what is secret.
            return new Sent(null, "It could not be told, by a fault of this program. Its log says more.");
        }
    }
}
