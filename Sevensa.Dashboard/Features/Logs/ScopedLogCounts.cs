using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>Counts lines of a scope by service.</summary>
internal sealed class ScopedLogCounts(LokiClient loki) : ILogCounts
{
    private const string ServiceLabel = "service";

    public async Task<IReadOnlyList<LogCount>> CountAsync(
        TenantScope scope,
        string logQl,
        TimeSpan window,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    )
    {
        var count = LogVolume.Count(Read(logQl), window, ServiceLabel).ToString();
        var answer =
            to > from
                ? await loki.QueryRangeAsync(
                    scope,
                    new LokiRangeQuery(count, from.ToUnixNs(), to.ToUnixNs(), Step: step),
                    cancellation
                )
                : await loki.QueryAsync(scope, count!, from.ToUnixNs(), cancellation: cancellation);
        return
        [
            .. answer.Series.Select(series => new LogCount(
                series.Labels.FirstOrDefault(label => label.Key == ServiceLabel).Value ?? "",
                [.. series.Points.Select(point => point.TimeUnixMs / 1000.0)],
                [.. series.Points.Select(point => point.Value)]
            )),
        ];
    }

    public string Check(string logQl)
    {
        var query = Read(logQl);
        // Loki compiles these only when it looks for lines.
        var wrong = query
            .Stages.OfType<LineFilter>()
            .Where(filter => filter.Operator is LineFilterOperator.Matches or LineFilterOperator.NotMatches)
            .SelectMany(filter => filter.Alternatives)
            .Where(text => !text.IsIp)
            .Select(text => Re2Syntax.Check(text.Text).Error)
            .FirstOrDefault(error => error is not null);
        return wrong is null ? query.ToString()! : throw new QueryRefusedException(wrong);
    }

    private static LogQuery Read(string logQl)
    {
        try
        {
            return LogQlParser.ParseLogQuery(logQl, LogQlScoper.Limits);
        }
        catch (LogQlException exception)
        {
            throw new QueryRefusedException(exception.LokiMessage, exception.Line, exception.Column);
        }
    }
}
