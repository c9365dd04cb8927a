using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Docker;

/// <summary>Lists, inspects and shows the processes of containers.</summary>
internal sealed class DockerContainers(
    SimulatedFleet fleet,
    string host,
    ContainerConfigs configs,
    DockerNetworks networks
)
{
    /// <summary>By id, the beginning of one, or name.</summary>
    public FleetContainer Known(string idOrName)
    {
        var name = idOrName.TrimStart('/');
        FleetContainer[] all = [.. fleet.Snapshot.On(host)];
        return Array.Find(all, c => c.Id == name || c.Name == name)
            ?? (name.Length >= 2 ? Array.Find(all, c => c.Id.StartsWith(name, StringComparison.Ordinal)) : null)
            ?? throw new DockerRefusal(404, $"No such container: {idOrName}");
    }

    public JsonArray List(IQueryCollection query)
    {
        var filters = DockerFilters.Parse(query["filters"]);
        var everything = query["all"].ToString() is "1" or "true" or "True" || filters.Has("status");
        var limit = int.TryParse(query["limit"], out var n) && n > 0 ? n : int.MaxValue;
        return
        [
            .. fleet
                .Snapshot.On(host)
                .Where(c => everything || c.Running)
                .Where(c =>
                    filters.Matches(
                        c.Labels,
                        ("name", v => ("/" + c.Name).Contains(v, StringComparison.Ordinal)),
                        ("id", v => c.Id.StartsWith(v, StringComparison.Ordinal)),
                        ("status", v => StateOf(c) == v),
                        ("ancestor", v => c.ImageName == v || c.ImageId == v),
                        ("health", v => HealthOf(c) == v),
                        ("network", v => c.Networks.Contains(v))
                    )
                )
                .Take(limit)
                .Select(Summary),
        ];
    }

    public JsonObject Summary(FleetContainer container)
    {
        var hostConfig = configs.HostConfigOf(container);
        return new JsonObject
        {
            ["Id"] = container.Id,
            ["Names"] = new JsonArray("/" + container.Name),
            ["Image"] = (string?)configs.ConfigOf(container)["Image"] ?? container.ImageName,
            ["ImageID"] = container.ImageId,
            ["Command"] = Command(container),
            ["Created"] = (long)container.Created,
            ["Ports"] = Ports(hostConfig),
            ["Labels"] = ContainerConfigs.Labels(container),
            ["State"] = StateOf(container),
            ["Status"] = StatusOf(container),
            ["HostConfig"] = new JsonObject { ["NetworkMode"] = hostConfig["NetworkMode"]?.DeepClone() },
            ["NetworkSettings"] = new JsonObject { ["Networks"] = networks.EndpointsOf(container) },
            ["Mounts"] = Mounts(hostConfig),
        };
    }

    public JsonObject Inspect(FleetContainer container)
    {
        var folder = $"/var/lib/docker/containers/{container.Id}";
        var config = configs.ConfigOf(container);
        var hostConfig = configs.HostConfigOf(container);
        var command = config["Cmd"] as JsonArray ?? [];
        return new JsonObject
        {
            ["Id"] = container.Id,
            ["Created"] = Reply.GoTime(container.Created),
            ["Path"] = command.Count > 0 ? command[0]!.DeepClone() : "",
            ["Args"] = new JsonArray([.. command.Skip(1).Select(a => a?.DeepClone())]),
            ["State"] = State(container),
            ["Image"] = container.ImageId,
            ["ResolvConfPath"] = folder + "/resolv.conf",
            ["HostnamePath"] = folder + "/hostname",
            ["HostsPath"] = folder + "/hosts",
            ["LogPath"] = $"{folder}/{container.Id}-json.log",
            ["Name"] = "/" + container.Name,
            ["RestartCount"] = container.RestartCount,
            ["Driver"] = "overlay2",
            ["Platform"] = "linux",
            ["MountLabel"] = "",
            ["ProcessLabel"] = "",
            ["AppArmorProfile"] = "",
            ["ExecIDs"] = null,
            ["HostConfig"] = hostConfig,
            ["GraphDriver"] = DockerImages.Layers(container.Id),
            ["Mounts"] = Mounts(hostConfig),
            ["Config"] = config,
            ["NetworkSettings"] = networks.SettingsOf(container, hostConfig),
        };
    }

    public JsonObject Top(FleetContainer container)
    {
        if (!container.Running)
        {
            throw new DockerRefusal(409, $"Container {container.Id} is not running");
        }
        var started = DateTimeOffset.FromUnixTimeSeconds((long)container.Last!.Start);
        var user = container.Profile is { User: "root" or "" } ? "root" : "1000";
        return new JsonObject
        {
            ["Processes"] = new JsonArray(
                ContainerConfigs.Array([
                    user,
                    Pid(container).ToString(CultureInfo.InvariantCulture),
                    (Pid(container) - 21).ToString(CultureInfo.InvariantCulture),
                    "0",
                    started.ToString("HH:mm", CultureInfo.InvariantCulture),
                    "?",
                    "00:00:04",
                    Command(container),
                ])
            ),
            ["Titles"] = ContainerConfigs.Array(["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]),
        };
    }

    public string StateOf(FleetContainer c) =>
        c.Last is null ? "created"
        : !c.Running ? "exited"
        : c.Paused ? "paused"
        : "running";

    private string HealthOf(FleetContainer c) =>
        !HasHealthCheck(c) ? "none"
        : !c.Running ? "unhealthy"
        : fleet.Now - c.Last!.Start < FleetContainer.StartsHealthyAfter ? "starting"
        : "healthy";

    private bool HasHealthCheck(FleetContainer c) => configs.ConfigOf(c)["Healthcheck"] is JsonObject;

    private JsonObject State(FleetContainer c)
    {
        var state = new JsonObject
        {
            ["Status"] = StateOf(c),
            ["Running"] = c.Running,
            ["Paused"] = c.Running && c.Paused,
            ["Restarting"] = false,
            ["OOMKilled"] = false,
            ["Dead"] = false,
            ["Pid"] = c.Running ? Pid(c) : 0,
            ["ExitCode"] = c.Running ? 0 : c.Last?.ExitCode ?? 0,
            ["Error"] = "",
            ["StartedAt"] = c.Last is { } last ? Reply.GoTime(last.Start) : "0001-01-01T00:00:00Z",
            ["FinishedAt"] = c.Lifespans.LastOrDefault(l => l.End is not null) is { End: { } end }
                ? Reply.GoTime(end)
                : "0001-01-01T00:00:00Z",
        };
        if (HasHealthCheck(c))
        {
            state["Health"] = new JsonObject
            {
                ["Status"] = HealthOf(c),
                ["FailingStreak"] = c.Running ? 0 : 1,
                ["Log"] = Checks(c),
            };
        }
        return state;
    }

    private JsonArray Checks(FleetContainer c)
    {
        var checks = new JsonArray();
        var first = (c.Last?.Start ?? 0) + FleetContainer.StartsHealthyAfter;
        if (!c.Running || fleet.Now < first)
        {
            return checks;
        }
        var latest = Math.Floor((fleet.Now - first) / 15);
        for (var n = Math.Max(0, latest - 4); n <= latest; n++)
        {
            var at = first + (n * 15);
            checks.Add(
                new JsonObject
                {
                    ["Start"] = Reply.GoTime(at - 0.1),
                    ["End"] = Reply.GoTime(at),
                    ["ExitCode"] = 0,
                    ["Output"] = "",
                }
            );
        }
        return checks;
    }

    private string StatusOf(FleetContainer c)
    {
        if (c.Last is not { } last)
        {
            return "Created";
        }
        if (last.End is { } end)
        {
            return $"Exited ({last.ExitCode}) {Ago(fleet.Now - end)} ago";
        }
        var health = HealthOf(c) switch
        {
            "starting" => " (health: starting)",
            "none" => "",
            var other => $" ({other})",
        };
        return $"Up {Ago(fleet.Now - last.Start)}" + (c.Paused ? " (Paused)" : health);
    }

    /// <summary>As Docker's units package says it.</summary>
    private static string Ago(double seconds) =>
        seconds switch
        {
            < 1 => "Less than a second",
            < 2 => "1 second",
            < 60 => $"{(int)seconds} seconds",
            < 120 => "About a minute",
            < 3600 => $"{(int)(seconds / 60)} minutes",
            < 7200 => "About an hour",
            < 48 * 3600 => $"{(int)(seconds / 3600)} hours",
            < 14 * 86400 => $"{(int)(seconds / 86400)} days",
            _ => $"{(int)(seconds / 86400 / 7)} weeks",
        };

    private static int Pid(FleetContainer c) => 2000 + Noise.Pick(Noise.Seed(c.Id), c.Lifespans.Length, 30_000);

    private string Command(FleetContainer c) =>
        string.Join(' ', (configs.ConfigOf(c)["Cmd"] as JsonArray ?? []).Select(a => (string?)a));

    private static JsonArray Ports(JsonObject hostConfig)
    {
        var ports = new JsonArray();
        foreach (var (port, bindings) in hostConfig["PortBindings"] as JsonObject ?? [])
        {
            foreach (var binding in bindings as JsonArray ?? [])
            {
                ports.Add(
                    new JsonObject
                    {
                        ["IP"] = (string?)binding?["HostIp"] is { Length: > 0 } ip ? ip : "0.0.0.0",
                        ["PrivatePort"] = int.Parse(port.Split('/')[0], CultureInfo.InvariantCulture),
                        ["PublicPort"] = int.TryParse((string?)binding?["HostPort"], out var p) ? p : 0,
                        ["Type"] = port.EndsWith("/udp", StringComparison.Ordinal) ? "udp" : "tcp",
                    }
                );
            }
        }
        return ports;
    }

    public static JsonArray Mounts(JsonObject hostConfig)
    {
        var mounts = new JsonArray();
        foreach (var bind in hostConfig["Binds"] as JsonArray ?? [])
        {
            var parts = ((string?)bind ?? "").Split(':');
            if (parts.Length < 2)
            {
                continue;
            }
            var writable = parts.Length < 3 || !parts[2].Split(',').Contains("ro");
            var mode = parts.Length > 2 ? parts[2] : "";
            mounts.Add(
                parts[0].StartsWith('/')
                    ? new JsonObject
                    {
                        ["Type"] = "bind",
                        ["Source"] = parts[0],
                        ["Destination"] = parts[1],
                        ["Mode"] = mode,
                        ["RW"] = writable,
                        ["Propagation"] = "rprivate",
                    }
                    : new JsonObject
                    {
                        ["Type"] = "volume",
                        ["Name"] = parts[0],
                        ["Source"] = $"/var/lib/docker/volumes/{parts[0]}/_data",
                        ["Destination"] = parts[1],
                        ["Driver"] = "local",
                        ["Mode"] = mode.Length > 0 ? mode : "z",
                        ["RW"] = writable,
                        ["Propagation"] = "",
                    }
            );
        }
        foreach (var mount in hostConfig["Mounts"] as JsonArray ?? [])
        {
            var source = (string?)mount?["Source"] ?? "";
            var isVolume = (string?)mount?["Type"] != "bind";
            mounts.Add(
                new JsonObject
                {
                    ["Type"] = isVolume ? "volume" : "bind",
                    ["Name"] = isVolume ? source : null,
                    ["Source"] = isVolume ? $"/var/lib/docker/volumes/{source}/_data" : source,
                    ["Destination"] = (string?)mount?["Target"] ?? "",
                    ["Driver"] = isVolume ? "local" : null,
                    ["Mode"] = isVolume ? "z" : "",
                    ["RW"] = !((bool?)mount?["ReadOnly"] ?? false),
                    ["Propagation"] = isVolume ? "" : "rprivate",
                }
            );
        }
        return mounts;
    }
}

/// <summary>The <c>filters</c> parameter: a JSON object of name to values, or to value → true.</summary>
internal sealed class DockerFilters
{
    private readonly Dictionary<string, string[]> _filters = [];

    public static DockerFilters Parse(string? json)
    {
        var filters = new DockerFilters();
        if (string.IsNullOrEmpty(json))
        {
            return filters;
        }
        try
        {
            foreach (var (name, values) in JsonNode.Parse(json)?.AsObject() ?? [])
            {
                filters._filters[name] = values switch
                {
                    JsonArray array => [.. array.Select(v => (string)v!)],
                    JsonObject map =>
                    [
                        .. map.Where(v => v.Value?.GetValueKind() == JsonValueKind.True).Select(v => v.Key),
                    ],
                    _ => [],
                };
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new DockerRefusal(400, "invalid filters: " + e.Message);
        }
        return filters;
    }

    public bool Has(string name) => _filters.ContainsKey(name);

    public string[] Values(string name) => _filters.GetValueOrDefault(name) ?? [];

    /// <summary>All labels named must be there; of every other filter any value may hold.</summary>
    public bool Matches(
        IReadOnlyDictionary<string, string> labels,
        params ReadOnlySpan<(string Name, Func<string, bool> Holds)> others
    )
    {
        foreach (var label in Values("label"))
        {
            var (key, value) = label.IndexOf('=') is >= 0 and var at ? (label[..at], label[(at + 1)..]) : (label, null);
            if (!labels.TryGetValue(key, out var actual) || (value is not null && value != actual))
            {
                return false;
            }
        }
        foreach (var (name, holds) in others)
        {
            if (_filters.TryGetValue(name, out var values) && values.Length > 0 && !values.Any(holds))
            {
                return false;
            }
        }
        return true;
    }
}
