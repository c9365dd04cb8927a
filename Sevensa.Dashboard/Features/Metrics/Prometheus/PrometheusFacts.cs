using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>Facts of one Prometheus for several tenants, cut down to a scope.</summary>
internal sealed class PrometheusFacts(PrometheusClient client, PromQlDialect dialect, ITenants tenants)
    : IPrometheusFacts
{
    private const string Everything = "{}";

    public async Task<IReadOnlyList<PrometheusRuleGroup>> RulesAsync(TenantScope scope, CancellationToken cancellation)
    {
        var groups = await client.RulesAsync(cancellation);
        var others = await OthersAsync(scope, cancellation);
        return
        [
            .. groups
                .Select(group =>
                    group with
                    {
                        Rules =
                        [
                            .. group
                                .Rules.Select(rule => RuleOwnership.Part(scope, group, rule, others))
                                .OfType<PrometheusRule>(),
                        ],
                    }
                )
                .Where(group => group.Rules.Count > 0),
        ];
    }

    // By way of the rules: an alert alone does not say what was evaluated for it.
    public async Task<IReadOnlyList<PrometheusAlert>> AlertsAsync(TenantScope scope, CancellationToken cancellation)
    {
        var groups = await client.RulesAsync(cancellation);
        var others = await OthersAsync(scope, cancellation);
        return
        [
            .. groups.SelectMany(group =>
                group.Rules.SelectMany(rule => RuleOwnership.Alerts(scope, group, rule, others))
            ),
        ];
    }

    public async Task<IReadOnlyList<PrometheusTarget>> TargetsAsync(
        TenantScope scope,
        CancellationToken cancellation
    ) => [.. (await client.TargetsAsync(cancellation)).Where(target => scope.Holds(TenantOf(target.Labels)))];

    public async Task<IReadOnlyDictionary<string, MetricMetadata>> MetadataAsync(
        TenantScope scope,
        CancellationToken cancellation
    )
    {
        var names = LabelValuesAsync(scope, "__name__", null, cancellation);
        var all = await client.MetadataAsync(scope, null, cancellation);
        var own = new Dictionary<string, MetricMetadata>(StringComparer.Ordinal);
        foreach (var name in await names)
        {
            if (Found(all, name) is { } metadata)
            {
                own[name] = metadata;
            }
        }
        return own;
    }

    public Task<IReadOnlyList<string>> LabelsAsync(
        TenantScope scope,
        string? selector,
        CancellationToken cancellation
    ) => client.LabelsAsync(scope.PromQlSelector(selector ?? Everything), cancellation);

    public Task<IReadOnlyList<string>> LabelValuesAsync(
        TenantScope scope,
        string label,
        string? selector,
        CancellationToken cancellation
    ) => client.LabelValuesAsync(label, scope.PromQlSelector(selector ?? Everything), cancellation);

    public Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> SeriesAsync(
        TenantScope scope,
        string selector,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    ) => client.SeriesAsync(scope.PromQlSelector(selector), from, to, cancellation);

    public async Task<IReadOnlyList<ExemplarSeries>> ExemplarsAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        var query = scope.PromQl(promQl, dialect.Options);
        // Asked for exemplars of no series, the server answers with nothing at all.
        return query.Tree?.Selectors().Any() == false ? [] : await client.ExemplarsAsync(query, from, to, cancellation);
    }

    /// <summary>Of several targets that differ, the first.</summary>
    private static MetricMetadata? Found(IReadOnlyDictionary<string, IReadOnlyList<MetricMetadata>> all, string name)
    {
        if (all.TryGetValue(name, out var metadata))
        {
            return metadata is [var first, ..] ? first : null;
        }
        var cut = name.LastIndexOf('_');
        return cut > 0 && all.GetValueOrDefault(name[..cut]) is [var shared, ..] ? shared : null;
    }

    private async Task<IReadOnlyCollection<string>> OthersAsync(TenantScope scope, CancellationToken cancellation) =>
        [.. (await tenants.AllAsync(cancellation)).Select(tenant => tenant.Id).Where(id => !scope.Holds(id))];

    private static string? TenantOf(IReadOnlyDictionary<string, string> labels) =>
        labels.GetValueOrDefault(TenantScope.Label);
}
