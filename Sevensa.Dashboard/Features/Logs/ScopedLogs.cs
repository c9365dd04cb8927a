using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>What other features read of Loki.</summary>
internal sealed class ScopedLogs(LokiClient loki) : ILogs
{
    private const string ServiceLabel = "service";

    public async Task<IReadOnlyList<LogLine>> RecentAsync(
        TenantScope scope,
        string? logQl,
        DateTimeOffset from,
        DateTimeOffset to,
        int most,
        CancellationToken cancellation
    )
    {
        var answer = await loki.QueryRangeAsync(
            scope,
            new LokiRangeQuery(logQl, from.ToUnixNs(), to.ToUnixNs(), most),
            cancellation
        );
        return answer.Type == LokiResultType.Streams
            ? answer.Lines(LokiDirection.Backward)
            : throw new QueryRefusedException("The query answers numbers, not lines: leave out the aggregation.");
    }

    public Task<IReadOnlyList<string>> LabelValuesAsync(
        TenantScope scope,
        string label,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    ) => loki.LabelValuesAsync(scope, label, new LokiSpan(from.ToUnixNs(), to.ToUnixNs()), null, cancellation);

    public string QueryFor(string? service, string? contains, string? level = null)
    {
        var search = new LogSearch();
        search = service is null ? search : search.Label(ServiceLabel, service);
        search = contains is { Length: > 0 } ? search.LineContains(contains) : search;
        search = level is { Length: > 0 } ? search.Level(level) : search;
        return search.ToString();
    }
}

internal static class LogLines
{
    /// <summary>All lines of an answer in order of time; lines that share one stay in the order of their stream.</summary>
    public static IReadOnlyList<LogLine> Lines(this LokiAnswer answer, LokiDirection direction)
    {
        var lines = answer.Streams.SelectMany(stream =>
            stream.Entries.Select(entry => new LogLine(entry.TimeUnixNs, entry.Line, stream.Labels))
        );
        return
        [
            .. direction == LokiDirection.Backward
                ? lines.OrderByDescending(line => line.TimeUnixNs)
                : lines.OrderBy(line => line.TimeUnixNs),
        ];
    }
}
