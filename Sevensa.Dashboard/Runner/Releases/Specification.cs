using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Runner.Releases;

/// <summary>
/// All that a container was made of, in Docker's own words and free of what was its alone (id, times, addresses Docker chose),
/// so that one like it can be made again. Holds environment values and so never leaves the host unsealed.
/// </summary>
/// <param name="Name">Its name, without the mark that Compose puts before one it is about to remove.</param>
/// <param name="ImageId">What it really ran, whatever the reference means today.</param>
/// <param name="Image">The reference it was created from.</param>
/// <param name="Config">Docker's <c>Config</c>, merged with the image's as Docker shows it.</param>
/// <param name="HostConfig">Docker's <c>HostConfig</c>; anonymous volumes are bound by their names in it.</param>
/// <param name="Networks">What was asked for of each network, by its name.</param>
/// <param name="PrimaryNetwork">The network that <c>NetworkMode</c> means, when it is one of <paramref name="Networks"/>.</param>
/// <param name="ImageConfig">The image's own <c>Config</c>, to tell what was asked for from what was inherited.</param>
/// <param name="References">Names of other containers that it refers to, by the reference as it stands.</param>
/// <param name="AnonymousVolumes">Names by destination.</param>
internal sealed record Specification(
    string Name,
    string ImageId,
    string Image,
    JsonObject Config,
    JsonObject HostConfig,
    JsonObject Networks,
    string? PrimaryNetwork,
    JsonObject? ImageConfig,
    IReadOnlyDictionary<string, string> References,
    IReadOnlyDictionary<string, string> AnonymousVolumes
)
{
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Labels =>
        (Config[nameof(Labels)] as JsonObject ?? []).ToDictionary(
            label => label.Key,
            label => label.Value?.GetValue<string>() ?? "",
            StringComparer.Ordinal
        );

    /// <summary>Volumes it can't be without, by name.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Volumes => [.. VolumeNames.Of(HostConfig).Distinct(StringComparer.Ordinal)];
}

/// <summary>Docker's two ways to name a volume in a container's host configuration.</summary>
internal static class VolumeNames
{
    public static IEnumerable<string> Of(JsonObject host)
    {
        foreach (var bind in Binds(host))
        {
            if (bind.Split(':', 2) is [{ Length: > 0 } source, _] && source[0] is not ('/' or '~' or '.'))
            {
                yield return source;
            }
        }
        foreach (var mount in Mounts(host))
        {
            if (mount["Source"]?.GetValue<string>() is { Length: > 0 } source)
            {
                yield return source;
            }
        }
    }

    public static void Replace(JsonObject host, IReadOnlyDictionary<string, string> byOld)
    {
        if (host["Binds"] is JsonArray binds)
        {
            host["Binds"] = new JsonArray([
                .. binds.Select(bind =>
                    bind!.GetValue<string>().Split(':', 2) is [var source, var rest]
                    && byOld.TryGetValue(source, out var fresh)
                        ? (JsonNode)$"{fresh}:{rest}"
                        : bind.DeepClone()
                ),
            ]);
        }
        foreach (var mount in Mounts(host))
        {
            if (byOld.TryGetValue(mount["Source"]?.GetValue<string>() ?? "", out var fresh))
            {
                mount["Source"] = fresh;
            }
        }
    }

    public static IEnumerable<string> Binds(JsonObject host) =>
        (host["Binds"] as JsonArray ?? []).Select(bind => bind?.GetValue<string>() ?? "");

    public static IEnumerable<JsonObject> Mounts(JsonObject host) =>
        (host["Mounts"] as JsonArray ?? [])
            .OfType<JsonObject>()
            .Where(mount => mount["Type"]?.GetValue<string>() == "volume");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Specification))]
internal sealed partial class SpecificationJson : JsonSerializerContext;
