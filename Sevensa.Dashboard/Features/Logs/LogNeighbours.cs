using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>A line and those before and after it in its stream.</summary>
/// <param name="Lines">Oldest first.</param>
/// <param name="At">Where the line itself stands.</param>
/// <param name="Stream">The selector of its stream.</param>
internal sealed record LogNeighbours(IReadOnlyList<LogLine> Lines, int At, string Stream)
{
    private const long ReachNs = 3_600_000_000_000;

    /// <returns>Null when the query finds no line of that address.</returns>
    public static async Task<LogNeighbours?> FindAsync(
        LokiClient loki,
        TenantScope scope,
        string logQl,
        string id,
        int around,
        CancellationToken cancellation
    )
    {
        var time = LogRows.TimeOf(id) ?? 0;
        var here = await new LogPager(loki, scope, logQl, time, time + 1, LokiDirection.Forward).NextAsync(
            LogPager.Most,
            cancellation
        );
        // An address without a digest means the first line of that nanosecond.
        var line =
            here.Lines.FirstOrDefault(one => LogRows.Id(one) == id)
            ?? (
                id.Contains('-', StringComparison.Ordinal) ? null
                : here.Lines.Count > 0 ? here.Lines[0]
                : null
            );
        if (line is null)
        {
            return null;
        }
        var stream = await StreamAsync(loki, scope, logQl, line, cancellation);
        var before = await new LogPager(loki, scope, stream, time - ReachNs, time, LokiDirection.Backward).NextAsync(
            around,
            cancellation
        );
        var after = await new LogPager(loki, scope, stream, time, time + ReachNs, LokiDirection.Forward).NextAsync(
            around + here.Lines.Count + 1,
            cancellation
        );
        List<LogLine> lines = [.. before.Lines.Reverse(), .. after.Lines];
        // The stream's own lines carry other labels than the query gave them, if it parsed them.
        var at = lines.FindIndex(one => one.TimeUnixNs == time && one.Text == line.Text);
        if (at < 0)
        {
            // The query rewrote the line; in its stream it reads otherwise.
            at = lines.FindIndex(one => one.TimeUnixNs == time);
        }
        if (at < 0)
        {
            return new LogNeighbours([line], 0, stream);
        }
        var first = Math.Max(0, at - around);
        return new LogNeighbours([.. lines.Skip(first).Take(at - first + around + 1)], at - first, stream);
    }

    /// <summary>
    /// The selector of a line's stream. The labels that come with a line are more than the stream's own (what was found in
    /// the line, its metadata), and only its own select it.
    /// </summary>
    private static async Task<string> StreamAsync(
        LokiClient loki,
        TenantScope scope,
        string logQl,
        LogLine line,
        CancellationToken cancellation
    )
    {
        var query = LogQlParser.ParseLogQuery(logQl, LogQlScoper.Limits);
        var series = await loki.SeriesAsync(
            scope,
            [query.Selector.ToString()],
            new LokiSpan(line.TimeUnixNs - ReachNs / 60, line.TimeUnixNs + ReachNs / 60),
            cancellation
        );
        var own = series
            .Where(labels =>
                labels.Count > 0 && labels.All(label => line.Labels.GetValueOrDefault(label.Key) == label.Value)
            )
            .MaxBy(labels => labels.Count);
        return own is null
            ? query.Selector.ToString()
            : new StreamSelector(
                own.Where(label => label.Key != LogQlScoper.TenantIdLabel && LogQlText.IsLabelName(label.Key))
                    .Select(label => LabelMatcher.Equal(label.Key, label.Value))
                    .ToValueList()
            ).ToString();
    }
}
