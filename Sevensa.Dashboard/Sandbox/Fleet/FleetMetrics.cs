using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>All series of the fleet by metric name, for one snapshot of it.</summary>
internal sealed class FleetMetrics
{
    private static readonly ConcurrentDictionary<string, MetricInfo> Infos = new(
        FleetMetricNames.All.Select(i => KeyValuePair.Create(i.Name, i))
    );
    private readonly SimulatedFleet _fleet;
    private readonly FleetSnapshot _snapshot;
    private readonly ConcurrentDictionary<string, MetricSeries[]> _series = new(StringComparer.Ordinal);
    private readonly Lazy<ContainerMetrics[]> _containers;

    public FleetMetrics(SimulatedFleet fleet, FleetSnapshot snapshot)
    {
        _fleet = fleet;
        _snapshot = snapshot;
        _containers = new(() =>
            [
                .. from container in snapshot.Containers
                let profile = container.Profile
                where profile is not null && !container.Lifespans.IsEmpty
                select new ContainerMetrics(container, profile, snapshot.TimelineOf(profile)),
            ]
        );
    }

    public FleetSnapshot Snapshot => _snapshot;
    public static IReadOnlyCollection<MetricInfo> Metadata => FleetMetricNames.All;
    public static IEnumerable<string> Names => FleetMetricNames.All.Select(i => i.Name);
    public IReadOnlyList<ContainerMetrics> Containers => _containers.Value;

    public IReadOnlyList<MetricSeries> Of(string name) =>
        _series.GetOrAdd(name, static (n, self) => [.. self.Make(n)], this);

    public ServiceTimeline Service(ServiceProfile profile) => _snapshot.TimelineOf(profile);

    private IEnumerable<MetricSeries> Make(string name) =>
        name switch
        {
            "container_cpu_usage_seconds_total" => PerContainer(name, c => c.Cpu),
            "container_memory_working_set_bytes" => PerContainer(name, c => c.Memory),
            "container_memory_usage_bytes" => PerContainer(name, c => t => c.Memory(t) * 1.09),
            "container_spec_memory_limit_bytes" => PerContainer(name, c => c.Limit),
            "container_network_receive_bytes_total" => PerContainer(name, c => c.Received),
            "container_network_transmit_bytes_total" => PerContainer(name, c => c.Transmitted),
            "container_fs_reads_bytes_total" => PerContainer(name, c => c.Read),
            "container_fs_writes_bytes_total" => PerContainer(name, c => c.Written),
            "container_processes" => PerContainer(name, c => c.Processes),
            "container_last_seen" => PerContainer(name, c => c.LastSeen),
            "container_start_time_seconds" => PerContainer(name, c => c.StartTime),
            "container_restarts_total" => PerContainer(name, c => c.Restarts),
            "container_health" => PerContainer(name, c => c.Healthy)
                .Where((_, i) => _containers.Value[i].Container.Profile!.HasHealthCheck),
            "http_requests_total" => PerHttpService((s, l) => ServiceMetrics.Requests(s, name, l)),
            "http_request_duration_seconds_bucket" => PerHttpService(
                (s, l) => ServiceMetrics.DurationBuckets(s, name, l)
            ),
            "http_request_duration_seconds_sum" => PerHttpService(
                (s, l) => ServiceMetrics.Sum(s, name, l, s.Profile.RequestsPerSecond)
            ),
            "http_request_duration_seconds_count" => PerHttpService(
                (s, l) => ServiceMetrics.Count(s, name, l, s.Profile.RequestsPerSecond)
            ),
            "traefik_service_requests_total" => PerRoute((s, l) => ServiceMetrics.Requests(s, name, l)),
            "traefik_router_requests_total" => PerRoute(
                (s, l) => ServiceMetrics.Requests(s, name, l.With("router", Route(s)))
            ),
            "traefik_service_request_duration_seconds_bucket" => PerRoute(
                (s, l) => ServiceMetrics.DurationBuckets(s, name, l)
            ),
            "traefik_service_request_duration_seconds_sum" => PerRoute(
                (s, l) => ServiceMetrics.Sum(s, name, l, s.Profile.RequestsPerSecond)
            ),
            "traefik_service_request_duration_seconds_count" => PerRoute(
                (s, l) => ServiceMetrics.Count(s, name, l, s.Profile.RequestsPerSecond)
            ),
            "psra_certificate_generation_seconds_bucket" => Certificates(
                (s, l) => ServiceMetrics.CertificateBuckets(s, name, l)
            ),
            "psra_certificate_generation_seconds_sum" => Certificates(
                (s, l) => ServiceMetrics.Sum(s, name, l, ServiceMetrics.CertificatesPerSecond)
            ),
            "psra_certificate_generation_seconds_count" => Certificates(
                (s, l) => ServiceMetrics.Count(s, name, l, ServiceMetrics.CertificatesPerSecond)
            ),
            "psra_certificate_queue_length" => Certificates((s, l) => ServiceMetrics.Queue(s, name, l)),
            "node_cpu_seconds_total" => FleetCatalogue.Hosts.SelectMany(h =>
                HostMetrics.Cpu(h, Node(h), _fleet.Origin)
            ),
            "node_memory_MemTotal_bytes" => PerHost(name, (h, _) => HostMetrics.MemoryTotal(h)),
            "node_memory_MemAvailable_bytes" => PerHost(
                name,
                (h, t) => HostMetrics.MemoryAvailable(h, _containers.Value.Where(c => c.Container.Host == h.Name), t)
            ),
            "node_filesystem_size_bytes" => PerDisk(name, (h, _) => HostMetrics.DiskSize(h)),
            "node_filesystem_avail_bytes" => PerDisk(name, (h, t) => HostMetrics.DiskFree(h, _fleet.Midnight, t)),
            "node_load1" => PerHost(name, (h, t) => HostMetrics.Load(h, t, 1)),
            "node_load5" => PerHost(name, (h, t) => HostMetrics.Load(h, t, 3)),
            "node_load15" => PerHost(name, (h, t) => HostMetrics.Load(h, t, 8)),
            "up" => Ups(),
            "ALERTS" => AlertRules.Series(this, _fleet),
            _ => [],
        };

