using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Receivers among the connections, for those who look after them.</summary>
internal sealed class ReceiverConnections(ReceiverStore store) : IConnections
{
    public async Task<IReadOnlyList<Connection>> ForAsync(Caller caller, CancellationToken cancellation) =>
        caller.IsAdmin ? [.. (await store.AllAsync(cancellation)).Select(Receiver.Of).Select(Of)] : [];

    private static Connection Of(Receiver receiver) =>
        new(
            $"Events out, {receiver.Kind.ToString().ToLowerInvariant()}",
            receiver.Name,
            receiver.State != ReceiverState.Active ? ConnectionState.Troubled
                : receiver.ToldAt is null ? ConnectionState.Waits
                : ConnectionState.Works,
            receiver.ToldAt,
            receiver.State == ReceiverState.Active ? null : receiver.Reason,
            receiver.State switch
            {
                ReceiverState.Paused => "Resume it when it can take events again; what it was not told waits.",
                ReceiverState.Failing => "Look at its deliveries; it is tried again by itself.",
                _ => null,
            },
            "/receivers"
        );
}
