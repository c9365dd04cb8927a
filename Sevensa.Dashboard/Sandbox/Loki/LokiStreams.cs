using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Vault;

namespace Sevensa.Dashboard.Sandbox.Loki;

/// <summary>One line as Loki holds it: its stream's labels, and the level that was found in it.</summary>
internal readonly record struct LokiEntry(LokiStream Stream, LogLine Line)
{
    public long TimeNano => Line.TimeNano;

    /// <summary>Stream labels with structured metadata, as queries see them.</summary>
    public LabelSet Labels => Stream.LabelsAtLevel(Line.Level, true);

    /// <summary>The stream's own.</summary>
    public LabelSet Index => Stream.LabelsAtLevel(Line.Level, false);
}

/// <summary>The lines of one container. Each level is a stream of its own, as <c>level</c> is a label.</summary>
internal sealed class LokiStream
{
    public static readonly string[] Levels = ["critical", "debug", "error", "info", "warn"];
    private readonly Dictionary<string, (LabelSet Index, LabelSet Whole)> _labels;

    public LokiStream(FleetContainer container, bool withTenant)
        : this(
            container,
            LabelSet.Of(
                ("container", container.Name),
                ("host", container.Host),
                ("service", container.Service),
                ("service_name", container.Service),
                ("tenant", container.Tenant),
                ("__tenant_id__", withTenant ? container.Tenant : "")
            )
        ) { }

    private LokiStream(FleetContainer container, LabelSet labels)
    {
        Container = container;
        _labels = Levels.ToDictionary(
            l => l,
            l => (labels.With("level", l), labels.With("level", l).With("detected_level", l))
        );
    }

    /// <summary>What a collector brought of Vault's audit device.</summary>
    public static LokiStream OfVaultsAudit(bool withTenant) =>
        new(
            null!,
            LabelSet.Of(
                ("job", VaultAuditLog.Job),
                ("service_name", VaultAuditLog.Job),
                ("tenant", VaultAuditLog.Tenant),
                ("__tenant_id__", withTenant ? VaultAuditLog.Tenant : "")
            )
        );

    /// <summary>Whose lines they are.</summary>
    public FleetContainer Container { get; }

    public LabelSet LabelsAtLevel(string level, bool withMetadata) =>
        withMetadata ? _labels[level].Whole : _labels[level].Index;
}

/// <summary>Finds streams by tenant, selector and time, and reads their lines.</summary>
/// <param name="tenancy">Tenants are kept apart by the header; else all streams are together, told apart by their labels.</param>
internal sealed class LokiStreams(SimulatedFleet fleet, bool tenancy)
{
    /// <summary>Streams of the tenants that have the selector's labels at some level and ran in the window.</summary>
    public IEnumerable<(LokiStream Stream, HashSet<string> Levels)> Select(
        IReadOnlyList<string> tenants,
        StreamSelector? selector,
        long from,
        long to
    )
    {
        var tests = selector?.Matchers.Select(LokiPipeline.Test).ToArray() ?? [];
        foreach (var container in fleet.Snapshot.Containers)
        {
            if (
                tenancy && !tenants.Contains(container.Tenant)
                || container.Profile is null
                || !Ran(container, from, to)
            )
            {
                continue;
            }
            var stream = new LokiStream(container, tenancy && tenants.Count > 1);
            var levels = LokiStream
                .Levels.Where(l => Array.TrueForAll(tests, t => t.Matches(stream.LabelsAtLevel(l, false))))
                .ToHashSet();
            if (levels.Count > 0)
            {
                yield return (stream, levels);
            }
        }
    }

    /// <summary>Lines with from ≤ time &lt; to over all streams, merged by time.</summary>
    public IEnumerable<LokiEntry> Read(
        IReadOnlyList<string> tenants,
        StreamSelector selector,
        long from,
        long to,
        bool newestFirst
    )
    {
        // What has not happened yet has not been logged.
        to = Math.Min(to, fleet.NowNano() + 1);
        var snapshot = fleet.Snapshot;
        var queue = new PriorityQueue<IEnumerator<LokiEntry>, long>();
        foreach (var (stream, levels) in Select(tenants, selector, from, to))
        {
            Advance(
                FleetLogs
                    .Read(snapshot, stream.Container, from, to, newestFirst)
                    .Where(l => levels.Contains(l.Level))
                    .Select(l => new LokiEntry(stream, l))
                    .GetEnumerator()
            );
        }
        if (AuditIsMeant(tenants, selector))
        {
            var audit = LokiStream.OfVaultsAudit(tenancy && tenants.Count > 1);
            Advance(
                VaultAuditLog
                    .Read(fleet, from, to, newestFirst)
                    .Select(l => new LokiEntry(audit, new LogLine(l.TimeNano, "info", default) { Written = l.Text }))
                    .GetEnumerator()
            );
        }
        while (queue.TryDequeue(out var next, out _))
        {
            yield return next.Current;
            Advance(next);
        }

        void Advance(IEnumerator<LokiEntry> lines)
        {
            if (lines.MoveNext())
            {
                queue.Enqueue(lines, newestFirst ? -lines.Current.TimeNano : lines.Current.TimeNano);
            }
        }
    }

    /// <summary>Only who asks for it by its job gets the audit log: it is no container's, and not counted with theirs.</summary>
    private bool AuditIsMeant(IReadOnlyList<string> tenants, StreamSelector selector) =>
        (!tenancy || tenants.Contains(VaultAuditLog.Tenant))
        && selector.Matchers.Any(matcher => matcher.Name == "job")
        && selector
            .Matchers.Select(LokiPipeline.Test)
            .All(test => test.Matches(LokiStream.OfVaultsAudit(false).LabelsAtLevel("info", false)));

    /// <summary>About how many lines a stream has in a window, and at what part of them a level is.</summary>
    public double Estimate(FleetContainer container, IReadOnlySet<string> levels, long from, long to)
    {
        var service = fleet.Snapshot.TimelineOf(container.Profile!);
        double lines = 0;
        foreach (var span in container.Lifespans)
        {
            var a = Math.Max(from / 1e9, span.Start);
            var b = Math.Min(Math.Min(to / 1e9, fleet.Now), span.End ?? double.MaxValue);
            if (b > a)
            {
                var era = service.IndexAt(b - 1) is >= 0 and var i ? service.Eras[i] : default;
                var errors = Math.Min(0.5, era.Behaviour.ErrorRatio * 4);
                var warnings = (errors * 1.5) + 0.012;
                var part = levels.Sum(l =>
                    l switch
                    {
                        "error" => errors,
                        "warn" => warnings,
                        "debug" => 0.06,
                        "info" => 0.94 - errors - warnings,
                        _ => 0,
                    }
                );
                lines += part * (Rhythm.Integral(b) - Rhythm.Integral(a)) / Math.Max(1, era.Replicas);
            }
        }
        return lines * container.Profile!.LogRate;
    }

    private static bool Ran(FleetContainer container, long from, long to) =>
        container.Lifespans.Any(l =>
            FleetLogs.Nano(l.Start) < to && (l.End is null || FleetLogs.Nano(l.End.Value) >= from)
        );
}
