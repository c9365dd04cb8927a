namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>One line; its text is made when it is asked for, since counting needs none.</summary>
internal readonly record struct LogLine(long TimeNano, string Level, LogMoment Moment)
{
    /// <summary>The text of a line that no container wrote.</summary>
    public string? Written { get; init; }
    public string Text => Written ?? LogVoices.Render(Moment, Level);
    public bool OnStandardError => Level is "error" or "critical";
}

/// <summary>Where and when a line is spoken.</summary>
/// <remarks>Kind: An ordinary line, or one of the moments of a container's life.</remarks>
internal readonly record struct LogMoment(
    FleetContainer Container,
    ServiceProfile Profile,
    Behaviour Behaviour,
    ulong Seed,
    double Time,
    LogKind Kind
);

internal enum LogKind
{
    Ordinary,
    Starting,
    Listening,
    Stopping,
    Crashing,
    Injection,
}

/// <summary>
/// The lines of a container in any window, the same ones whenever they are asked for: each slot of time draws its own
/// from the container's id.
/// </summary>
internal static class FleetLogs
{
    private const int SlotSeconds = 20;
    private const long Second = 1_000_000_000;

    /// <summary>Lines with from ≤ time &lt; to (nanoseconds), oldest first or newest first.</summary>
    public static IEnumerable<LogLine> Read(
        FleetSnapshot snapshot,
        FleetContainer container,
        long from,
        long to,
        bool newestFirst
    )
    {
        if (container.Profile is not { } profile || to <= from)
        {
            yield break;
        }
        var service = snapshot.TimelineOf(profile);
        var spans = newestFirst ? container.Lifespans.Reverse() : container.Lifespans;
        foreach (var span in spans)
        {
            var (spanFrom, spanTo) = (Nano(span.Start), span.End is { } e ? Nano(e) + 1 : long.MaxValue);
            var first = Math.Max(from, spanFrom) / (SlotSeconds * Second);
            var last = (Math.Min(to, spanTo) - 1) / (SlotSeconds * Second);
            for (var i = 0L; i <= last - first; i++)
            {
                var slot = newestFirst ? last - i : first + i;
                var lines = Slot(service, container, span, slot);
                for (var n = 0; n < lines.Count; n++)
                {
                    var line = lines[newestFirst ? lines.Count - 1 - n : n];
                    if (line.TimeNano >= from && line.TimeNano < to)
                    {
                        yield return line;
                    }
                }
            }
        }
    }

    public static long Nano(double seconds) => (long)Math.Round(seconds * 1e6) * 1000;

    private static List<LogLine> Slot(ServiceTimeline service, FleetContainer container, Lifespan span, long slot)
    {
        var start = (double)slot * SlotSeconds;
        var seed = Noise.Seed(Noise.Seed(container.Id), slot);
        var index = service.IndexAt(start + SlotSeconds);
        var era = index >= 0 ? service.Eras[index] : default;
        var replicas = Math.Max(1, era.Replicas);
        var behaviour = index >= 0 ? era.Behaviour : Behaviour.Of(service.Profile, false, 0, 1);
        var mean = service.Profile.LogRate * Rhythm.At(start) * SlotSeconds / replicas;
        var count = (int)(mean + Noise.Unit(seed, 0));
        var lines = new List<LogLine>(count + 2);

        for (var i = 0; i < count; i++)
        {
            var own = Noise.Seed(seed, i + 10);
            var at = start + ((i + (0.9 * Noise.Unit(own, 1))) / count * SlotSeconds);
            if (at > span.Start + 2.5 && (span.End is null || at < span.End))
            {
                Add(LogKind.Ordinary, at, own, Level(Noise.Unit(own, 2), behaviour.ErrorRatio));
            }
        }
        // Somebody out there tries to talk to the assistant through the access log, once an hour.
        if (service.Profile.Voice == LogVoice.Traefik && slot % 180 == 52)
        {
            Add(LogKind.Injection, start + 3.4, seed, "info");
        }
        Life(LogKind.Starting, span.Start + 0.12, "info");
        Life(LogKind.Listening, span.Start + 1.87, "info");
        if (span.End is { } end)
        {
            Life(
                span.ExitCode == 1 ? LogKind.Crashing : LogKind.Stopping,
                end,
                span.ExitCode == 1 ? "critical" : "info"
            );
        }
        lines.Sort((a, b) => a.TimeNano.CompareTo(b.TimeNano));
        return lines;

        void Life(LogKind kind, double at, string level)
        {
            if (at >= start && at < start + SlotSeconds && at >= span.Start && (span.End is null || at <= span.End))
            {
                Add(kind, at, Noise.Seed(seed, 99), level);
            }
        }

        void Add(LogKind kind, double at, ulong own, string level) =>
            lines.Add(
                new LogLine(
                    Nano(at) + (long)(Noise.Unit(own, 3) * 1000),
                    level,
                    new LogMoment(container, service.Profile, behaviour, own, at, kind)
                )
            );
    }

    private static string Level(double unit, double errorRatio)
    {
        // Failures are logged more often than successes, which are sampled.
        var errors = Math.Min(0.5, errorRatio * 4);
        var warnings = errors + (errors * 1.5) + 0.012;
        return unit < errors ? "error"
            : unit < warnings ? "warn"
            : unit > 0.94 ? "debug"
            : "info";
    }
}
