using System.Runtime.CompilerServices;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>What one page of lines brought.</summary>
/// <param name="Lines">In the direction asked for; none of them known before.</param>
/// <param name="AtEnd">There is nothing further that way.</param>
/// <param name="Crowded">A moment that more lines share than Loki gives at once: the rest of them cannot be paged to.</param>
internal sealed record LogPage(IReadOnlyList<LogLine> Lines, bool AtEnd, long? Crowded = null);

/// <summary>
/// Pages through lines in one direction. Loki's pages begin and end by time, and many lines may share one: each page asks
/// again for the last moment of the one before, and leaves out what was seen of it.
/// </summary>
/// <param name="fromUnixNs">Inclusive.</param>
/// <param name="toUnixNs">Exclusive.</param>
internal sealed class LogPager(
    LokiClient loki,
    TenantScope scope,
    string? logQl,
    long fromUnixNs,
    long toUnixNs,
    LokiDirection direction
)
{
    /// <summary>Loki's usual maximum (<c>max_entries_limit_per_query</c>).</summary>
    public const int Most = 5000;

    private readonly HashSet<LineKey> seen = [];
    private long from = fromUnixNs;
    private long to = toUnixNs;
    private bool ended;

    /// <summary>Lines that somebody else has already, at the edge where paging begins.</summary>
    public LogPager Knowing(IEnumerable<LogLine> lines)
    {
        seen.UnionWith(lines.Select(LineKey.Of));
        return this;
    }

    public async Task<LogPage> NextAsync(int limit, CancellationToken cancellation)
    {
        if (ended || from >= to)
        {
            return new LogPage([], true);
        }
        for (var ask = Math.Min(limit, Most); ; ask = Math.Min(ask * 4, Most))
        {
            var answer = await loki.QueryRangeAsync(
                scope,
                new LokiRangeQuery(logQl, from, to, ask, direction),
                cancellation
            );
            if (answer.Type != LokiResultType.Streams)
            {
                throw new QueryRefusedException("The query answers numbers, not lines: leave out the aggregation.");
            }
            var all = answer.Lines(direction);
            var full = all.Count >= ask;
            var lines = all.Where(line => !seen.Contains(LineKey.Of(line))).ToList();
            if (full && lines.Count == 0 && ask < Most)
            {
                // More lines share this moment than were asked for.
                continue;
            }
            if (all.Count == 0 || !full)
            {
                ended = true;
                return new LogPage(lines, true);
            }
            var edge = all[^1].TimeUnixNs;
            long? crowded = null;
            if (lines.Count == 0)
            {
                // Nothing new even at Loki's most: go past the moment, and say so.
                crowded = edge;
                MovePast(edge);
            }
            else
            {
                MoveTo(edge);
                seen.RemoveWhere(key => key.TimeUnixNs != edge);
                seen.UnionWith(all.Where(line => line.TimeUnixNs == edge).Select(LineKey.Of));
            }
            return new LogPage(lines, from >= to, crowded);
        }
    }

    private void MoveTo(long edge)
    {
        if (direction == LokiDirection.Backward)
        {
            to = Math.Min(to, edge + 1);
        }
        else
        {
            from = Math.Max(from, edge);
        }
    }

    private void MovePast(long edge)
    {
        if (direction == LokiDirection.Backward)
        {
            to = edge;
        }
        else
        {
            from = edge + 1;
        }
        seen.Clear();
    }

    /// <summary>Every page to the end.</summary>
    public async IAsyncEnumerable<LogPage> AllAsync(
        int limit,
        [EnumeratorCancellation] CancellationToken cancellation = default
    )
    {
        LogPage page;
        do
        {
            page = await NextAsync(limit, cancellation);
            yield return page;
        } while (!page.AtEnd);
    }
}

/// <summary>What makes a line this one: Loki keeps a line of a stream at a moment once.</summary>
internal readonly record struct LineKey(long TimeUnixNs, LokiLabels Labels, string Text)
{
    public static LineKey Of(LogLine line) =>
        new(line.TimeUnixNs, line.Labels as LokiLabels ?? new LokiLabels(line.Labels), line.Text);
}
