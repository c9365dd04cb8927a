using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Docker;

internal static class DockerStats
{
    private static readonly string[] BlockNames =
    [
        "io_serviced_recursive",
        "io_queue_recursive",
        "io_service_time_recursive",
        "io_wait_time_recursive",
        "io_merged_recursive",
        "io_time_recursive",
        "sectors_recursive",
    ];

    /// <summary>One reading, with the one a second before it.</summary>
    public static JsonObject Of(SimulatedFleet fleet, string id)
    {
        var snapshot = fleet.Snapshot;
        var container = snapshot.Find(id)!;
        var now = fleet.Now;
        if (!container.Running || container.Profile is not { } profile)
        {
            return Stopped(container);
        }
        var metrics = new ContainerMetrics(container, profile, snapshot.TimelineOf(profile));
        var cpus = FleetCatalogue.Hosts.First(h => h.Name == container.Host).Cpus;
        var before = Math.Max(container.Last!.Start, now - 1);
        var memory = (long)metrics.Memory(now);
        var cache = memory / 12;
        var blocks = new JsonObject
        {
            ["io_service_bytes_recursive"] = new JsonArray(
                Block("Read", metrics.Read(now)),
                Block("Write", metrics.Written(now))
            ),
        };
        foreach (var name in BlockNames)
        {
            blocks[name] = new JsonArray();
        }
        return new JsonObject
        {
            ["read"] = Reply.GoTime(now),
            ["preread"] = Reply.GoTime(before),
            ["pids_stats"] = new JsonObject { ["current"] = (long)metrics.Processes(now) },
            ["blkio_stats"] = blocks,
            ["num_procs"] = 0,
            ["storage_stats"] = new JsonObject(),
            ["cpu_stats"] = Cpu(metrics, now, fleet.Origin, cpus),
            ["precpu_stats"] = Cpu(metrics, before, fleet.Origin, cpus),
            ["memory_stats"] = new JsonObject
            {
                ["usage"] = memory + cache,
                ["max_usage"] = memory + (2 * cache),
                ["stats"] = new JsonObject
                {
                    ["active_anon"] = memory * 7 / 10,
                    ["active_file"] = cache / 2,
                    ["cache"] = cache,
                    ["hierarchical_memory_limit"] = container.MemoryLimit,
                    ["inactive_anon"] = memory / 10,
                    ["inactive_file"] = cache,
                    ["rss"] = memory * 8 / 10,
                    ["total_cache"] = cache,
                    ["total_inactive_file"] = cache,
                    ["total_rss"] = memory * 8 / 10,
                },
                ["limit"] =
                    container.MemoryLimit > 0
                        ? container.MemoryLimit
                        : FleetCatalogue.Hosts.First(h => h.Name == container.Host).MemoryGiB * 1024L * 1024 * 1024,
            },
            ["name"] = "/" + container.Name,
            ["id"] = container.Id,
            ["networks"] = new JsonObject
            {
                ["eth0"] = new JsonObject
                {
                    ["rx_bytes"] = (long)metrics.Received(now),
                    ["rx_packets"] = (long)(metrics.Received(now) / 700),
                    ["rx_errors"] = 0,
                    ["rx_dropped"] = 0,
                    ["tx_bytes"] = (long)metrics.Transmitted(now),
                    ["tx_packets"] = (long)(metrics.Transmitted(now) / 1100),
                    ["tx_errors"] = 0,
                    ["tx_dropped"] = 0,
                },
            },
        };
    }

    private static JsonObject Block(string op, double value) =>
        new()
        {
            ["major"] = 8,
            ["minor"] = 0,
            ["op"] = op,
            ["value"] = (long)value,
        };

    private static JsonObject Cpu(ContainerMetrics metrics, double t, double boot, int cpus)
    {
        var total = (long)(metrics.Cpu(t) * 1e9);
        return new JsonObject
        {
            ["cpu_usage"] = new JsonObject
            {
                ["total_usage"] = total,
                ["percpu_usage"] = new JsonArray([.. Enumerable.Range(0, cpus).Select(_ => (JsonNode)(total / cpus))]),
                ["usage_in_kernelmode"] = total / 5,
                ["usage_in_usermode"] = total - (total / 5),
            },
            ["system_cpu_usage"] = (long)((t - boot) * cpus * 1e9),
            ["online_cpus"] = cpus,
            ["throttling_data"] = Throttling(),
        };
    }

    private static JsonObject Throttling() =>
        new()
        {
            ["periods"] = 0,
            ["throttled_periods"] = 0,
            ["throttled_time"] = 0,
        };

    private static JsonObject Stopped(FleetContainer container)
    {
        var blocks = new JsonObject { ["io_service_bytes_recursive"] = null };
        foreach (var name in BlockNames)
        {
            blocks[name] = null;
        }
        return new JsonObject
        {
            ["read"] = "0001-01-01T00:00:00Z",
            ["preread"] = "0001-01-01T00:00:00Z",
            ["pids_stats"] = new JsonObject(),
            ["blkio_stats"] = blocks,
            ["num_procs"] = 0,
            ["storage_stats"] = new JsonObject(),
            ["cpu_stats"] = Idle(),
            ["precpu_stats"] = Idle(),
            ["memory_stats"] = new JsonObject(),
            ["name"] = "/" + container.Name,
            ["id"] = container.Id,
        };
    }

    private static JsonObject Idle() =>
        new()
        {
            ["cpu_usage"] = new JsonObject
            {
                ["total_usage"] = 0,
                ["usage_in_kernelmode"] = 0,
                ["usage_in_usermode"] = 0,
            },
            ["throttling_data"] = Throttling(),
        };
}
