using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Metrics.Explorer;

/// <summary>What the editor offers while somebody types: names of the tenant's own series, looked up once a minute for all who type.</summary>
internal sealed class ExplorerNames(IPrometheusFacts facts, IFusionCache cache)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    public Task<IReadOnlyList<string>> MetricsAsync(TenantScope scope, CancellationToken cancellation) =>
        KeptAsync(
            scope,
            "__name__",
            null,
            token => facts.LabelValuesAsync(scope, "__name__", null, token),
            cancellation
        );

    public Task<IReadOnlyList<string>> LabelsAsync(TenantScope scope, string? metric, CancellationToken cancellation) =>
        KeptAsync(scope, "labels", metric, token => facts.LabelsAsync(scope, Selector(metric), token), cancellation);

    public Task<IReadOnlyList<string>> ValuesAsync(
        TenantScope scope,
        string label,
        string? metric,
        CancellationToken cancellation
    ) =>
        KeptAsync(
            scope,
            $"values {label}",
            metric,
            token => facts.LabelValuesAsync(scope, label, Selector(metric), token),
            cancellation
        );

    public Task<IReadOnlyDictionary<string, MetricMetadata>> MetadataAsync(
        TenantScope scope,
        CancellationToken cancellation
    ) => KeptAsync(scope, "metadata", null, token => facts.MetadataAsync(scope, token), cancellation);

    /// <summary>The name as a value: whatever a browser sends, it selects no more than that.</summary>
    private static string? Selector(string? metric) =>
        string.IsNullOrEmpty(metric)
            ? null
            : new VectorSelector(
                null,
                [new LabelMatcher(LabelMatcher.MetricName, MatchOperator.Equal, metric)],
                null,
                null,
                RangeExtension.None,
                default
            ).ToString();

    private async Task<T> KeptAsync<T>(
        TenantScope scope,
        string what,
        string? metric,
        Func<CancellationToken, Task<T>> ask,
        CancellationToken cancellation
    ) =>
        await cache.GetOrSetAsync<T>(
            $"names|{scope.Key}|{what}|{metric}",
            async (_, token) => await ask(token),
            entry => entry.SetDuration(Fresh).SetSize(1),
            cancellation
        );
}
