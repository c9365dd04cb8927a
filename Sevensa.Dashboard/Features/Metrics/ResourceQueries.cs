using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Ui.Charts;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>One figure of a group of things, by the labels that tell them apart.</summary>
/// <param name="Note">Which of utilisation, saturation, errors or rate it is, and its measure.</param>
/// <param name="By">Labels that name a line, the first that has a value.</param>
public sealed record ResourceFigure(string Title, string Note, ChartUnit Unit, string Query, params string[] By)
{
    public string NameOf(IReadOnlyDictionary<string, string> labels) =>
        string.Join(" ", By.Select(label => labels.GetValueOrDefault(label, "")).Where(value => value.Length > 0))
            is { Length: > 0 } name
            ? name
            : "all";
}

/// <summary>What the Metrics page shows besides services: utilisation, saturation and errors of containers and hosts, and Traefik's routes.</summary>
internal sealed class ResourceQueries(IOptions<MetricsOptions> options, ServiceQueries services)
{
    private MetricsOptions Names => options.Value;

    public IReadOnlyList<ResourceFigure> Containers(TimeSpan step)
    {
        const string by = "sum by (tenant, service, name)";
        var window = services.Window(step);
        return
        [
            new("CPU", "utilisation, cores", ChartUnit.Count, $"{by} (rate({Names.CpuSeconds}[{window}]))", "name"),
            new(
                "CPU throttled",
                "saturation, share of periods",
                ChartUnit.Ratio,
                $"{by} (rate({Names.ThrottledPeriods}[{window}])) / ({by} (rate({Names.CpuPeriods}[{window}])) > 0)",
                "name"
            ),
            new("Memory", "utilisation, working set", ChartUnit.Bytes, $"{by} ({Names.WorkingSet})", "name"),
            new(
                "Memory, of the limit",
                "saturation, share",
                ChartUnit.Ratio,
                $"max by (tenant, service, name) ({Names.WorkingSet} / ({Names.MemoryLimit} > 0))",
                "name"
            ),
            new(
                "Network",
                "utilisation, both ways",
                ChartUnit.BytesPerSecond,
                $"{by} (rate({Names.NetworkReceived}[{window}])) + {by} (rate({Names.NetworkSent}[{window}]))",
                "name"
            ),
            new(
                "Disk",
                "utilisation, both ways",
                ChartUnit.BytesPerSecond,
                $"{by} (rate({Names.DiskReads}[{window}])) + {by} (rate({Names.DiskWrites}[{window}]))",
                "name"
            ),
            new(
                "Restarts",
                $"errors, in {window}",
                ChartUnit.Count,
                $"{by} (increase({Names.Restarts}[{window}]))",
                "name"
            ),
            new(
                "Health check fails",
                "errors, 1 while it does",
                ChartUnit.Count,
                $"max by (tenant, service, name) (1 - {Names.ContainerHealth})",
                "name"
            ),
        ];
    }

    public IReadOnlyList<ResourceFigure> Routes(TimeSpan step)
    {
        var window = services.Window(step);
        return
        [
            new(
                "Requests by service",
                "rate, per second",
                ChartUnit.PerSecond,
                Rate("service", Names.TraefikServiceRequests),
                "service"
            ),
            new(
                "Errors by service",
                "share answered 5xx",
                ChartUnit.Ratio,
                // By its routers: what never reached the service is an error too.
                Failed("service", Names.TraefikRouterRequests),
                "service"
            ),
            new(
                "Latency by service, p95",
                "duration",
                ChartUnit.Seconds,
                ServiceQueries.Quantile(Names.TraefikServiceDuration, window),
                "service"
            ),
            new(
                "Requests by router",
                "rate, per second",
                ChartUnit.PerSecond,
                Rate("router", Names.TraefikRouterRequests),
                "router"
            ),
            new(
                "Errors by router",
                "share answered 5xx",
                ChartUnit.Ratio,
                Failed("router", Names.TraefikRouterRequests),
                "router"
            ),
            new(
                "Requests by answer",
                "rate, per second",
                ChartUnit.PerSecond,
                $"sum by (tenant, code) (rate({Names.TraefikServiceRequests}[{window}]))",
                "code"
            ),
        ];

        string Rate(string what, string name) => $"sum by (tenant, {what}) (rate({name}[{window}]))";

        string Failed(string what, string name)
        {
            var all = Rate(what, name);
            var failed = $"sum by (tenant, {what}) (rate({name}{{code=~\"5..\"}}[{window}]))";
            return $"({failed} or {all} * 0) / ({all} > 0)";
        }
    }

    public IReadOnlyList<ResourceFigure> Hosts(TimeSpan step)
    {
        var window = services.Window(step);
        const string host = "tenant, host, instance";
        return
        [
            new(
                "CPU",
                "utilisation, share busy",
                ChartUnit.Ratio,
                $"1 - avg by ({host}) (rate({Names.NodeCpu}{{mode=\"idle\"}}[{window}]))",
                "host",
                "instance"
            ),
            new(
                "Load for each CPU",
                "saturation, above 1 work waits",
                ChartUnit.Count,
                $"sum by ({host}) ({Names.NodeLoad}) / count by ({host}) ({Names.NodeCpu}{{mode=\"idle\"}})",
                "host",
                "instance"
            ),
            new(
                "Memory",
                "utilisation, share",
                ChartUnit.Ratio,
                $"1 - sum by ({host}) ({Names.NodeMemoryAvailable}) / sum by ({host}) ({Names.NodeMemoryTotal})",
                "host",
                "instance"
            ),
            new(
                "File systems",
                "utilisation, share",
                ChartUnit.Ratio,
                $"1 - max by ({host}, mountpoint) ({Names.NodeDiskAvailable}) / max by ({host}, mountpoint) ({Names.NodeDiskSize})",
                "host",
                "mountpoint"
            ),
            new(
                "Disk busy",
                "saturation, share of time",
                ChartUnit.Ratio,
                $"max by ({host}) (rate({Names.NodeDiskBusy}[{window}]))",
                "host",
                "instance"
            ),
            new(
                "Network errors",
                "errors, per second",
                ChartUnit.PerSecond,
                $"sum by ({host}) (rate({Names.NodeNetworkErrors}[{window}]))",
                "host",
                "instance"
            ),
        ];
    }
}
