using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// Whether somebody ended a container, by a command that Docker told of. What was stopped is left stopped: it is no failure, whatever
/// code it ended with.
/// </summary>
internal static class StoppedByHand
{
    /// <summary>Codes of what was ended by a signal, as a stop does: interrupted, killed, terminated.</summary>
    private static readonly int[] Signalled = [130, 137, 143];

    private static readonly string[] Ending = ["2", "3", "9", "15", "SIGINT", "SIGQUIT", "SIGKILL", "SIGTERM"];

    private const int AroundMs = 10_000;

    /// <summary>Engines tell the end and the stop in one breath, in either order.</summary>
    private const int OrderMs = 500;

    /// <summary>So long before its end the signal may have been sent: a stop gives it time.</summary>
    private const int PatienceMs = 120_000;

    /// <param name="events">What engines told of late.</param>
    public static bool Is(ContainerFacts facts, IReadOnlyList<(string HostName, EngineEvent Event)> events)
    {
        if (facts.State is not ("exited" or "dead"))
        {
            return false;
        }
        var own = Own(facts, events);
        // Of ends in close succession the one that is meant.
        var end = own.Where(told => told.Action == "die" && Apart(told) <= AroundMs).MinBy(Apart);
        return end is not null
            ? IsAsked(own, end)
            // Nobody told how it came about: a code that a stop leaves behind is taken for one.
            : !facts.OomKilled && facts.ExitCode is { } code && Signalled.Contains(code);

        long Apart(EngineEvent told) => Math.Abs(told.TimeUnixMs - facts.FinishedAtUnixMs);
    }

    /// <summary>Ends of a container that nobody asked for, with an error.</summary>
    public static IEnumerable<EngineEvent> Failures(
        ContainerFacts facts,
        IReadOnlyList<(string HostName, EngineEvent Event)> events
    )
    {
        var own = Own(facts, events);
        return own.Where(told =>
            told.Action == "die"
            && told.Attributes.GetValueOrDefault("exitCode") is not ("0" or null)
            && !IsAsked(own, told)
        );
    }

    /// <summary>Why a service is not to be started again; null when nobody stopped it.</summary>
    public static string? Objection(IFleet fleet, string tenant, string service)
    {
        var all = fleet.ContainersOf(tenant).Where(one => one.Facts.Service == service).ToList();
        if (all.Count == 0 || all.Any(one => one.Facts.State is not ("exited" or "dead")))
        {
            return null;
        }
        var events = fleet.RecentEvents(tenant, MostEvents);
        return all.All(one => one.Facts.ExitCode == 0 || Is(one.Facts, events)) && all.Any(one => Is(one.Facts, events))
            ? $"{service} was stopped by somebody, so that starting it again is theirs."
            : null;
    }

    public const int MostEvents = 500;

    private static List<EngineEvent> Own(
        ContainerFacts facts,
        IReadOnlyList<(string HostName, EngineEvent Event)> events
    ) => [.. events.Where(one => one.Event.ContainerId == facts.Id).Select(one => one.Event)];

    private static bool IsAsked(List<EngineEvent> own, EngineEvent end) =>
        own.Any(told =>
            told.Action switch
            {
                "stop" => IsBetween(told.TimeUnixMs, end.TimeUnixMs - OrderMs, end.TimeUnixMs + AroundMs)
                    && !IsStarted(own, end.TimeUnixMs, told.TimeUnixMs),
                "kill" => Ending.Contains(told.Attributes.GetValueOrDefault("signal", "15"), StringComparer.Ordinal)
                    && IsBetween(told.TimeUnixMs, end.TimeUnixMs - PatienceMs, end.TimeUnixMs)
                    && !IsStarted(own, told.TimeUnixMs, end.TimeUnixMs),
                _ => false,
            }
        );

    /// <summary>What was started between the two, whichever was first, ends for a reason of its own.</summary>
    private static bool IsStarted(List<EngineEvent> own, long one, long other) =>
        own.Any(told =>
            told.Action == "start" && told.TimeUnixMs > Math.Min(one, other) && told.TimeUnixMs < Math.Max(one, other)
        );

    private static bool IsBetween(long time, long first, long last) => time >= first && time <= last;
}
