using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Features.Metrics.Behaviour;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>Section <c>Prometheus</c>: where metrics are read.</summary>
internal sealed class PrometheusOptions : IValidatableObject
{
    /// <summary>Base address, <c>http://prometheus:9090</c>; a path is kept. Empty: not configured.</summary>
    public string? Url { get; set; }

    /// <summary>File with a bearer token, when the server asks for one.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Name for basic authentication; the password is in <see cref="PasswordFile"/>.</summary>
    public string? Username { get; set; }

    public string? PasswordFile { get; set; }

    /// <summary>One try of one request.</summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 15;

    /// <summary>Mimir or Thanos with tenancy: sends <c>X-Scope-OrgID</c> besides the matcher.</summary>
    public bool OrgIdHeader { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (
            !string.IsNullOrWhiteSpace(Url)
            && !(Uri.TryCreate(Url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        )
        {
            yield return new ValidationResult($"\"{Url}\" is not an http or https address", [nameof(Url)]);
        }
        if (TokenFile is { Length: > 0 } && Username is { Length: > 0 })
        {
            yield return new ValidationResult("give a token file or a user name, not both", [nameof(TokenFile)]);
        }
    }
}

/// <summary>Section <c>Metrics</c>: the names that the pages query, and limits.</summary>
internal sealed class MetricsOptions
{
    /// <summary>Window of <c>rate()</c> in the pages' queries; never shorter than the step asked for.</summary>
    [RegularExpression(@"^\d+[smh]$", ErrorMessage = "must be a duration such as 30s, 5m or 1h")]
    public string RateWindow { get; set; } = "5m";

    [Required]
    public string CpuSeconds { get; set; } = "container_cpu_usage_seconds_total";

    [Required]
    public string WorkingSet { get; set; } = "container_memory_working_set_bytes";

    [Required]
    public string MemoryLimit { get; set; } = "container_spec_memory_limit_bytes";

    [Required]
    public string Requests { get; set; } = "http_requests_total";

    /// <summary>Matcher that picks failed requests among <see cref="Requests"/>.</summary>
    [Required]
    public string FailedRequests { get; set; } = "code=~\"5..\"";

    /// <summary>Histogram of request durations in seconds, without <c>_bucket</c>.</summary>
    [Required]
    public string RequestDuration { get; set; } = "http_request_duration_seconds";

    /// <summary>Further histograms of durations in seconds, for services that do jobs instead of answering requests.</summary>
    public string[] JobDurations { get; set; } = [];

    /// <summary>1 while a target answers, 0 while it does not.</summary>
    [Required]
    public string Up { get; set; } = "up";

    [Required]
    public string ThrottledPeriods { get; set; } = "container_cpu_cfs_throttled_periods_total";

    [Required]
    public string CpuPeriods { get; set; } = "container_cpu_cfs_periods_total";

    [Required]
    public string NetworkReceived { get; set; } = "container_network_receive_bytes_total";

    [Required]
    public string NetworkSent { get; set; } = "container_network_transmit_bytes_total";

    [Required]
    public string DiskReads { get; set; } = "container_fs_reads_bytes_total";

    [Required]
    public string DiskWrites { get; set; } = "container_fs_writes_bytes_total";

    [Required]
    public string Restarts { get; set; } = "container_restarts_total";

    /// <summary>1 while the container's health check passes.</summary>
    [Required]
    public string ContainerHealth { get; set; } = "container_health";

    [Required]
    public string TraefikServiceRequests { get; set; } = "traefik_service_requests_total";

    [Required]
    public string TraefikRouterRequests { get; set; } = "traefik_router_requests_total";

    /// <summary>Histogram, without <c>_bucket</c>.</summary>
    [Required]
    public string TraefikServiceDuration { get; set; } = "traefik_service_request_duration_seconds";

    [Required]
    public string NodeCpu { get; set; } = "node_cpu_seconds_total";

    [Required]
    public string NodeLoad { get; set; } = "node_load1";

    [Required]
    public string NodeMemoryTotal { get; set; } = "node_memory_MemTotal_bytes";

    [Required]
    public string NodeMemoryAvailable { get; set; } = "node_memory_MemAvailable_bytes";

    [Required]
    public string NodeDiskSize { get; set; } = "node_filesystem_size_bytes";

    [Required]
    public string NodeDiskAvailable { get; set; } = "node_filesystem_avail_bytes";

    [Required]
    public string NodeDiskBusy { get; set; } = "node_disk_io_time_seconds_total";

    [Required]
    public string NodeNetworkErrors { get; set; } = "node_network_receive_errs_total";

    /// <summary>Longest range that one query may ask, hours.</summary>
    [Range(1, 24 * 400)]
    public int MaximumRangeHours { get; set; } = 24 * 95;

    /// <summary>Points that the subqueries of one query may compute for each point of its answer.</summary>
    [Range(10, 10_000_000)]
    public int MaximumSubqueryPoints { get; set; } = 150_000;

    /// <summary>Longest time-out that a caller may give a query, seconds; Prometheus' own limit is two minutes unless set otherwise.</summary>
    [Range(1, 3600)]
    public int MaximumTimeoutSeconds { get; set; } = 120;

    /// <summary>How often services are compared with what is usual of them (<c>Metrics:Behaviour:EveryMinutes</c>).</summary>
    public BehaviourOptions Behaviour { get; set; } = new();

    /// <summary>Points per series that one range query may ask; Prometheus' own limit is 11,000.</summary>
    [Range(10, 11_000)]
    public int MaximumPoints { get; set; } = 11_000;
}
