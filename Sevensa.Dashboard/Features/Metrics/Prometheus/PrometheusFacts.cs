using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>Facts of one Prometheus for several tenants, cut down to a scope.</summary>
internal sealed class PrometheusFacts(PrometheusClient client, PromQlDialect dialect) : IPrometheusFacts
{
    private const string Everything = "{}";

    public async Task<IReadOnlyList<PrometheusRuleGroup>> RulesAsync(TenantScope scope, CancellationToken cancellation)
    {
        var groups = await client.RulesAsync(cancellation);
        return
        [
            .. groups
                .Select(group =>
                    group with
                    {
                        Rules = [.. group.Rules.Select(rule => Own(scope, rule)).OfType<PrometheusRule>()],
                    }
                )
                .Where(group => group.Rules.Count > 0),
        ];
    }

    public async Task<IReadOnlyList<PrometheusAlert>> AlertsAsync(TenantScope scope, CancellationToken cancellation) =>
        [.. (await client.AlertsAsync(cancellation)).Where(alert => scope.Holds(TenantOf(alert.Labels)))];

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

    public Task<IReadOnlyList<ExemplarSeries>> ExemplarsAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    ) => client.ExemplarsAsync(scope.PromQl(promQl, dialect.Options), from, to, cancellation);

    /// <summary>A rule without a tenant's label is everybody's, unless its query asks for somebody else.</summary>
    private static PrometheusRule? Own(TenantScope scope, PrometheusRule rule)
    {
        var tenant = TenantOf(rule.Labels);
        if (tenant is not null ? !scope.Holds(tenant) : !MayMatch(scope, rule.Query))
        {
            return null;
        }
        var alerts = rule.Alerts.Where(alert => scope.Holds(TenantOf(alert.Labels))).ToList();
        // Its state is that of all tenants together; the scope's follows from the scope's alerts.
        var state =
            rule.State is null ? null
            : alerts.Exists(alert => alert.State == "firing") ? "firing"
            : alerts.Count > 0 ? "pending"
            : "inactive";
        return rule with
        {
            Alerts = alerts,
            State = state,
            // It quotes the series that were asked for, and they may be anybody's.
            LastError =
                rule.LastError is { Length: > 0 } && !scope.Encloses(rule.Query)
                    ? "Prometheus could not evaluate it."
                    : rule.LastError,
        };
    }

    private static bool MayMatch(TenantScope scope, string query)
    {
        try
        {
            return scope.PromQl(query, PromQlOptions.Any).Infos.Count == 0;
        }
        catch (QueryRefusedException)
        {
            return false;
        }
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

    private static string? TenantOf(IReadOnlyDictionary<string, string> labels) =>
        labels.GetValueOrDefault(TenantScope.Label);
}
