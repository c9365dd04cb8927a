using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Releases;

/// <summary>Docker's inspect → what a container like it is made from.</summary>
internal sealed class SpecificationReader(IDockerWorks works)
{
    private const string ContainerMode = "container:";
    private static readonly string[] SharedNamespaces = ["NetworkMode", "IpcMode", "PidMode"];

    /// <summary>What is asked for of a network; the rest of an endpoint is what Docker answered.</summary>
    private static readonly string[] AskedOfNetwork = ["IPAMConfig", "Links", "Aliases", "DriverOpts", "GwPriority"];

    /// <summary>Null when there is no such container.</summary>
    public async Task<Specification?> ReadAsync(string container, CancellationToken cancellation) =>
        await works.DescribeAsync(container, cancellation) is { } inspect ? await OfAsync(inspect, cancellation) : null;

    public async Task<Specification> OfAsync(JsonObject inspect, CancellationToken cancellation)
    {
        var id = Text(inspect["Id"]);
        var config = Copy(inspect["Config"]);
        var host = Copy(inspect["HostConfig"]);
        var imageId = Text(inspect["Image"]);
        if (Text(config["Hostname"]) is { Length: > 0 } hostname && id.StartsWith(hostname, StringComparison.Ordinal))
        {
            config.Remove("Hostname");
        }
        host.Remove("ContainerIDFile");
        Unlink(host);
        var (references, shared) = await ReferencesAsync(host, cancellation);
        var anonymous = BindAnonymous(host, inspect["Mounts"] as JsonArray ?? [], shared);
        var networks = Networks(inspect, id);
        var image = await works.ImageAsync(imageId, cancellation);
        return new Specification(
            NameOf(inspect, id),
            imageId,
            Text(config["Image"]),
            config,
            host,
            networks,
            Primary(inspect, host, networks),
            image?["Config"]?.DeepClone() as JsonObject,
            references,
            anonymous
        );
    }

    /// <summary>Compose renames what it is about to remove to <c>shortid_name</c>; cut short there, the mark stays.</summary>
    private static string NameOf(JsonObject inspect, string id)
    {
        var name = Text(inspect["Name"]).TrimStart('/');
        return
            name.Split('_', 2) is [{ Length: 12 } mark, { Length: > 0 } rest]
            && id.StartsWith(mark, StringComparison.Ordinal)
            ? rest
            : name;
    }

    /// <summary>Docker shows links as <c>/db:/web/alias</c> and takes them as <c>db:alias</c>.</summary>
    private static void Unlink(JsonObject host)
    {
        if (host["Links"] is JsonArray { Count: > 0 } links)
        {
            host["Links"] = new JsonArray([
                .. links.Select(link =>
                {
                    var (target, alias) = Text(link).Split(':', 2) is [var left, var right]
                        ? (left, right)
                        : (Text(link), Text(link));
                    return (JsonNode)$"{target.TrimStart('/')}:{alias[(alias.LastIndexOf('/') + 1)..]}";
                }),
            ]);
        }
    }

    /// <summary>Names of containers whose namespaces or volumes it uses, and the places those volumes are at.</summary>
    private async Task<(Dictionary<string, string> Names, HashSet<string> Destinations)> ReferencesAsync(
        JsonObject host,
        CancellationToken cancellation
    )
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var destinations = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in SharedNamespaces)
        {
            if (
                Text(host[member]) is { } mode
                && mode.StartsWith(ContainerMode, StringComparison.Ordinal)
                && await works.DescribeAsync(mode[ContainerMode.Length..], cancellation) is { } other
            )
            {
                names[mode[ContainerMode.Length..]] = Text(other["Name"]).TrimStart('/');
            }
        }
        foreach (var from in host["VolumesFrom"] as JsonArray ?? [])
        {
            var reference = Text(from).Split(':', 2)[0];
            if (await works.DescribeAsync(reference, cancellation) is { } other)
            {
                names[reference] = Text(other["Name"]).TrimStart('/');
                foreach (var mount in other["Mounts"] as JsonArray ?? [])
                {
                    destinations.Add(Text(mount?["Destination"]));
                }
            }
        }
        return (names, destinations);
    }

    /// <summary>Binds each volume that Docker made and nobody named, so that what is made again holds the same data.</summary>
    private static Dictionary<string, string> BindAnonymous(JsonObject host, JsonArray mounts, HashSet<string> ofOthers)
    {
        var bound = new Dictionary<string, string>(StringComparer.Ordinal);
        var named = VolumeNames.Of(host).ToHashSet(StringComparer.Ordinal);
        foreach (var mount in mounts.OfType<JsonObject>().Where(mount => Text(mount["Type"]) == "volume"))
        {
            var (name, destination) = (Text(mount["Name"]), Text(mount["Destination"]));
            if (IsGenerated(name))
            {
                bound[destination] = name;
            }
            if (named.Contains(name) || ofOthers.Contains(destination) || name.Length == 0)
            {
                continue;
            }
            if (
                VolumeNames
                    .Mounts(host)
                    .FirstOrDefault(asked => Text(asked["Target"]).TrimEnd('/') == destination.TrimEnd('/')) is
                { } unnamed
            )
            {
                unnamed["Source"] = name;
                continue;
            }
            var binds = host["Binds"] as JsonArray ?? [];
            binds.Add((JsonNode)$"{name}:{destination}{(mount["RW"]?.GetValue<bool>() ?? true ? "" : ":ro")}");
            host["Binds"] = binds.DeepClone();
        }
        return bound;
    }

    private static JsonObject Networks(JsonObject inspect, string id)
    {
        var shortId = id[..Math.Min(12, id.Length)];
        var networks = new JsonObject();
        foreach (var (name, settings) in inspect["NetworkSettings"]?["Networks"] as JsonObject ?? [])
        {
            if (name is "host" or "none")
            {
                continue;
            }
            var asked = new JsonObject();
            foreach (var member in AskedOfNetwork)
            {
                if (settings?[member] is { } value)
                {
                    asked[member] = value.DeepClone();
                }
            }
            if (asked["Aliases"] is JsonArray aliases)
            {
                var kept = aliases.Where(alias => Text(alias) != shortId).Select(alias => alias!.DeepClone());
                asked["Aliases"] = new JsonArray([.. kept]);
            }
            networks[name] = asked;
        }
        return networks;
    }

    private static string? Primary(JsonObject inspect, JsonObject host, JsonObject networks)
    {
        var mode = Text(host["NetworkMode"]);
        if (networks.ContainsKey(mode))
        {
            return mode;
        }
        if (mode is "default" or "")
        {
            return networks.ContainsKey("bridge") ? "bridge" : null;
        }
        // A network may also have been named by its id.
        return (inspect["NetworkSettings"]?["Networks"] as JsonObject ?? [])
            .Where(network =>
                mode.Length >= 12 && Text(network.Value?["NetworkID"]).StartsWith(mode, StringComparison.Ordinal)
            )
            .Select(network => network.Key)
            .FirstOrDefault();
    }

    private static JsonObject Copy(JsonNode? node) => node?.DeepClone() as JsonObject ?? [];
}
