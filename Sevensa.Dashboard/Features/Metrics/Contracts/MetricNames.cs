namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>What the usual metrics are called here, as configured in section <c>Metrics</c>.</summary>
/// <param name="Requests">Counter of requests.</param>
/// <param name="FailedRequests">Matcher that picks failed requests among <paramref name="Requests"/>.</param>
/// <param name="RouterRequests">Traefik's counter by router: it sees too what never reached the service.</param>
/// <param name="RequestDuration">Histogram of request durations in seconds, without <c>_bucket</c>.</param>
/// <param name="WorkingSet">Bytes of memory in use, for each container.</param>
/// <param name="MemoryLimit">Bytes of memory that a container may use.</param>
/// <param name="Up">1 while a target answers, 0 while it does not.</param>
public sealed record MetricNames(
    string Requests,
    string FailedRequests,
    string RouterRequests,
    string RequestDuration,
    string WorkingSet,
    string MemoryLimit,
    string Up
)
{
    /// <summary>Counter of a container's restarts by Docker's policy.</summary>
    public string Restarts { get; init; } = "container_restarts_total";

    /// <summary>1 while a container's health check passes, 0 while it does not.</summary>
    public string ContainerHealth { get; init; } = "container_health";

    /// <summary>Bytes of a file system.</summary>
    public string DiskSize { get; init; } = "node_filesystem_size_bytes";

    /// <summary>Bytes of a file system that are left.</summary>
    public string DiskAvailable { get; init; } = "node_filesystem_avail_bytes";

    /// <summary>
    /// Requests that last as long as somebody looks: a page's WebSocket of an hour is no answer that took an hour. Series
    /// without the label are of programs that count their answers only.
    /// </summary>
    public const string Answers = "protocol!~\"websocket|sse\"";
}
