using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>How a policy's containers are, as their hosts tell.</summary>
internal sealed class ContainerReading(IFleet fleet, TimeProvider time)
{
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(2);

    public TriggerReading Of(string tenant, PolicyDefinition policy)
    {
        if (fleet.AwaitedFor(tenant) is { Count: > 0 } awaited)
        {
            return TriggerReading.Untold($"{string.Join(", ", awaited)} has not told yet what runs there.");
        }
        var all = fleet
            .ContainersOf(tenant)
            .Where(one => one.Facts.SelfOf is null)
            .Where(one =>
                policy.Services.Count == 0 || policy.Services.Contains(one.Facts.Service, StringComparer.Ordinal)
            )
            .ToList();
        if (all.Count == 0)
        {
            return TriggerReading.Untold("No host reports a container of it.");
        }
        if (all.FirstOrDefault(one => !one.HostConnected) is { } away)
        {
            return TriggerReading.Untold($"{away.HostName} is not connected: how its containers are is not known.");
        }
        if (all.FirstOrDefault(one => one.Facts.Unread is not null) is { } unread)
        {
            return TriggerReading.Untold($"Docker's description of {unread.Facts.Name} can't be read.");
        }
        var trigger = policy.Trigger;
        var since = trigger.Within is { } within ? (time.GetUtcNow() - within).ToUnixTimeMilliseconds() : 0;
        var events =
            trigger.Within is null && trigger.State != ContainerTrouble.Stopped
                ? []
                : fleet.RecentEvents(tenant, StoppedByHand.MostEvents);
        return new TriggerReading([
            .. all.GroupBy(one => one.Facts.Service)
                .Select(group => new Firing(group.Key, group.Max(one => Measure(trigger, one.Facts, events, since))))
                .Where(one => one.Value > 0),
        ]);
    }

    /// <summary>Whether any host reports a container of a service.</summary>
    public bool Knows(string tenant, string service) =>
        fleet.ContainersOf(tenant).Any(one => service.Length == 0 || one.Facts.Service == service);

    /// <summary>0 while it is well.</summary>
    private double Measure(
        PolicyTrigger trigger,
        ContainerFacts facts,
        IReadOnlyList<(string HostName, EngineEvent Event)> events,
        long since
    )
    {
        var latest = (time.GetUtcNow() + Ahead).ToUnixTimeMilliseconds();
        switch (trigger.State)
        {
            case ContainerTrouble.Unhealthy:
                return facts is { State: "running", Health: "unhealthy" } ? 1 : 0;
            case ContainerTrouble.Stopped:
                return facts is { State: "exited" or "dead", ExitCode: not 0 } && !StoppedByHand.Is(facts, events)
                    ? 1
                    : 0;
            case ContainerTrouble.OutOfMemory:
                var killed = events.Count(one =>
                    one.Event.ContainerId == facts.Id && one.Event.Action == "oom" && IsRecent(one.Event)
                );
                return killed > 0 ? killed
                    : facts.OomKilled && facts.FinishedAtUnixMs >= since ? 1
                    : 0;
            default:
                var ends = StoppedByHand.Failures(facts, events).Count(IsRecent);
                return ends >= trigger.Count ? ends : 0;
        }

        bool IsRecent(EngineEvent told) => told.TimeUnixMs >= since && told.TimeUnixMs <= latest;
    }
}
