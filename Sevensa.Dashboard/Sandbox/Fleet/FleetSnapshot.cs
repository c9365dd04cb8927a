using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>The fleet's containers, past and present, and images at one moment.</summary>
internal sealed record FleetSnapshot(ImmutableList<FleetContainer> Containers, ImmutableList<FleetImage> Images)
{
    private readonly ConcurrentDictionary<string, ServiceTimeline> _timelines = new(StringComparer.Ordinal);

    public FleetSnapshot(FleetSnapshot original)
    {
        Containers = original.Containers;
        Images = original.Images;
        _timelines = new(StringComparer.Ordinal);
    }

    public FleetContainer? Find(string id) => Containers.Find(c => c.Id == id);

    /// <summary>What there is on a host now, newest first, as Docker lists it.</summary>
    public IEnumerable<FleetContainer> On(string host) =>
        Containers.Where(c => c.Host == host && c.Removed is null).OrderByDescending(c => c.Created);

    public ServiceTimeline TimelineOf(ServiceProfile profile) =>
        _timelines.GetOrAdd(profile.Key, _ => ServiceTimeline.Of(profile, Containers));
}
