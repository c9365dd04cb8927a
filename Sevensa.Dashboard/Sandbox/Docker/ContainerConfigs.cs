using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Docker;

/// <summary>Config and HostConfig of each container: as the Compose file has it, or as it was posted at creation.</summary>
internal sealed class ContainerConfigs(SimulatedFleet fleet, string host)
{
    private readonly ConcurrentDictionary<string, (JsonObject Config, JsonObject Host)> _configs = new();

    public JsonObject ConfigOf(FleetContainer container) => Of(container).Config.DeepClone().AsObject();

    public JsonObject HostConfigOf(FleetContainer container) => Of(container).Host.DeepClone().AsObject();

    /// <summary>Keeps what was posted, filled up with what the engine adds.</summary>
    public void Keep(FleetContainer container, JsonObject posted)
    {
        var config = EmptyConfig();
        var hostConfig = EmptyHostConfig();
        foreach (var (name, value) in posted)
        {
            if (name is not ("HostConfig" or "NetworkingConfig"))
            {
                config[name] = value?.DeepClone();
            }
        }
        foreach (var (name, value) in posted["HostConfig"] as JsonObject ?? [])
        {
            hostConfig[name] = value?.DeepClone();
        }
        if (string.IsNullOrEmpty((string?)config["Hostname"]))
        {
            config["Hostname"] = container.Id[..12];
        }
        // What the request leaves open comes from the image.
        if (container.Profile is { } profile)
        {
            config["Cmd"] ??= Array(profile.Command);
            config["Env"] ??= Array(profile.Environment);
            if (string.IsNullOrEmpty((string?)config["User"]))
            {
                config["User"] = profile.User;
            }
        }
        _configs[container.Id] = (config, hostConfig);
    }

    public void Update(FleetContainer container, JsonObject changes)
    {
        var hostConfig = Of(container).Host;
        // What an update leaves out or at zero stays as it is.
        foreach (
            var (name, value) in changes.Where(c =>
                c.Value is not null && c.Value.ToJsonString() is not ("0" or "\"\"")
            )
        )
        {
            hostConfig[name] = value?.DeepClone();
        }
    }

    private (JsonObject Config, JsonObject Host) Of(FleetContainer container) =>
        _configs.GetOrAdd(container.Id, _ => FromProfile(container));

    private (JsonObject, JsonObject) FromProfile(FleetContainer container)
    {
        var config = EmptyConfig();
        var hostConfig = EmptyHostConfig();
        config["Hostname"] = container.Id[..12];
        config["Image"] = container.ImageName;
        config["Labels"] = Labels(container);
        if (container.Profile is not { } profile)
        {
            return (config, hostConfig);
        }
        config["User"] = profile.User;
        config["Env"] = Array(profile.Environment);
        config["Cmd"] = Array(profile.Command);
        var port = $"{profile.Port.Inside}/tcp";
        config["ExposedPorts"] = new JsonObject { [port] = new JsonObject() };
        if (profile.HasHealthCheck)
        {
            config["Healthcheck"] = new JsonObject
            {
                ["Test"] = Array(["CMD-SHELL", "/healthcheck"]),
                ["Interval"] = 15_000_000_000,
                ["Timeout"] = 3_000_000_000,
                ["StartPeriod"] = 2_000_000_000,
                ["Retries"] = 3,
            };
        }
        hostConfig["NetworkMode"] = profile.Networks[0];
        hostConfig["Memory"] = container.MemoryLimit;
        hostConfig["MemorySwap"] = container.MemoryLimit * 2;
        hostConfig["RestartPolicy"] = new JsonObject { ["Name"] = "unless-stopped", ["MaximumRetryCount"] = 0 };
        string[] binds = [.. profile.Binds, .. profile.Volumes];
        hostConfig["Binds"] = binds.Length == 0 ? null : Array(binds);
        hostConfig["ReadonlyRootfs"] = profile.Hardened;
        hostConfig["CapDrop"] = profile.Hardened ? Array(["ALL"]) : null;
        hostConfig["PidsLimit"] = profile.Hardened ? 200 : null;
        hostConfig["SecurityOpt"] = profile.Hardened ? Array(["no-new-privileges"]) : null;
        if (profile.Port.Published is { } published)
        {
            hostConfig["PortBindings"] = Bindings(port, published);
        }
        return (config, hostConfig);
    }

    public static JsonObject Bindings(string port, string published) =>
        new()
        {
            [port] = new JsonArray(
                new JsonObject { ["HostIp"] = published.Split(':')[0], ["HostPort"] = published.Split(':')[1] }
            ),
        };

    public static JsonObject Labels(FleetContainer container) =>
        new(container.Labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));

    public static JsonArray Array(IEnumerable<string> values) => [.. values.Select(v => (JsonNode)v)];

    /// <summary>The containers of this host that exist now.</summary>
    public IEnumerable<FleetContainer> Containers => fleet.Snapshot.On(host);

    private static JsonObject EmptyConfig() =>
        new()
        {
            ["Hostname"] = "",
            ["Domainname"] = "",
            ["User"] = "",
            ["AttachStdin"] = false,
            ["AttachStdout"] = false,
            ["AttachStderr"] = false,
            ["Tty"] = false,
            ["OpenStdin"] = false,
            ["StdinOnce"] = false,
            ["Env"] = null,
            ["Cmd"] = null,
            ["Image"] = "",
            ["Volumes"] = null,
            ["WorkingDir"] = "",
            ["Entrypoint"] = null,
            ["OnBuild"] = null,
            ["Labels"] = new JsonObject(),
        };

    private static JsonObject EmptyHostConfig() =>
        JsonNode
            .Parse(
                """
                {"Binds":null,"ContainerIDFile":"","LogConfig":{"Type":"json-file","Config":{}},"NetworkMode":"default",
                "PortBindings":{},"RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":false,"VolumeDriver":"",
                "VolumesFrom":null,"CapAdd":null,"CapDrop":null,"CgroupnsMode":"host","Dns":[],"DnsOptions":[],
                "DnsSearch":[],"ExtraHosts":null,"GroupAdd":null,"IpcMode":"private","Cgroup":"","Links":null,
                "OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,
                "SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmSize":67108864,"Runtime":"runc","ConsoleSize":[0,0],
                "Isolation":"","CpuShares":0,"Memory":0,"NanoCpus":0,"CgroupParent":"","BlkioWeight":0,
                "BlkioWeightDevice":[],"BlkioDeviceReadBps":[],"BlkioDeviceWriteBps":[],"BlkioDeviceReadIOps":[],
                "BlkioDeviceWriteIOps":[],"CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,
                "CpusetCpus":"","CpusetMems":"","Devices":[],"DeviceCgroupRules":null,"DeviceRequests":null,
                "KernelMemory":0,"KernelMemoryTCP":0,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":null,
                "OomKillDisable":false,"PidsLimit":null,"Ulimits":[],"CpuCount":0,"CpuPercent":0,"IOMaximumIOps":0,
                "IOMaximumBandwidth":0,
                "MaskedPaths":["/proc/asound","/proc/acpi","/proc/kcore","/proc/keys","/proc/latency_stats",
                "/proc/timer_list","/proc/timer_stats","/proc/sched_debug","/proc/scsi","/sys/firmware"],
                "ReadonlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]}
                """
            )!
            .AsObject();
}
