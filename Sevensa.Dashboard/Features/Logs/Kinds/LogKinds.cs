using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Features.Logs.Kinds;

/// <summary>A kind of line.</summary>
/// <param name="Pattern">With <c>&lt;_&gt;</c> where it varies; Loki's <c>|&gt;</c> takes it as it is.</param>
/// <param name="Level">The level most of them have; null when it is not known.</param>
/// <param name="Times">How many in each of the equal parts of the range.</param>
/// <param name="IsNew">No such line in the while before; null when that could not be found out.</param>
internal sealed record LogKind(
    string Pattern,
    string? Level,
    double Count,
    IReadOnlyList<double> Times,
    string? Example,
    bool? IsNew
);

/// <param name="SampleOf">The kinds are of the newest so many lines; null when all were counted.</param>
/// <param name="CountedFrom">
/// From when on they were counted, where that is later than the range's begin: Loki keeps its patterns for some hours only.
/// </param>
/// <param name="Release">What they are compared with the time before of; null when none is known, then it is the range's begin.</param>
/// <param name="ComparedFrom">From when on lines count as known.</param>
/// <param name="Since">From when on a kind counts as new.</param>
internal sealed record LogKindList(
    IReadOnlyList<LogKind> Kinds,
    int? SampleOf,
    DateTimeOffset? CountedFrom,
    LastChange? Release,
    DateTimeOffset ComparedFrom,
    DateTimeOffset Since
);

/// <summary>What kinds of lines there are, and which of them are new since the last release.</summary>
internal sealed class LogKinds(LokiClient loki, IRecentChanges changes, TimeProvider time)
{
    public const int Most = 60;
    private const int Parts = 24;

    /// <summary>How much of the time before is looked at.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromHours(6);

    /// <summary>A kind that no line of the sample fits is counted for certain; so many at most.</summary>
    private const int Confirmed = 12;

    /// <param name="after">A kind is new when there was none like it before this moment; before the last release when null.</param>
    public async Task<LogKindList> OfAsync(
        TenantScope scope,
        string logQl,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation,
        DateTimeOffset? after = null
    )
    {
        var query = Read(logQl);
        var ingested = await IngestedAsync(scope, query, from, to, cancellation);
        var (found, sampleOf) = ingested.Kinds is { Count: > 0 } kept
            ? (kept, (int?)null)
            : await SampledAsync(scope, query, from, to, cancellation);
        var release = after is null ? await ReleaseAsync(scope, to, cancellation) : null;
        var since = after ?? release?.At ?? from;
        var kinds = found.OrderByDescending(kind => kind.Count).Take(Most).ToList();
        return new LogKindList(
            await MarkedAsync(scope, query, kinds, since, cancellation),
            sampleOf,
            ingested.Kinds is { Count: > 0 } ? ingested.From : null,
            release,
            since - Before,
            since
        );
    }

    /// <summary>Loki's own, when it keeps them for this time; it knows nothing of stages.</summary>
    /// <returns>From when on there are counts, where that is not the range's begin.</returns>
    private async Task<(IReadOnlyList<LogKind>? Kinds, DateTimeOffset? From)> IngestedAsync(
        TenantScope scope,
        LogQuery query,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        if (query.Stages.Count > 0)
        {
            return default;
        }
        try
        {
            var patterns = await loki.PatternsAsync(
                scope,
                query.Selector.ToString(),
                new LokiSpan(from.ToUnixNs(), to.ToUnixNs()),
                Step(from, to),
                cancellation
            );
            var first = patterns
                .SelectMany(pattern => pattern.Samples)
                .Select(sample => sample.TimeUnixMs)
                .DefaultIfEmpty(0)
                .Min();
            var begin = DateTimeOffset.FromUnixTimeMilliseconds((long)first);
            IReadOnlyList<LogKind> kinds =
            [
                .. patterns.Select(pattern => new LogKind(
                    pattern.Pattern,
                    pattern.Level ?? LogLevels.In(pattern.Pattern)?.ToLowerInvariant(),
                    pattern.Total,
                    Spread(pattern.Samples.Select(sample => ((double)sample.TimeUnixMs, sample.Value)), from, to),
                    null,
                    null
                )),
            ];
            // A line or two may be missing at the begin of any range; two parts of it are more than that.
            return (kinds, begin > from + Step(from, to) * 2 ? begin : null);
        }
        catch (LokiException exception)
            when (exception.Fault is UpstreamFault.Refused || exception.Status is 404 or 501)
        {
            // No pattern ingester.
            return default;
        }
    }

