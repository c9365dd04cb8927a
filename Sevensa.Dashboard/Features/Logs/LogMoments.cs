using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Charts;

namespace Sevensa.Dashboard.Features.Logs;

/// <param name="Bars">It counts rather than measures.</param>
internal sealed record MomentChart(string Title, ChartUnit Unit, ChartData Data, bool Bars = false);

/// <param name="Marks">The moment itself, releases and actions.</param>
internal sealed record MomentFigures(
    IReadOnlyList<MomentChart> Charts,
    IReadOnlyList<LastChange> Changes,
    IReadOnlyList<ChartAnnotation> Marks
);

/// <summary>What was going on for a tenant around a moment: figures, changes, and the lines of all its streams.</summary>
internal sealed class LogMoments(
    LokiClient loki,
    LogVolumes volumes,
    IMetrics metrics,
    IRecentChanges changes,
    TimeProvider time
)
{
    /// <summary>Lines each way.</summary>
    public const int Most = 1000;

    private const int Points = 60;

    private static readonly (string Title, ServiceMetric Metric, ChartUnit Unit)[] Figures =
    [
        ("Requests", ServiceMetric.RequestRate, ChartUnit.PerSecond),
        ("Errors", ServiceMetric.ErrorShare, ChartUnit.Ratio),
        ("Latency, p95", ServiceMetric.LatencyP95, ChartUnit.Seconds),
        ("CPU, cores", ServiceMetric.Cpu, ChartUnit.Count),
        ("Memory", ServiceMetric.Memory, ChartUnit.Bytes),
    ];

    public async Task<MomentFigures> FiguresAsync(
        TenantScope scope,
        DateTimeOffset at,
        TimeSpan reach,
        CancellationToken cancellation
    )
    {
        // Of what has not happened yet a rate would only fade away.
        var now = time.GetUtcNow();
        var (from, to) = (at - reach, at + reach < now ? at + reach : now);
        var step = TimeSpan.FromSeconds(Math.Max(5, Math.Ceiling((to - from).TotalSeconds / Points)));
        var charts = Figures
            .Select(async figure =>
            {
                var series = await metrics.ServicesRangeAsync(scope, figure.Metric, from, to, step, cancellation);
                return new MomentChart(
                    figure.Title,
                    figure.Unit,
                    ChartData.Align(
                        series.Select(one =>
                            (Name(one.Labels, scope), (IReadOnlyList<(double, double)>)[.. one.Times.Zip(one.Values)])
                        )
                    )
                );
            })
            .Append(VolumeAsync(scope, from, to, step, cancellation))
            .ToList();
        var all = new List<LastChange>();
        foreach (var tenant in scope.Tenants)
        {
            all.AddRange(await changes.SinceAsync(scope, tenant, from, cancellation));
        }
        List<LastChange> near = [.. all.Where(change => change.At <= to).OrderBy(change => change.At)];
        return new MomentFigures(
            await Task.WhenAll(charts),
            near,
            [
                new ChartAnnotation(at, "This moment", AnnotationKind.Warning),
                .. near.Select(change => new ChartAnnotation(change.At, change.Text)),
            ]
        );
    }

    /// <returns>Oldest first, and whether there were more than the nearest.</returns>
    public async Task<(IReadOnlyList<LogLine> Lines, bool Cut)> LinesAsync(
        TenantScope scope,
        DateTimeOffset at,
        TimeSpan reach,
        CancellationToken cancellation
    )
    {
        var all = new LogQuestion().LogQl;
        var moment = at.ToUnixNs();
        var before = await new LogPager(
            loki,
            scope,
            all,
            (at - reach).ToUnixNs(),
            moment,
            LokiDirection.Backward
        ).NextAsync(Most, cancellation);
        var after = await new LogPager(
            loki,
            scope,
            all,
            moment,
            (at + reach).ToUnixNs(),
            LokiDirection.Forward
        ).NextAsync(Most, cancellation);
        return ([.. before.Lines.Reverse(), .. after.Lines], !before.AtEnd || !after.AtEnd);
    }

    private async Task<MomentChart> VolumeAsync(
        TenantScope scope,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    )
    {
        const string title = "Lines by level";
        try
        {
            var lines = await volumes.CountAsync(scope, new LogQuestion().LogQl, from, to, step, cancellation);
            return new MomentChart(title, ChartUnit.Count, lines, Bars: true);
        }
        catch (UpstreamException)
        {
            // The lines below say what is wrong with Loki.
            return new MomentChart(title, ChartUnit.Count, ChartData.Empty, Bars: true);
        }
    }

    private static string Name(IReadOnlyDictionary<string, string> labels, TenantScope scope)
    {
        var service = labels.GetValueOrDefault("service", "all");
        return scope.Tenants.Count > 1 && labels.TryGetValue("tenant", out var tenant)
            ? $"{tenant} {service}"
            : service;
    }
}
