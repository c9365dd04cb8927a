using System.Globalization;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Features.Reachability.Drawing;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Features.Reachability.Observed;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Reachability;

/// <summary>Answered as 404.</summary>
internal sealed class UnknownServiceException(string tenant, string service)
    : Exception($"Tenant {tenant} has no service \"{StoreText.Shorten(service, 100)}\" that a container runs."),
        IToldToWhoAsks;

/// <summary>Who could reach whom, for a caller: of tenants that they do not see they learn that there is a way, and no name.</summary>
internal sealed class ReachabilityDesk(
    IFleet fleet,
    ITenantScopes scopes,
    FlowPolicies policies,
    ObservedFlows observed,
    TimeProvider time
)
{
    /// <summary>Connections of so many days count as made.</summary>
    public const int ObservedDays = 7;

    /// <param name="from">A service: its name, <c>tenant-service</c>, or the name of one of its containers; null for none.</param>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UnknownServiceException">404</exception>
    /// <exception cref="NotKnownYetException">503: no container is known, and hosts that could have some have not told yet.</exception>
    public async Task<ReachabilitySheet> OfTenantAsync(
        Caller caller,
        string tenant,
        string? from,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        if (fleet.ContainersOf(tenant) is not { Count: > 0 })
        {
            fleet.MustKnow(tenant);
        }
        var graph = FlowGraph.Of(fleet.Containers.Where(container => container.Runs));
        var declared = await policies.AllAsync(cancellation);
        var leftOut = await observed.LeftOutAsync(ObservedDays, cancellation);
        var seen = new ObservedView(
            await observed.OfTenantAsync(tenant, ObservedDays, cancellation),
            graph,
            observed.Of,
            time.GetUtcNow().AddDays(-ObservedDays),
            leftOut
        );
        var view = new TenantView(new TenantEyes(caller, tenant), graph, declared, seen);
        var start = string.IsNullOrWhiteSpace(from) ? null : view.Find(from.Trim());
        if (start is null && !string.IsNullOrWhiteSpace(from))
        {
            throw new UnknownServiceException(tenant, from.Trim());
        }
        var flows = view.Flows(start);
        return new ReachabilitySheet(
            view.Services(),
            flows,
            view.Findings(),
            ObservationOf(tenant),
            leftOut.Contains(tenant)
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"The room for {ObservedFlowStore.MostOfTenant} flows of {tenant} that were seen is or was full: others are not kept. What was not seen for {ObservedFlowStore.KeptDays} days makes room."
                )
                : null,
            declared.TextOf(tenant),
            start?.Name,
            start is null ? null : view.Reach(start),
            new Lazy<FlowPicture>(() => view.Picture(start))
        );
    }

    private IReadOnlyList<FlowObservation> ObservationOf(string tenant) =>
        [
            .. fleet
                .ContainersOf(tenant)
                .Where(container => container.Runs)
                .DistinctBy(container => container.HostId)
                .OrderBy(container => container.HostName, StringComparer.Ordinal)
                .Select(container => Of(container.HostName, container.HostConnected, observed.Of(container.HostId))),
        ];

    private static FlowObservation Of(string host, bool isConnected, HostLook? look) =>
        look is null
            ? new FlowObservation(
                host,
                false,
                "Its runner has not told of connections: it is of a version that does not, or has just connected.",
                null
            )
            : new FlowObservation(
                host,
                look.Whole && isConnected,
                isConnected ? look.Why : "Its runner is not connected; what was seen before is shown.",
                look.Since
            );
}
