using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Alerts.Contracts;

/// <summary>What was agreed about a service.</summary>
/// <param name="Target">Share of good events, 0–1: 0.999, or 0.95 for "p95 under …".</param>
/// <param name="ThresholdSeconds">For latency: slower than this is not good.</param>
/// <param name="Histogram">For latency: the histogram that is read, without <c>_bucket</c>.</param>
/// <param name="WindowDays">7, 28 or 30.</param>
public sealed record Objective(
    string Id,
    string Tenant,
    string Service,
    string Name,
    IndicatorKind Kind,
    double Target,
    double? ThresholdSeconds,
    string? Histogram,
    int WindowDays,
    bool Published,
    string ChangedBy,
    DateTimeOffset ChangedAt
);

[JsonConverter(typeof(CamelCaseEnum<LevelState>))]
public enum LevelState
{
    /// <summary>No events in the window, or Prometheus did not say.</summary>
    Unknown,
    Kept,

    /// <summary>The budget is spent too fast, or little of it is left.</summary>
    AtRisk,

    /// <summary>Nothing of the budget is left.</summary>
    Missed,
}

/// <summary>One pair of windows of the alerting by burn rate, and whether both are over it.</summary>
/// <param name="Factor">How many times faster than sustainable.</param>
public sealed record BurnRate(
    string Severity,
    string LongWindow,
    string ShortWindow,
    double Factor,
    double? Long,
    double? Short
)
{
    public bool IsOver => Long > Factor && Short > Factor;
}

/// <param name="Share">Good events of all in the window, 0–1.</param>
/// <param name="BudgetLeft">1 is all of it, 0 none, below zero overspent.</param>
/// <param name="Events">In the window.</param>
/// <param name="ExhaustedAt">When nothing is left at the speed of the last day; null when it lasts the window.</param>
public sealed record ServiceLevel(
    Objective Objective,
    LevelState State,
    double? Share,
    double? BudgetLeft,
    double? Events,
    IReadOnlyList<BurnRate> BurnRates,
    DateTimeOffset? ExhaustedAt,
    DateTimeOffset At
);

/// <summary>How the budget was over time; what an objective would have meant.</summary>
/// <param name="Times">Unix seconds.</param>
/// <param name="BudgetLeft">NaN where nothing is known.</param>
/// <param name="Share">Good events of the window that ended then.</param>
public sealed record BudgetHistory(double[] Times, double[] BudgetLeft, double[] Share);

/// <summary>Objectives of a tenant and how they stand.</summary>
public interface IServiceLevels
{
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer.</exception>
    Task<IReadOnlyList<ServiceLevel>> OfAsync(TenantScope scope, string tenant, CancellationToken cancellation);
}
