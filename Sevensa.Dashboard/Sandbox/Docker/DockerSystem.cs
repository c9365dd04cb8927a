using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Docker;

internal sealed class DockerSystem(
    SimulatedFleet fleet,
    string host,
    DockerContainers containers,
    DockerImages images,
    DockerVolumes volumes
)
{
    private const string Release = "20.10.24+dfsg1";

    public static JsonObject Version() =>
        new()
        {
            ["Platform"] = new JsonObject { ["Name"] = "Sandbox (simulated)" },
            ["Components"] = new JsonArray(
                new JsonObject
                {
                    ["Name"] = "Engine",
                    ["Version"] = Release,
                    ["Details"] = new JsonObject
                    {
                        ["ApiVersion"] = "1.41",
                        ["Arch"] = "amd64",
                        ["BuildTime"] = "2026-05-07T21:09:36.000000000+00:00",
                        ["Experimental"] = "false",
                        ["GitCommit"] = "5d6db84",
                        ["GoVersion"] = "go1.19.8",
                        ["KernelVersion"] = "6.1.0-25-amd64",
                        ["MinAPIVersion"] = "1.12",
                        ["Os"] = "linux",
                    },
                }
            ),
            ["Version"] = Release,
            ["ApiVersion"] = "1.41",
            ["MinAPIVersion"] = "1.12",
            ["GitCommit"] = "5d6db84",
            ["GoVersion"] = "go1.19.8",
            ["Os"] = "linux",
            ["Arch"] = "amd64",
            ["KernelVersion"] = "6.1.0-25-amd64",
            ["BuildTime"] = "2026-05-07T21:09:36.000000000+00:00",
        };

    public JsonObject Info()
    {
        var profile = FleetCatalogue.Hosts.First(h => h.Name == host);
        var all = fleet.Snapshot.On(host).Select(containers.StateOf).ToArray();
        return new JsonObject
        {
            ["ID"] = string.Join(
                ':',
                Noise.Hex("engine " + host, 48).ToUpperInvariant().Chunk(4).Select(c => new string(c))
            ),
            ["Containers"] = all.Length,
            ["ContainersRunning"] = all.Count(s => s == "running"),
            ["ContainersPaused"] = all.Count(s => s == "paused"),
            ["ContainersStopped"] = all.Count(s => s is "exited" or "created"),
            ["Images"] = images.OnHost.Count(),
            ["Driver"] = "overlay2",
            ["DriverStatus"] = new JsonArray(ContainerConfigs.Array(["Backing Filesystem", "extfs"])),
            ["Plugins"] = new JsonObject
            {
                ["Volume"] = ContainerConfigs.Array(["local"]),
                ["Network"] = ContainerConfigs.Array(["bridge", "host", "ipvlan", "macvlan", "null", "overlay"]),
                ["Authorization"] = null,
                ["Log"] = ContainerConfigs.Array(["journald", "json-file", "local", "syslog"]),
            },
            ["MemoryLimit"] = true,
            ["SwapLimit"] = true,
            ["CpuCfsPeriod"] = true,
            ["CpuCfsQuota"] = true,
            ["PidsLimit"] = true,
            ["IPv4Forwarding"] = true,
            ["Debug"] = false,
            ["SystemTime"] = Reply.GoTime(fleet.Now),
            ["LoggingDriver"] = "json-file",
            ["CgroupDriver"] = "systemd",
            ["CgroupVersion"] = "2",
            ["KernelVersion"] = "6.1.0-25-amd64",
            ["OperatingSystem"] = "Debian GNU/Linux 12 (bookworm)",
            ["OSVersion"] = "12",
            ["OSType"] = "linux",
            ["Architecture"] = "x86_64",
            ["NCPU"] = profile.Cpus,
            ["MemTotal"] = profile.MemoryGiB * 1024L * 1024 * 1024,
            ["DockerRootDir"] = "/var/lib/docker",
            ["Name"] = host,
            ["Labels"] = new JsonArray(),
            ["ExperimentalBuild"] = false,
            ["ServerVersion"] = Release,
            ["Runtimes"] = new JsonObject { ["runc"] = new JsonObject { ["path"] = "runc" } },
            ["DefaultRuntime"] = "runc",
            ["Swarm"] = new JsonObject
            {
                ["NodeID"] = "",
                ["NodeAddr"] = "",
                ["LocalNodeState"] = "inactive",
                ["ControlAvailable"] = false,
                ["Error"] = "",
                ["RemoteManagers"] = null,
            },
            ["LiveRestoreEnabled"] = false,
            ["Isolation"] = "",
            ["InitBinary"] = "docker-init",
            ["SecurityOptions"] = ContainerConfigs.Array(["name=seccomp,profile=default"]),
            ["Warnings"] = null,
        };
    }

    public JsonObject DiskUsage()
    {
        var all = images.OnHost.DistinctBy(i => i.Id).ToArray();
        return new JsonObject
        {
            ["LayersSize"] = all.Sum(i => i.Size),
            ["Images"] = new JsonArray([
                .. all.Select(i =>
                {
                    var image = images.Summary([i]);
                    image["Containers"] = fleet.Snapshot.On(host).Count(c => c.ImageId == i.Id);
                    image["SharedSize"] = 0;
                    return image;
                }),
            ]),
            ["Containers"] = new JsonArray([
                .. fleet
                    .Snapshot.On(host)
                    .Select(c =>
                    {
                        var summary = containers.Summary(c);
                        summary["SizeRootFs"] = all.FirstOrDefault(i => i.Id == c.ImageId)?.Size ?? 0;
                        return summary;
                    }),
            ]),
            ["Volumes"] = new JsonArray([
                .. volumes.Names.Select(v =>
                {
                    var volume = volumes.Inspect(v);
                    volume["UsageData"] = new JsonObject
                    {
                        ["RefCount"] = 1,
                        ["Size"] = 200_000_000 + (long)(Noise.Unit(Noise.Seed(v), 1) * 9e9),
                    };
                    return volume;
                }),
            ]),
            ["BuildCache"] = null,
            ["BuilderSize"] = 0,
        };
    }
}
