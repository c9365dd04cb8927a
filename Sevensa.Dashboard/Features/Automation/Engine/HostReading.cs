using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Storage.Presence;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// For which services a host is away that runs containers of them. Where none is there it is rather this dashboard that is cut off, and
/// where there are several, a host may be connected to another: both say nothing of hosts.
/// </summary>
/// <param name="replicas">The dashboards on this store; null where nobody else can be.</param>
internal sealed class HostReading(IFleet fleet, Replicas? replicas = null)
{
    public TriggerReading Of(string tenant)
    {
        var hosts = fleet.Hosts.Where(host => host.MayReport(tenant)).ToList();
        var away = hosts.Where(host => host.Presence == HostPresence.Lost).ToList();
        if (fleet.AwaitedFor(tenant) is { Count: > 0 } awaited)
        {
            return TriggerReading.Untold($"{string.Join(", ", awaited)} has not told yet what runs there.");
        }
        if (away.Count == 0)
        {
            return new TriggerReading([]);
        }
        if (hosts.All(host => host.Presence != HostPresence.Connected))
        {
            return TriggerReading.Untold("No host is connected: it may be this dashboard that is cut off.");
        }
        if (replicas?.Others is { Count: > 0 })
        {
            return TriggerReading.Untold(
                "There is another dashboard on this store, to which hosts may be connected that are away here."
            );
        }
        var ids = away.Select(host => host.Id).ToHashSet(StringComparer.Ordinal);
        return new TriggerReading([
            .. fleet
                .ContainersOf(tenant)
                .Where(one => one.Facts.SelfOf is null && ids.Contains(one.HostId))
                .GroupBy(one => one.Facts.Service, StringComparer.Ordinal)
                .Select(group => new Firing(
                    group.Key,
                    group.Count(),
                    $"{string.Join(", ", group.Select(one => one.HostName).Distinct(StringComparer.Ordinal))} is away"
                )),
        ]);
    }
}