    private IEnumerable<MetricSeries> PerContainer(string name, Func<ContainerMetrics, Func<double, double>> value) =>
        _containers.Value.Select(c => new MetricSeries(
            LabelSet.Of(
                ("__name__", name),
                ("tenant", c.Container.Tenant),
                ("service", c.Container.Service),
                ("host", c.Container.Host),
                ("name", c.Container.Name),
                ("id", c.Container.Id),
                ("image", c.Container.ImageName),
                ("job", "runner"),
                ("instance", c.Container.Host + ":9464")
            ),
            value(c)
        ));

    private IEnumerable<MetricSeries> PerHttpService(
        Func<ServiceTimeline, LabelSet, IEnumerable<MetricSeries>> series
    ) => Http.SelectMany(p => series(Service(p), ServiceLabels(p)));

    private IEnumerable<MetricSeries> PerRoute(Func<ServiceTimeline, LabelSet, IEnumerable<MetricSeries>> series) =>
        Http.Where(p => p.Networks.Contains("edge"))
            .SelectMany(p =>
                series(
                    Service(p),
                    LabelSet.Of(
                        ("tenant", p.Tenant),
                        ("service", p.Service),
                        ("traefik_service", Route(Service(p))),
                        ("host", p.Host),
                        ("protocol", "http"),
                        ("job", "traefik"),
                        ("instance", "traefik:8082")
                    )
                )
            );

    private IEnumerable<MetricSeries> Certificates(Func<ServiceTimeline, LabelSet, IEnumerable<MetricSeries>> series)
    {
        var worker = FleetCatalogue.Find("psra-ltsd", "certificate-worker")!;
        return series(Service(worker), ServiceLabels(worker));
    }

    private static IEnumerable<MetricSeries> PerHost(string name, Func<HostProfile, double, double> value) =>
        FleetCatalogue.Hosts.Select(h => new MetricSeries(Node(h).With("__name__", name), t => value(h, t)));

    private static IEnumerable<MetricSeries> PerDisk(string name, Func<HostProfile, double, double> value) =>
        FleetCatalogue.Hosts.Select(h => new MetricSeries(
            LabelSet.From([
                .. Node(h).Pairs.ToArray(),
                new("__name__", name),
                new("mountpoint", "/"),
                new("fstype", "ext4"),
                new("device", "/dev/sda1"),
            ]),
            t => value(h, t)
        ));

    private IEnumerable<MetricSeries> Ups() =>
        [
            .. FleetCatalogue.Services.Select(p => ServiceMetrics.Up(Service(p), ServiceLabels(p), _fleet.Origin)),
            .. FleetCatalogue.Hosts.SelectMany(h =>
                new[] { Node(h), Node(h).With("job", "runner").With("instance", h.Name + ":9464") }.Select(
                    l => new MetricSeries(l.With("__name__", "up"), t => t < _fleet.Origin ? double.NaN : 1)
                )
            ),
        ];

    private static IEnumerable<ServiceProfile> Http => FleetCatalogue.Services.Where(s => s.RequestsPerSecond > 0);

    private static string Route(ServiceTimeline service) =>
        $"{service.Profile.Tenant}-{service.Profile.Service}@docker";

    public static LabelSet ServiceLabels(ServiceProfile profile) =>
        LabelSet.Of(
            ("tenant", profile.Tenant),
            ("service", profile.Service),
            ("host", profile.Host),
            ("job", "services"),
            ("instance", $"{profile.Tenant}-{profile.Service}:{profile.Port.Inside}")
        );

    private static LabelSet Node(HostProfile host) =>
        LabelSet.Of(("tenant", "platform"), ("host", host.Name), ("job", "node"), ("instance", host.Name + ":9100"));

    public static MetricInfo? Info(string name) => Infos.GetValueOrDefault(name);
}
