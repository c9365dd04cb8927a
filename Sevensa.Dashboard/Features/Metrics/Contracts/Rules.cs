using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>A rule of Prometheus', as far as a tenant may know of it.</summary>
/// <param name="File">Last part of the rule file's name.</param>
/// <param name="Alerting">Else it records a series.</param>
/// <param name="State">Of the tenant's own alerts: <c>firing</c>, <c>pending</c>, <c>inactive</c>; empty for recording rules.</param>
/// <param name="Shared">It holds for whoever's series it meets, and names no tenant.</param>
/// <param name="Health"><c>ok</c>, <c>err</c> or <c>unknown</c>.</param>
/// <param name="Alerts">The tenant's own.</param>
public sealed record PrometheusRule(
    string Group,
    string File,
    string Name,
    string Query,
    bool Alerting,
    string State,
    bool Shared,
    double ForSeconds,
    double KeepFiringForSeconds,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    string Health,
    string? LastError,
    DateTimeOffset? LastEvaluation,
    IReadOnlyList<PrometheusAlert> Alerts
);

/// <param name="State"><c>firing</c> or <c>pending</c>.</param>
/// <param name="ActiveAt">When its condition began to hold.</param>
public sealed record PrometheusAlert(
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    string State,
    DateTimeOffset ActiveAt,
    double Value
);

/// <summary>Prometheus' rules and their alerts, one tenant's at a time; and reading rule files anew.</summary>
public interface IPrometheusRules
{
    /// <summary>
    /// Rules whose labels or expression belong to the tenant, and rules that name no tenant at all, with the tenant's own
    /// alerts. What another tenant's name stands in is left out.
    /// </summary>
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer.</exception>
    Task<IReadOnlyList<PrometheusRule>> OfAsync(TenantScope scope, string tenant, CancellationToken cancellation);

    /// <summary>Makes Prometheus read its configuration and rule files anew (<c>POST /-/reload</c>).</summary>
    /// <exception cref="Platform.Http.UpstreamException">It would not; keeps its words.</exception>
    Task ReloadAsync(CancellationToken cancellation);
}
