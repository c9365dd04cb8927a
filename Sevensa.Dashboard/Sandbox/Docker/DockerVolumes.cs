using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Docker;

/// <summary>Volumes of one host with what is in them: those of the fleet, a few small files each, and those that were made since.</summary>
internal sealed class DockerVolumes
{
    private readonly SimulatedFleet _fleet;
    private readonly string _host;
    private readonly ContainerConfigs _configs;
    private readonly ConcurrentDictionary<string, Made> _volumes = new(StringComparer.Ordinal);

    public DockerVolumes(SimulatedFleet fleet, string host, ContainerConfigs configs)
    {
        (_fleet, _host, _configs) = (fleet, host, configs);
        foreach (var profile in FleetCatalogue.Services.Where(s => s.Host == host))
        {
            foreach (var name in profile.Volumes.Select(v => v.Split(':')[0]))
            {
                var made = new Made(Math.Floor(fleet.Origin), null);
                made.Files["README"] = Text($"Simulated data of {profile.Key}.\n");
                made.Files["data/segment-1"] = Text(Noise.Hex("volume " + name, 4096));
                _volumes[name] = made;
            }
        }
    }

    public IEnumerable<string> Names => _volumes.Keys.Order(StringComparer.Ordinal);

    /// <summary>Paths without a leading slash, and contents.</summary>
    public ConcurrentDictionary<string, byte[]> FilesOf(string name) => Known(name).Files;

    public JsonObject List(IQueryCollection query)
    {
        var filters = DockerFilters.Parse(query["filters"]);
        return new JsonObject
        {
            ["Volumes"] = new JsonArray([
                .. Names
                    .Where(n => !filters.Has("name") || filters.Values("name").Any(n.Contains))
                    .Where(n => filters.Matches(LabelsOf(Known(n))))
                    .Select(Inspect),
            ]),
            ["Warnings"] = null,
        };
    }

    public JsonObject Inspect(string name)
    {
        var made = Known(name);
        return new JsonObject
        {
            ["CreatedAt"] = Reply.GoTime(made.Created),
            ["Driver"] = "local",
            ["Labels"] = made.Labels?.DeepClone(),
            ["Mountpoint"] = $"/var/lib/docker/volumes/{name}/_data",
            ["Name"] = name,
            ["Options"] = null,
            ["Scope"] = "local",
        };
    }

    public async Task CreateAsync(HttpContext context)
    {
        var posted = await context.ReadJsonAsync() ?? throw new DockerRefusal(400, "EOF");
        var name = (string?)posted["Name"] is { Length: > 0 } n ? n : Noise.Hex("volume " + _fleet.NewId(), 64);
        _volumes.GetOrAdd(
            name,
            _ => new Made(Math.Floor(_fleet.Now), (posted["Labels"] as JsonObject)?.DeepClone().AsObject())
        );
        await context.JsonAsync(Inspect(name), 201);
    }

    public Task RemoveAsync(HttpContext context, string name)
    {
        Known(name);
        if (UserOf(name) is { } user)
        {
            throw new DockerRefusal(409, $"remove {name}: volume is in use - [{user.Id}]");
        }
        _volumes.TryRemove(name, out _);
        return context.EmptyAsync(204);
    }

    public JsonObject Prune()
    {
        var gone = Names.Where(n => UserOf(n) is null).ToArray();
        foreach (var name in gone)
        {
            _volumes.TryRemove(name, out _);
        }
        return new JsonObject { ["VolumesDeleted"] = ContainerConfigs.Array(gone), ["SpaceReclaimed"] = 0 };
    }

    /// <summary>Makes the volumes that a new container names and that do not exist, as the engine does.</summary>
    public void MakeFor(JsonObject hostConfig)
    {
        var named = DockerContainers
            .Mounts(hostConfig)
            .Where(m => (string?)m?["Type"] == "volume")
            .Select(m => (string?)m?["Name"] ?? "")
            .Where(n => n.Length > 0);
        foreach (var name in named)
        {
            _volumes.GetOrAdd(name, _ => new Made(Math.Floor(_fleet.Now), null));
        }
    }

    private FleetContainer? UserOf(string name) =>
        _fleet
            .Snapshot.On(_host)
            .FirstOrDefault(c =>
                DockerContainers.Mounts(_configs.HostConfigOf(c)).Any(m => (string?)m?["Name"] == name)
            );

    private Made Known(string name) =>
        _volumes.TryGetValue(name, out var made) ? made : throw new DockerRefusal(404, $"get {name}: no such volume");

    private static Dictionary<string, string> LabelsOf(Made made) =>
        (made.Labels ?? []).ToDictionary(l => l.Key, l => (string?)l.Value ?? "", StringComparer.Ordinal);

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private sealed record Made(double Created, JsonObject? Labels)
    {
        public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);
    }
}
