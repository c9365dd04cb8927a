namespace Sevensa.Dashboard.Sandbox.Fleet;

internal static class FleetMetricNames
{
    public static IReadOnlyList<MetricInfo> All { get; } =
    [
        new("ALERTS", "unknown", "Alerts that are pending or firing."),
        new("container_cpu_usage_seconds_total", "counter", "Cumulative CPU time consumed, in seconds."),
        new("container_fs_reads_bytes_total", "counter", "Cumulative count of bytes read."),
        new("container_fs_writes_bytes_total", "counter", "Cumulative count of bytes written."),
        new("container_health", "gauge", "1 when the container's health check passes, 0 when it does not."),
        new("container_last_seen", "gauge", "Last time the container was seen, Unix seconds."),
        new("container_memory_usage_bytes", "gauge", "Current memory usage including caches, in bytes."),
        new("container_memory_working_set_bytes", "gauge", "Current working set, in bytes."),
        new("container_network_receive_bytes_total", "counter", "Cumulative count of bytes received."),
        new("container_network_transmit_bytes_total", "counter", "Cumulative count of bytes transmitted."),
        new("container_processes", "gauge", "Processes inside the container."),
        new("container_restarts_total", "counter", "Restarts by Docker's restart policy since creation."),
        new("container_spec_memory_limit_bytes", "gauge", "Memory limit; 0 is none."),
        new("container_start_time_seconds", "gauge", "Start time of the container, Unix seconds."),
        new("http_request_duration_seconds_bucket", "histogram", "Duration of HTTP requests."),
        new("http_request_duration_seconds_count", "histogram", "Duration of HTTP requests."),
        new("http_request_duration_seconds_sum", "histogram", "Duration of HTTP requests."),
        new("http_requests_total", "counter", "HTTP requests answered."),
        new("node_cpu_seconds_total", "counter", "Seconds the CPUs spent in each mode."),
        new("node_filesystem_avail_bytes", "gauge", "Filesystem space available to non-root users in bytes."),
        new("node_filesystem_size_bytes", "gauge", "Filesystem size in bytes."),
        new("node_load1", "gauge", "1m load average."),
        new("node_load15", "gauge", "15m load average."),
        new("node_load5", "gauge", "5m load average."),
        new("node_memory_MemAvailable_bytes", "gauge", "Memory information field MemAvailable_bytes."),
        new("node_memory_MemTotal_bytes", "gauge", "Memory information field MemTotal_bytes."),
        new("psra_certificate_generation_seconds_bucket", "histogram", "Time to generate a certificate."),
        new("psra_certificate_generation_seconds_count", "histogram", "Time to generate a certificate."),
        new("psra_certificate_generation_seconds_sum", "histogram", "Time to generate a certificate."),
        new("psra_certificate_queue_length", "gauge", "Certificates waiting for a worker."),
        new("traefik_router_requests_total", "counter", "Requests handled on a router, by code, protocol and method."),
        new("traefik_service_request_duration_seconds_bucket", "histogram", "How long the service took."),
        new("traefik_service_request_duration_seconds_count", "histogram", "How long the service took."),
        new("traefik_service_request_duration_seconds_sum", "histogram", "How long the service took."),
        new(
            "traefik_service_requests_total",
            "counter",
            "Requests handled on a service, by code, protocol and method."
        ),
        new("up", "gauge", "1 when the target answers."),
    ];
}
