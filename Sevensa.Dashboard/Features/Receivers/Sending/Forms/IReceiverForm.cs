using Sevensa.Dashboard.Features.Receivers.Events;

namespace Sevensa.Dashboard.Features.Receivers.Sending.Forms;

/// <summary>How receivers of one kind are told.</summary>
internal interface IReceiverForm
{
    ReceiverKind Kind { get; }

    Task<Sent> SendAsync(ReceiverRow receiver, OutwardEvent told, CancellationToken cancellation);
}
