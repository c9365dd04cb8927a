using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Alerts.Rules;

/// <summary>A rule of Prometheus', as far as a tenant may know of it.</summary>
/// <param name="File">Last part of the rule file's name.</param>
/// <param name="Alerting">Else it records a series.</param>
/// <param name="State">Of the tenant's own alerts: <c>firing</c>, <c>pending</c>, <c>inactive</c>; empty for recording rules.</param>
/// <param name="Shared">It holds for whoever's series it meets, and names no tenant.</param>
/// <param name="Saved">It was saved here, and can be changed and removed here.</param>
/// <param name="Health"><c>ok</c>, <c>err</c> or <c>unknown</c>.</param>
/// <param name="Alerts">The tenant's own.</param>
internal sealed record TenantRule(
    string Group,
    string File,
    string Name,
    string Query,
    bool Alerting,
    string State,
    bool Shared,
    bool Saved,
    double ForSeconds,
    double KeepFiringForSeconds,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    string Health,
    string? LastError,
    IReadOnlyList<PrometheusAlert> Alerts
)
{
    /// <param name="rule">As far as <paramref name="tenant"/> may know of it.</param>
    public static TenantRule Of(PrometheusRuleGroup group, PrometheusRule rule, string tenant)
    {
        var file = Path.GetFileName(group.File);
        return new TenantRule(
            group.Name,
            file,
            rule.Name,
            rule.Query,
            rule.Type == "alerting",
            rule.Type == "alerting" ? rule.State ?? "inactive" : "",
            rule.Shared,
            !rule.Shared && group.Name == RuleFiles.GroupOf(tenant) && file == RuleFiles.FileOf(tenant),
            rule.Duration,
            rule.KeepFiringFor,
            rule.Labels,
            rule.Annotations,
            rule.Health,
            rule.LastError,
            rule.Alerts
        );
    }
}

/// <summary>Prometheus' rules, one tenant's at a time, asked once for all who look within a few seconds.</summary>
internal sealed class TenantRules(IPrometheusFacts facts, IFusionCache cache)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Rules whose labels or expression belong to the tenant, and rules that name no tenant at all, with the tenant's own
    /// alerts. What another tenant's name stands in is left out.
    /// </summary>
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer.</exception>
    public async Task<IReadOnlyList<TenantRule>> OfAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var one = scope.Narrow(tenant);
        return await cache.GetOrSetAsync<IReadOnlyList<TenantRule>>(
            Key(tenant),
            async (_, token) => await LookAsync(one, tenant, token),
            entry => entry.SetDuration(Fresh).SetSize(1),
            cancellation
        );
    }

    /// <summary>Rules were changed: what was known is old.</summary>
    public ValueTask ForgetAsync(string tenant) => cache.RemoveAsync(Key(tenant));

    private async Task<IReadOnlyList<TenantRule>> LookAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var groups = await facts.RulesAsync(scope, cancellation);
        return [.. groups.SelectMany(group => group.Rules.Select(rule => TenantRule.Of(group, rule, tenant)))];
    }

    private static string Key(string tenant) => $"rules|{tenant}";
}
