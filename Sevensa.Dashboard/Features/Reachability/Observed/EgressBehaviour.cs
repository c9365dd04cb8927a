using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability.Graph;

namespace Sevensa.Dashboard.Features.Reachability.Observed;

/// <summary>Where services connect to that they did not in the month before, as their hosts tell.</summary>
internal sealed class EgressBehaviour(ObservedFlowStore store, TimeProvider time) : IServiceBehaviour
{
    private const int Most = 200;

    /// <summary>A service that was seen connecting for less long has no habits yet.</summary>
    private static readonly TimeSpan leastHistory = TimeSpan.FromDays(7);

    private static readonly TimeSpan isNew = TimeSpan.FromDays(1);

    /// <summary>A flow's last time is up to a quarter of an hour behind.</summary>
    private static readonly TimeSpan isOver = TimeSpan.FromHours(1);

    public string Looks => "Where services connect to";

    public async ValueTask<ServiceLook> LookAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (!await store.AnyAsync(cancellation))
        {
            return new ServiceLook(
                null,
                "No host has told of a connection. Runners tell once they see the processes of containers; Reachability says of each host why it does not.",
                [],
                []
            );
        }
        var fresh = await store.NewFromServicesAsync(now - isNew, Most, cancellation);
        var old = await store.ServicesSinceBeforeAsync(now - leastHistory, cancellation);
        return new ServiceLook(
            now,
            null,
            [.. fresh.Where(HasHabits).Select(flow => Of(flow, now)).OrderByDescending(odd => odd.Since)],
            [.. fresh.Where(flow => !HasHabits(flow)).Select(flow => flow.From.Whole).Distinct().Order()]
        );

        bool HasHabits(SeenFlow flow) => old.Contains((flow.From.Tenant, flow.From.Name));
    }

    private static ServiceOddity Of(SeenFlow flow, DateTimeOffset now)
    {
        var to = flow.To.Kind == EndKind.Internet ? "the internet" : flow.To.For(flow.From.Tenant ?? "");
        return new ServiceOddity(
            flow.From.Tenant ?? "nobody",
            flow.From.Name,
            $"A new destination: {to} at {flow.Port}",
            $"It connects to {to} at {flow.Port}, which it was not seen to do in the {ObservedFlowStore.KeptDays} days before.",
            "A release that needs something new, or somebody who found a way in and looks on from there. Look at what changed, and at what it sends.",
            flow.First,
            now - flow.Last > isOver ? flow.Last : null
        );
    }
}
