using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>Scoped reads, answered once for all who ask the same within a few seconds. Keys hold the scope and the rewritten query.</summary>
internal sealed class ScopedMetrics(
    PrometheusClient client,
    PromQlDialect dialect,
    ServiceQueries queries,
    IFusionCache cache,
    TimeProvider time
) : IMetrics, ITrafficGauge
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(4);

    public async Task<IReadOnlyList<MetricSample>> QueryAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset at,
        CancellationToken cancellation
    )
    {
        var answer = await client.QueryAsync(
            scope.PromQl(promQl, dialect.Options with { EitherBoundary = true }),
            at,
            cancellation
        );
        return [.. answer.Samples];
    }

    public async Task<IReadOnlyList<MetricSeries>> MomentAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset at,
        CancellationToken cancellation
    ) =>
        (
            await client.QueryAsync(
                scope.PromQl(promQl, dialect.Options with { EitherBoundary = true }),
                at,
                cancellation
            )
        ).Series;

    public async Task<IReadOnlyList<MetricSeries>> RangeAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    )
    {
        // Aligned to the step, so that viewers who look at the same minute share one answer.
        var (start, end) = (Floor(from, step), Floor(to, step));
        var query = scope.PromQl(promQl, dialect.Options with { EitherBoundary = true });
        return await cache.GetOrSetAsync<IReadOnlyList<MetricSeries>>(
            $"range|{scope.Key}|{start.ToUnixTimeMilliseconds()}|{end.ToUnixTimeMilliseconds()}|{step.TotalMilliseconds}|{query.Text}",
            async (_, token) => (await client.RangeAsync(query, start, end, step, token)).Series,
            entry => entry.SetDuration(Fresh).SetSize(1),
            cancellation
        );
    }

    public async Task<IReadOnlyList<MetricSample>> ServicesAsync(
        TenantScope scope,
        ServiceMetric metric,
        CancellationToken cancellation
    )
    {
        var query = scope.PromQl(queries.Of(metric));
        return await cache.GetOrSetAsync<IReadOnlyList<MetricSample>>(
            $"now|{scope.Key}|{query.Text}",
            async (_, token) => [.. (await client.QueryAsync(query, time.GetUtcNow(), token)).Samples],
            entry => entry.SetDuration(Fresh).SetSize(1),
            cancellation
        );
    }

    public Task<IReadOnlyList<MetricSeries>> ServicesRangeAsync(
        TenantScope scope,
        ServiceMetric metric,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    ) => RangeAsync(scope, queries.Of(metric, step), from, to, step, cancellation);

    public string QueryOf(ServiceMetric metric) => queries.Of(metric);

    public async Task<double?> RequestsPerMinuteAsync(TenantScope scope, string service, CancellationToken cancellation)
    {
        try
        {
            var found = (await ServicesAsync(scope, ServiceMetric.RequestRate, cancellation)).FirstOrDefault(sample =>
                sample.Labels.GetValueOrDefault("service") == service
            );
            return found is { Value: var perSecond } && double.IsFinite(perSecond * 60)
                ? Math.Round(perSecond * 60, 1)
                : null;
        }
        catch (UpstreamException)
        {
            return null;
        }
    }

    private static DateTimeOffset Floor(DateTimeOffset moment, TimeSpan step) =>
        new(moment.UtcTicks - moment.UtcTicks % step.Ticks, TimeSpan.Zero);
}