    private async Task<(IReadOnlyList<LogKind> Kinds, int? SampleOf)> SampledAsync(
        TenantScope scope,
        LogQuery query,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        var lines = await LinesAsync(scope, query.ToString(), from, to, cancellation);
        return (
            [
                .. lines
                    .GroupBy(line => LineShape.Of(line.Text))
                    .Select(same => new LogKind(
                        same.Key,
                        same.Select(line =>
                                line.Labels.GetValueOrDefault(LogSearch.LevelLabel)
                                ?? line.Labels.GetValueOrDefault("level")
                            )
                            .CountBy(level => level ?? "")
                            .MaxBy(level => level.Value)
                            .Key
                            is { Length: > 0 } most
                            ? most
                            : null,
                        same.Count(),
                        Spread(same.Select(line => (line.TimeUnixNs / 1e6, 1d)), from, to),
                        same.First().Text,
                        null
                    )),
            ],
            lines.Count < LogPager.Most ? null : lines.Count
        );
    }

    private async Task<IReadOnlyList<LogKind>> MarkedAsync(
        TenantScope scope,
        LogQuery query,
        List<LogKind> kinds,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        var known = await LinesAsync(scope, query.ToString(), since - Before, since, cancellation);
        var all = known.Count < LogPager.Most;
        var asked = 0;
        var marked = new List<LogKind>(kinds.Count);
        foreach (var kind in kinds)
        {
            bool? isNew = known.Any(line => LineShape.Fits(kind.Pattern, line.Text)) ? false : true;
            if (isNew == true && !all)
            {
                isNew =
                    ++asked > Confirmed ? null
                    : await CountAsync(scope, query, kind.Pattern, since, cancellation) is { } count ? count == 0
                    : null;
            }
            marked.Add(kind with { IsNew = isNew });
        }
        return marked;
    }

    private async Task<double?> CountAsync(
        TenantScope scope,
        LogQuery query,
        string pattern,
        DateTimeOffset until,
        CancellationToken cancellation
    )
    {
        var narrowed = LogFilters.Pattern(query.ToString(), pattern, include: true);
        if (narrowed == query.ToString())
        {
            return null;
        }
        try
        {
            var answer = await loki.QueryAsync(
                scope,
                LogVolume.Count(Read(narrowed), Before).ToString(),
                until.ToUnixNs(),
                cancellation: cancellation
            );
            return answer.Series.SelectMany(series => series.Points).Sum(point => point.Value);
        }
        catch (LokiException exception) when (exception.Fault is UpstreamFault.Refused or UpstreamFault.TimedOut)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<LogLine>> LinesAsync(
        TenantScope scope,
        string logQl,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    ) =>
        (
            await loki.QueryRangeAsync(
                scope,
                new LokiRangeQuery(logQl, from.ToUnixNs(), to.ToUnixNs(), LogPager.Most),
                cancellation
            )
        ).Lines(LokiDirection.Backward);

    private async Task<LastChange?> ReleaseAsync(TenantScope scope, DateTimeOffset to, CancellationToken cancellation)
    {
        try
        {
            var all = new List<LastChange>();
            foreach (var tenant in scope.Tenants)
            {
                all.AddRange(await changes.SinceAsync(scope, tenant, time.GetUtcNow().AddDays(-30), cancellation));
            }
            return all.Where(change => change.IsRelease && change.At < to).MaxBy(change => change.At);
        }
        catch (UpstreamException)
        {
            // Releases are seen in metrics; without them the range's begin is compared with.
            return null;
        }
    }

    private static LogQuery Read(string logQl)
    {
        try
        {
            return LogQlParser.ParseLogQuery(logQl, LogQlScoper.Limits);
        }
        catch (LogQlException refused)
        {
            throw new QueryRefusedException(refused.LokiMessage, refused.Line, refused.Column);
        }
    }

    private static TimeSpan Step(DateTimeOffset from, DateTimeOffset to) =>
        TimeSpan.FromSeconds(Math.Max(10, Math.Ceiling((to - from).TotalSeconds / Parts)));

    private static double[] Spread(
        IEnumerable<(double TimeMs, double Count)> counts,
        DateTimeOffset from,
        DateTimeOffset to
    )
    {
        var parts = new double[Parts];
        var start = from.ToUnixTimeMilliseconds();
        var width = Math.Max(1, (to - from).TotalMilliseconds / Parts);
        foreach (var (at, count) in counts)
        {
            parts[Math.Clamp((int)((at - start) / width), 0, Parts - 1)] += count;
        }
        return parts;
    }
}
