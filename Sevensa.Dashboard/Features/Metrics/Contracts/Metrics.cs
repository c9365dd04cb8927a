using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>One series of a range answer. <paramref name="Times"/> are Unix seconds; gaps are NaN.</summary>
public sealed record MetricSeries(IReadOnlyDictionary<string, string> Labels, double[] Times, double[] Values)
{
    /// <summary>Its samples that are native histograms, which have no single value.</summary>
    public IReadOnlyList<MetricHistogram> Histograms { get; init; } = [];
}

/// <summary>One sample of an instant answer.</summary>
public sealed record MetricSample(IReadOnlyDictionary<string, string> Labels, double Time, double Value);

/// <summary>What the pages and the assistant ask about a service, by name; the server builds the query.</summary>
public enum ServiceMetric
{
    /// <summary>Cores.</summary>
    Cpu,

    /// <summary>Working set, bytes.</summary>
    Memory,

    /// <summary>Working set over limit, 0–1.</summary>
    MemoryShare,

    /// <summary>Requests per second.</summary>
    RequestRate,

    /// <summary>Share of requests answered 5xx, 0–1.</summary>
    ErrorShare,

    /// <summary>95th percentile of request duration (of jobs where a service answers no requests), seconds.</summary>
    LatencyP95,

    /// <summary>Memory limit, bytes; services without one have no value.</summary>
    MemoryLimit,

    /// <summary>1 when at least one of its targets answers Prometheus, else 0.</summary>
    Up,
}

/// <summary>Scoped reads of Prometheus for other features.</summary>
public interface IMetrics
{
    /// <summary>PromQL in the tenant's scope at a moment.</summary>
    /// <exception cref="Platform.Http.UpstreamException">Prometheus did not answer or refused; keeps its words.</exception>
    Task<IReadOnlyList<MetricSample>> QueryAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset at,
        CancellationToken cancellation
    );

    /// <summary>The same with native histograms, which are no samples: series of one point each.</summary>
    /// <exception cref="Platform.Http.UpstreamException">As for <see cref="QueryAsync"/>.</exception>
    Task<IReadOnlyList<MetricSeries>> MomentAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset at,
        CancellationToken cancellation
    );

    Task<IReadOnlyList<MetricSeries>> RangeAsync(
        TenantScope scope,
        string promQl,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    );

    /// <summary>One named metric per service; label <c>service</c> (and <c>tenant</c> when the scope holds several).</summary>
    Task<IReadOnlyList<MetricSample>> ServicesAsync(
        TenantScope scope,
        ServiceMetric metric,
        CancellationToken cancellation
    );

    Task<IReadOnlyList<MetricSeries>> ServicesRangeAsync(
        TenantScope scope,
        ServiceMetric metric,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    );

    /// <summary>The PromQL that <see cref="ServicesAsync"/> asks, before scoping: every number opens the query behind it.</summary>
    string QueryOf(ServiceMetric metric);
}

/// <summary>State in words with its figures; what Overview, Health and the portal show.</summary>
public enum HealthState
{
    Unknown,
    Healthy,
    CloseToLimit,
    Degraded,
    Down,
}

/// <param name="Availability24h">
/// Share of requests answered well, 0–1, over the time that was measured; null when there were none or it is not known.
/// </param>
/// <param name="LatencyP95Seconds">Worst service's p95 now.</param>
/// <param name="ErrorShare">0–1.</param>
/// <param name="MemoryShare">Worst container's working set over its limit.</param>
/// <param name="Reasons">Why the state is what it is, for people.</param>
public sealed record TenantHealth(
    string Tenant,
    HealthState State,
    double? Availability24h,
    double? Availability7d,
    double? Availability30d,
    double? LatencyP95Seconds,
    double? ErrorShare,
    double? RequestsPerSecond,
    double? MemoryShare,
    int OpenAlerts,
    IReadOnlyList<string> Reasons,
    IReadOnlyList<ServiceHealth> Services,
    DateTimeOffset At
)
{
    /// <summary>How much of each window was measured, 0–1; null when that is not known.</summary>
    public MeasuredShares Measured { get; init; } = new(null, null, null);
}

/// <summary>Shares of time for which there are figures, 0–1.</summary>
public sealed record MeasuredShares(double? Day, double? Week, double? Month);

public sealed record ServiceHealth(
    string Service,
    HealthState State,
    double? LatencyP95Seconds,
    double? ErrorShare,
    double? RequestsPerSecond,
    double? CpuCores,
    double? MemoryBytes,
    double? MemoryShare,
    double? MemoryLimitBytes = null
);

/// <summary>Health of a tenant from its metrics, computed once for all who look.</summary>
public interface ITenantHealth
{
    Task<TenantHealth> OfAsync(TenantScope scope, string tenant, CancellationToken cancellation);
}

/// <summary>The latest thing that changed for a tenant. Implemented by whoever knows of changes; the newest wins.</summary>
public interface ILastChange
{
    Task<LastChange?> OfAsync(TenantScope scope, string tenant, CancellationToken cancellation);
}

/// <param name="Text">For clients' eyes too: no ids, no hosts.</param>
/// <param name="IsRelease">A service began to run another image.</param>
public sealed record LastChange(DateTimeOffset At, string Text, bool IsRelease = false);
