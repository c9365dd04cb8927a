using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>What kind of figure a metric is, in the words of whoever exports it.</summary>
/// <param name="Type"><c>counter</c>, <c>gauge</c>, <c>histogram</c>, <c>summary</c>, <c>info</c>, <c>stateset</c> or <c>unknown</c>.</param>
public sealed record MetricMetadata(string Type, string Help, string Unit);

/// <summary>A single observation that stands for many, with what leads to its trace.</summary>
/// <param name="Timestamp">Unix seconds.</param>
public sealed record Exemplar(IReadOnlyDictionary<string, string> Labels, double Value, double Timestamp);

public sealed record ExemplarSeries(
    IReadOnlyDictionary<string, string> SeriesLabels,
    IReadOnlyList<Exemplar> Exemplars
);

/// <param name="Type"><c>alerting</c> or <c>recording</c>.</param>
/// <param name="State"><c>firing</c>, <c>pending</c>, <c>inactive</c>; null for a recording rule.</param>
/// <param name="Duration">Seconds that the condition has to hold.</param>
/// <param name="Health"><c>ok</c>, <c>err</c> or <c>unknown</c>.</param>
public sealed record PrometheusRule(
    string Name,
    string Query,
    string Type,
    string? State,
    double Duration,
    double KeepFiringFor,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    IReadOnlyList<PrometheusAlert> Alerts,
    string Health,
    string? LastError,
    DateTimeOffset LastEvaluation
)
{
    /// <summary>It holds for whoever's series it meets, and names no tenant. Known of a rule that was cut down to a scope.</summary>
    public bool Shared { get; init; }
}

/// <param name="Interval">Seconds between evaluations.</param>
public sealed record PrometheusRuleGroup(
    string Name,
    string File,
    double Interval,
    IReadOnlyList<PrometheusRule> Rules
);

/// <param name="State"><c>firing</c> or <c>pending</c>.</param>
public sealed record PrometheusAlert(
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    string State,
    DateTimeOffset? ActiveAt,
    double Value
);

/// <param name="Health"><c>up</c>, <c>down</c> or <c>unknown</c>.</param>
/// <param name="LastScrapeDuration">Seconds.</param>
public sealed record PrometheusTarget(
    IReadOnlyDictionary<string, string> Labels,
    string ScrapePool,
    string ScrapeUrl,
    string Health,
    string LastError,
    DateTimeOffset LastScrape,
    double LastScrapeDuration
);

/// <param name="GoVersion">What it was built with.</param>
public sealed record PrometheusBuild(
    string Version,
    string Revision,
    string Branch,
    string BuildDate,
    string GoVersion
);

/// <summary>
/// What Prometheus knows besides samples, cut down to a scope. Its rules, alerts and targets know no tenants: what carries
/// another tenant's label, or a rule that asks for or speaks of one, is left out.
/// </summary>
public interface IPrometheusFacts
{
    /// <summary>Rules that concern the scope, each with the scope's alerts only.</summary>
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer or refused; keeps its words.</exception>
    Task<IReadOnlyList<PrometheusRuleGroup>> RulesAsync(TenantScope scope, CancellationToken cancellation);

    /// <summary>
    /// All alerts that carry a tenant of the scope; of a rule that others stand in, or whose series may be anybody's, without words
    /// and value, and with no label that may tell of others.
    /// </summary>
    Task<IReadOnlyList<PrometheusAlert>> AlertsAsync(TenantScope scope, CancellationToken cancellation);

    Task<IReadOnlyList<PrometheusTarget>> TargetsAsync(TenantScope scope, CancellationToken cancellation);

    /// <summary>Of the metrics that the scope has series of.</summary>
    Task<IReadOnlyDictionary<string, MetricMetadata>> MetadataAsync(TenantScope scope, CancellationToken cancellation);

    Task<IReadOnlyList<string>> LabelsAsync(TenantScope scope, string? selector, CancellationToken cancellation);

    Task<IReadOnlyList<string>> LabelValuesAsync(
        TenantScope scope,
        string label,
        string? selector,
        CancellationToken cancellation
    );

    Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> SeriesAsync(
        TenantScope scope,
        string selector,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    );

    Task<IReadOnlyList<ExemplarSeries>> ExemplarsAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    );
}
