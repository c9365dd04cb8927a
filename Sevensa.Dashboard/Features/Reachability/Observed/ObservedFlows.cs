using System.Collections.Concurrent;
using System.Globalization;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Reachability.Observed;

/// <summary>Connections between two ends that were really made.</summary>
/// <param name="Port"><c>5432/tcp</c></param>
internal sealed record SeenFlow(FlowEnd From, FlowEnd To, string Port, DateTimeOffset First, DateTimeOffset Last);

/// <param name="Whole">The connections of all its containers are read.</param>
/// <param name="Why">Why some or all are not told, in the host's words.</param>
/// <param name="Since">When it told first since this dashboard started.</param>
internal sealed record HostLook(bool Whole, string? Why, DateTimeOffset Since);

/// <summary>Keeps the connections that hosts tell of, as flows between services.</summary>
internal sealed class ObservedFlows(IFleet fleet, ObservedFlowStore store, TimeProvider time) : IFlowListener
{
    private const int LongestWhy = 500;

    private readonly ConcurrentDictionary<string, HostLook> hosts = new(StringComparer.Ordinal);

    /// <summary>How a host looks at connections; null when it has not told since this dashboard started.</summary>
    public HostLook? Of(string hostId) => hosts.GetValueOrDefault(hostId);

    public Task<IReadOnlyList<SeenFlow>> OfTenantAsync(string tenant, int days, CancellationToken cancellation) =>
        store.OfTenantAsync(tenant, time.GetUtcNow().AddDays(-days), cancellation);

    public async Task OnFlowsAsync(string hostId, FlowReport report, CancellationToken cancellation)
    {
        hosts[hostId] = new HostLook(
            report.NotRead <= 0 && report.Why is null,
            report.Why is { } why ? StoreText.Shorten(StoreText.Whole(why), LongestWhy) : null,
            hosts.GetValueOrDefault(hostId)?.Since ?? time.GetUtcNow()
        );
        var seen = report.Flows.Select(flow => Read(hostId, flow)).OfType<SeenFlow>().ToList();
        if (seen.Count > 0)
        {
            await store.SawAsync(seen, cancellation);
        }
    }

    /// <summary>Null for what this host may not tell of, and for what is none.</summary>
    private SeenFlow? Read(string hostId, ObservedFlow flow) =>
        IsPort(flow.Port)
        && End(hostId, flow.From) is { } from
        && End(hostId, flow.To) is { } to
        && from != to
        && (from.Kind == EndKind.Service || to.Kind == EndKind.Service)
            ? new SeenFlow(from, to, flow.Port, When(flow.FirstSeenUnixMs), When(flow.LastSeenUnixMs))
            : null;

    private FlowEnd? End(string hostId, string end) =>
        end switch
        {
            FlowPlaces.Internet => FlowEnd.Internet,
            FlowPlaces.Private => FlowEnd.PrivateNetwork,
            FlowPlaces.Host => fleet.Hosts.FirstOrDefault(host => host.Id == hostId) is { } host
                ? FlowEnd.AddressOf(host.Name)
                : null,
            null => null,
            // A container that is not taken from this host is not found on it.
            _ => fleet.Find(hostId, end) is { Facts: var facts }
                ? new FlowEnd(
                    EndKind.Service,
                    facts.Tenant is { } tenant ? StoreText.Whole(tenant) : null,
                    StoreText.Whole(facts.Service)
                )
                : null,
        };

    private static bool IsPort(string? port) =>
        port?.Split('/') is [var number, "tcp" or "udp" or "sctp"]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && value is > 0 and < 65536;

    /// <summary>A host's clock may be wrong, in either direction.</summary>
    private DateTimeOffset When(long unixMs)
    {
        var now = time.GetUtcNow();
        return DateTimeOffset.FromUnixTimeMilliseconds(
            Math.Clamp(
                unixMs,
                now.AddDays(-ObservedFlowStore.KeptDays).ToUnixTimeMilliseconds(),
                now.ToUnixTimeMilliseconds()
            )
        );
    }
}
