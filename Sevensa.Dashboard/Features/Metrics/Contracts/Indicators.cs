using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

[JsonConverter(typeof(CamelCaseEnum<IndicatorKind>))]
public enum IndicatorKind
{
    /// <summary>Requests that were answered without an error of the server's.</summary>
    Availability,

    /// <summary>Requests or jobs that took no longer than a threshold.</summary>
    Latency,
}

/// <param name="ThresholdSeconds">For latency; must be a boundary of the histogram's buckets.</param>
/// <param name="Histogram">For latency: one of <see cref="IServiceIndicators.Histograms"/>.</param>
public sealed record ServiceIndicator(
    string Service,
    IndicatorKind Kind,
    double? ThresholdSeconds = null,
    string? Histogram = null
);

/// <summary>PromQL of what service levels are measured by, made from the metric names in the options. To be scoped like any other.</summary>
public interface IServiceIndicators
{
    /// <summary>Histograms of durations in seconds, without <c>_bucket</c>: of requests first, then of jobs.</summary>
    IReadOnlyList<string> Histograms { get; }

    /// <summary>Events per second that were not good, over a window such as <c>1h</c>; nothing when there were none.</summary>
    string Bad(ServiceIndicator indicator, string window);

    /// <summary>All events per second over a window.</summary>
    string All(ServiceIndicator indicator, string window);

    /// <summary>One series for each bucket boundary of a service's histogram, in the label <c>le</c>.</summary>
    string Boundaries(string service, string histogram);
}
