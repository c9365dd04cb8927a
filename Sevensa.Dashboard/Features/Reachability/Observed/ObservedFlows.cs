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
/// <param name="Looked">Ids of containers of whose connections none is missed, and since when; null when it does not tell.</param>
internal sealed record HostLook(
    bool Whole,
    string? Why,
    DateTimeOffset Since,
    IReadOnlyDictionary<string, DateTimeOffset>? Looked = null
);

/// <summary>Keeps the connections that hosts tell of, as flows between services.</summary>
internal sealed class ObservedFlows(
    IFleet fleet,
    ObservedFlowStore store,
    TimeProvider time,
    ILogger<ObservedFlows> log
) : IFlowListener
{
    private const int LongestWhy = 500;

    /// <summary>That flows are left out is logged once in so long of a tenant.</summary>
    private static readonly TimeSpan LoggedAgain = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, HostLook> hosts = new(StringComparer.Ordinal);

    /// <summary>When flows of an owner were left out last; the empty one stands for containers that are no tenant's.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> leftOut = new(StringComparer.Ordinal);

    /// <summary>The same, as it was logged.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> logged = new(StringComparer.Ordinal);

    /// <summary>How a host looks at connections; null when it has not told since this dashboard started.</summary>
    public HostLook? Of(string hostId) => hosts.GetValueOrDefault(hostId);

    public Task<IReadOnlyList<SeenFlow>> OfTenantAsync(string tenant, int days, CancellationToken cancellation) =>
        store.OfTenantAsync(tenant, time.GetUtcNow().AddDays(-days), cancellation);

    /// <summary>
    /// Tenants of whose flows some were left out within the last days, or whose room is full, so that the next one will be. Null
    /// stands for containers that are no tenant's.
    /// </summary>
    public async Task<IReadOnlySet<string?>> LeftOutAsync(int days, CancellationToken cancellation)
    {
        var since = time.GetUtcNow().AddDays(-days);
        var owners = new HashSet<string?>(await store.FullAsync(cancellation));
        owners.UnionWith(leftOut.Where(one => one.Value >= since).Select(one => one.Key.Length == 0 ? null : one.Key));
        return owners;
    }

    public async Task OnFlowsAsync(string hostId, FlowReport report, CancellationToken cancellation)
    {
        var look = new HostLook(
            report.NotRead <= 0 && report.Why is null,
            report.Why is { } why ? StoreText.Shorten(StoreText.Whole(why), LongestWhy) : null,
            hosts.GetValueOrDefault(hostId)?.Since ?? time.GetUtcNow(),
            report
                .Looked?.Where(one => one is { Id: not null })
                .DistinctBy(one => one.Id)
                .ToDictionary(one => one.Id, one => When(one.SinceUnixMs), StringComparer.Ordinal)
        );
        // What is not kept yet is not known not to be there.
        hosts[hostId] = look with
        {
            Looked = null,
        };
        var seen = report.Flows.Select(flow => Read(hostId, flow)).OfType<SeenFlow>().ToList();
        if (seen.Count > 0)
        {
            foreach (var owner in await store.SawAsync(seen, cancellation))
            {
                LeaveOut(owner);
            }
        }
        hosts[hostId] = look;
    }

    private void LeaveOut(string? owner)
    {
        var (key, now) = (owner ?? "", time.GetUtcNow());
        leftOut[key] = now;
        if (!logged.TryGetValue(key, out var at) || now - at >= LoggedAgain)
        {
            logged[key] = now;
            log.LogWarning(
                "More than {Most} flows of {Tenant} were seen within {Days} days; what is beyond is not kept",
                ObservedFlowStore.MostOfTenant,
                owner ?? "containers that are no tenant's",
                ObservedFlowStore.KeptDays
            );
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
