namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>What the usual metrics are called here, as configured in section <c>Metrics</c>.</summary>
/// <param name="Requests">Counter of requests.</param>
/// <param name="FailedRequests">Matcher that picks failed requests among <paramref name="Requests"/>.</param>
/// <param name="RequestDuration">Histogram of request durations in seconds, without <c>_bucket</c>.</param>
/// <param name="WorkingSet">Bytes of memory in use, for each container.</param>
/// <param name="MemoryLimit">Bytes of memory that a container may use.</param>
/// <param name="Up">1 while a target answers, 0 while it does not.</param>
public sealed record MetricNames(
    string Requests,
    string FailedRequests,
    string RequestDuration,
    string WorkingSet,
    string MemoryLimit,
    string Up
);
