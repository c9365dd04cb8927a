using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Releases;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>
/// Hash of what a container was told to be: two containers created alike have the same, and it changes when anything that
/// was asked for changes. Ids, times and addresses that Docker gave are not part of it.
/// </summary>
internal static class ConfigHash
{
    /// <param name="container">As Docker describes it, so that a member that only a newer engine knows counts too.</param>
    public static string Of(JsonObject container, ReadOnlySpan<byte> hostSecret)
    {
        var id = EngineText.Text(container["Id"]);
        var shortId = id.Length > 12 ? id[..12] : id;
        var config = Copy(container["Config"]);
        if (
            EngineText.Text(config["Hostname"]) is { Length: > 0 } name
            && id.StartsWith(name, StringComparison.Ordinal)
        )
        {
            config.Remove("Hostname");
        }
        config["Env"] = Environment((config["Env"] as JsonArray ?? []).Select(EngineText.Text), hostSecret);
        var host = Copy(container["HostConfig"]);
        host.Remove("ContainerIDFile");
        // The image is told by its id below: the same one may be named by another tag after it was put back.
        config.Remove("Image");
        LeaveAnonymousVolumes(host);
        // Docker tells them in another order every time.
        if (host["Links"] is JsonArray links)
        {
            host["Links"] = Sorted(links.Select(EngineText.Text));
        }
        // Sets that Docker writes as objects with empty values.
        foreach (var set in new[] { "ExposedPorts", "Volumes" })
        {
            config[set] = Sorted((config[set] as JsonObject ?? []).Select(member => member.Key));
        }
        var networks = (container["NetworkSettings"]?["Networks"] as JsonObject ?? []).Select(network =>
            $"{network.Key}: {string.Join(' ', Aliases(network.Value).Where(alias => alias != shortId).Order(StringComparer.Ordinal))}"
        );
        var whole = new JsonObject
        {
            ["config"] = config,
            ["host"] = host,
            ["image"] = EngineText.Text(container["Image"]),
            ["networks"] = Sorted(networks),
        };
        using var document = JsonDocument.Parse(Sparse(whole)!.ToJsonString());
        return CanonicalJson.Hash(document.RootElement);
    }

    /// <summary>A volume that nobody named is kept by binding its generated name when its container is made anew: the same to whoever asked for it.</summary>
    private static void LeaveAnonymousVolumes(JsonObject host)
    {
        if (host["Binds"] is JsonArray binds)
        {
            host["Binds"] = new JsonArray([
                .. binds
                    .Where(bind => !EngineText.IsGenerated(EngineText.Text(bind).Split(':', 2)[0]))
                    .Select(bind => bind!.DeepClone()),
            ]);
        }
        foreach (var mount in (host["Mounts"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (EngineText.IsGenerated(EngineText.Text(mount["Source"])))
            {
                mount.Remove("Source");
            }
        }
    }

    private static JsonObject Copy(JsonNode? part) => part?.DeepClone() as JsonObject ?? [];

    private static IEnumerable<string> Aliases(JsonNode? endpoint) =>
        (endpoint?["Aliases"] as JsonArray ?? []).Select(EngineText.Text);

    private static JsonArray Sorted(IEnumerable<string> words) =>
        new([.. words.Order(StringComparer.Ordinal).Select(word => (JsonNode)word)]);

    private static JsonObject Environment(IEnumerable<string> pairs, ReadOnlySpan<byte> hostSecret)
    {
        var hashed = new JsonObject();
        foreach (var pair in pairs)
        {
            var (name, value) = pair.Split('=', 2) is [var left, var right] ? (left, right) : (pair, "");
            hashed[name] = Convert.ToHexStringLower(HMACSHA256.HashData(hostSecret, Encoding.UTF8.GetBytes(value)));
        }
        return hashed;
    }

    /// <summary>Without what is empty, zero or false, so that an engine's upgrade, which adds such members, changes no hash.</summary>
    private static JsonNode? Sparse(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var kept = new JsonObject();
                foreach (var (name, value) in members)
                {
                    if (Sparse(value) is { } worth)
                    {
                        kept[name] = worth;
                    }
                }
                return kept.Count == 0 ? null : kept;
            case JsonArray items when items.Count == 0:
                return null;
            case JsonArray items:
                return new JsonArray([.. items.Select(item => Sparse(item) ?? item?.DeepClone())]);
            case JsonValue value:
                return value.GetValueKind() switch
                {
                    JsonValueKind.False or JsonValueKind.Null => null,
                    JsonValueKind.String when value.GetValue<string>().Length == 0 => null,
                    JsonValueKind.Number when value.ToJsonString() == "0" => null,
                    _ => value.DeepClone(),
                };
            default:
                return null;
        }
    }
}
