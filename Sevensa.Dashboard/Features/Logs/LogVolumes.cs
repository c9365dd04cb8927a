using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Ui.Charts;

namespace Sevensa.Dashboard.Features.Logs;

/// <param name="Lines">Each level's lines, the worst last; a time is the beginning of what is counted at it.</param>
/// <param name="To">Where the axis ends: at the range's end, or with the last line from a clock that is ahead.</param>
/// <param name="Marks">Releases and actions.</param>
internal sealed record LogVolumeAnswer(
    ChartData Lines,
    TimeSpan Step,
    DateTimeOffset From,
    DateTimeOffset To,
    IReadOnlyList<ChartAnnotation> Marks
);

/// <summary>How many lines of each level there are over time.</summary>
internal sealed class LogVolumes(LokiClient loki, IRecentChanges changes)
{
    private const int Points = 60;
    private const int MostMarks = 40;

    // A colour for each, and the order in which they stand on each other: the worst at the axis, where it is seen best.
    private static readonly (string Level, string Tint)[] Levels =
    [
        ("unknown", "unknown"),
        ("trace", "series-5"),
        ("debug", "series-2"),
        ("info", "series-1"),
        ("warn", "warn"),
        ("error", "crit"),
        ("critical", "series-3"),
        ("fatal", "series-3"),
    ];

    private static readonly int[] Seconds =
    [
        1,
        2,
        5,
        10,
        15,
        30,
        60,
        120,
        300,
        600,
        900,
        1800,
        3600,
        7200,
        14400,
        43200,
        86400,
    ];

    /// <param name="ahead">How far past the range's end lines are shown: those of clocks that are ahead of this one.</param>
    public async Task<LogVolumeAnswer> ReadAsync(
        TenantScope scope,
        string logQl,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan ahead,
        CancellationToken cancellation
    )
    {
        var wanted = (to - from).TotalSeconds / Points;
        var step = TimeSpan.FromSeconds(Seconds.FirstOrDefault(seconds => seconds >= wanted, Seconds[^1]));
        var marks = MarksAsync(scope, from, to, cancellation);
        var lines = await CountAsync(scope, logQl, from, to + ahead, step, cancellation);
        var last = lines.Lines.Select(line => Array.FindLastIndex(line.Values, value => value > 0)).DefaultIfEmpty(-1);
        var end = last.Max() is >= 0 and var at
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(lines.Times[at] * 1000)) + step
            : to;
        // The step that ends after the range is no reason for an axis that does.
        end = end < to + step ? to : end;
        var kept = lines.Times.Count(time => time * 1000 < end.ToUnixTimeMilliseconds());
        return new LogVolumeAnswer(
            new ChartData(
                lines.Times[..kept],
                [.. lines.Lines.Select(line => new ChartLine(line.Name, line.Values[..kept], line.Tint))]
            ),
            step,
            from,
            end,
            end > to ? [.. await marks, new ChartAnnotation(to, "Now", AnnotationKind.Warning)] : await marks
        );
    }

    /// <summary>Lines by level, counted step by step.</summary>
    public async Task<ChartData> CountAsync(
        TenantScope scope,
        string logQl,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    )
    {
        var query = LogQlParser.ParseLogQuery(logQl, LogQlScoper.Limits);
        var count = LogVolume.Count(query, step, LogSearch.LevelLabel);
        var times = (int)Math.Ceiling((to - from) / step);
        // Loki counts the step before a point, so the first point is one step after the start.
        var answer = await loki.QueryRangeAsync(
            scope,
            new LokiRangeQuery(
                count.ToString(),
                (from + step).ToUnixNs(),
                (from + times * step).ToUnixNs(),
                Step: step
            ),
            cancellation
        );
        var start = from.ToUnixTimeMilliseconds();
        var stepMs = step.TotalMilliseconds;
        return new ChartData(
            [.. Enumerable.Range(0, times).Select(n => (start + n * stepMs) / 1000)],
            [
                .. answer
                    .Series.GroupBy(series => series.Labels.GetValueOrDefault(LogSearch.LevelLabel, "unknown"))
                    .OrderBy(level => Place(level.Key))
                    .ThenBy(level => level.Key, StringComparer.Ordinal)
                    .Select(level =>
                    {
                        // Where nothing was counted Loki says nothing; that is zero lines.
                        var values = new double[times];
                        foreach (var point in level.SelectMany(series => series.Points))
                        {
                            var n = (int)Math.Round((point.TimeUnixMs - start) / stepMs) - 1;
                            if (n >= 0 && n < times)
                            {
                                values[n] += point.Value;
                            }
                        }
                        return new ChartLine(
                            level.Key,
                            values,
                            Array.Find(Levels, one => one.Level == level.Key).Tint ?? Levels[0].Tint
                        );
                    }),
            ]
        );
    }

    private static int Place(string level) => Array.FindIndex(Levels, one => one.Level == level);

    private async Task<IReadOnlyList<ChartAnnotation>> MarksAsync(
        TenantScope scope,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        try
        {
            var all = await Task.WhenAll(
                scope.Tenants.Select(tenant => changes.SinceAsync(scope, tenant, from, cancellation))
            );
            return
            [
                .. all.SelectMany(some => some)
                    .Where(change => change.At >= from && change.At <= to)
                    .OrderByDescending(change => change.At)
                    .Take(MostMarks)
                    .Select(change => new ChartAnnotation(change.At, change.Text)),
            ];
        }
        catch (UpstreamException)
        {
            // What the metrics would add must not keep the lines from being counted.
            return [];
        }
    }
}
