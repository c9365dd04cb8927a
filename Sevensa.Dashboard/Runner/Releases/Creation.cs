using System.Text.Json.Nodes;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Releases;

/// <summary>What is different from a specification this time.</summary>
/// <param name="ImageId">The image to run instead of the specification's.</param>
/// <param name="Volumes">New name by old.</param>
/// <param name="Labels">To set; a null value removes.</param>
/// <param name="Beside">It will run beside the one it is made from: what only one can have is left out.</param>
internal sealed record Differently(
    string? ImageId = null,
    string? ImageReference = null,
    IReadOnlyDictionary<string, string>? Volumes = null,
    IReadOnlyDictionary<string, string?>? Labels = null,
    bool Beside = false
);

/// <summary>Specification → the request that makes the container, and the networks to connect it to before it is started.</summary>
/// <param name="Body">Of <c>POST /containers/create</c>.</param>
/// <param name="Connect">Docker takes one network at creation; these come after it.</param>
internal sealed record Creation(JsonObject Body, IReadOnlyList<(string Network, JsonObject Endpoint)> Connect)
{
    /// <param name="image">Reference that means the wanted image now: it becomes the container's <c>Config.Image</c>.</param>
    /// <param name="resolve">What a recorded reference to another container is now.</param>
    public static Creation Of(
        Specification specification,
        string image,
        Differently difference,
        Func<string, string> resolve
    )
    {
        var otherImage = difference.ImageId is { } wanted && wanted != specification.ImageId;
        var config = (JsonObject)specification.Config.DeepClone();
        var host = (JsonObject)specification.HostConfig.DeepClone();
        if (otherImage)
        {
            Disinherit(config, specification.ImageConfig);
        }
        else if (IsEmpty(config["Entrypoint"]) && !IsEmpty(specification.ImageConfig?["Entrypoint"]))
        {
            // It had been cleared on purpose, which Docker shows like never set.
            config["Entrypoint"] = new JsonArray("");
        }
        config["Image"] = image;
        Label(config, difference.Labels);
        if (difference.Volumes is { Count: > 0 } volumes)
        {
            VolumeNames.Replace(host, volumes);
        }
        var mode = Text(host["NetworkMode"]);
        foreach (var member in new[] { "NetworkMode", "IpcMode", "PidMode" })
        {
            if (Text(host[member]).Split(':', 2) is ["container", var reference])
            {
                host[member] = $"container:{resolve(reference)}";
            }
        }
        if (host["VolumesFrom"] is JsonArray from)
        {
            host["VolumesFrom"] = new JsonArray([
                .. from.Select(entry =>
                    Text(entry).Split(':', 2) is [var other, var options]
                        ? (JsonNode)$"{resolve(other)}:{options}"
                        : (JsonNode)resolve(Text(entry))
                ),
            ]);
        }
        Reconcile(config, host, mode);
        if (difference.Beside)
        {
            LeaveWhatOnlyOneCanHave(config);
        }
        var (first, rest) = Split(specification, difference, mode);
        var body = config;
        body["HostConfig"] = host;
        if (first is { } primary)
        {
            body["NetworkingConfig"] = new JsonObject
            {
                ["EndpointsConfig"] = new JsonObject { [primary.Network] = primary.Endpoint },
            };
        }
        return new Creation(body, rest);
    }

    /// <summary>Removes what was only inherited from the image, so that another image's own takes its place.</summary>
    private static void Disinherit(JsonObject config, JsonObject? image)
    {
        config.Remove("OnBuild");
        if (image is null)
        {
            return;
        }
        var ownEntrypoint = !JsonNode.DeepEquals(config["Entrypoint"], image["Entrypoint"]);
        if (!ownEntrypoint && JsonNode.DeepEquals(config["Cmd"], image["Cmd"]))
        {
            config.Remove("Cmd");
        }
        if (!ownEntrypoint)
        {
            config.Remove("Entrypoint");
        }
        else if (IsEmpty(config["Entrypoint"]))
        {
            config["Entrypoint"] = new JsonArray("");
        }
        foreach (var member in new[] { "WorkingDir", "User", "StopSignal", "Healthcheck", "Shell" })
        {
            if (JsonNode.DeepEquals(config[member], image[member]))
            {
                config.Remove(member);
            }
        }
        if (config["Env"] is JsonArray environment)
        {
            var inherited = (image["Env"] as JsonArray ?? []).Select(Text).ToHashSet(StringComparer.Ordinal);
            config["Env"] = new JsonArray([
                .. environment.Where(pair => !inherited.Contains(Text(pair))).Select(pair => pair!.DeepClone()),
            ]);
        }
        foreach (var member in new[] { "Labels", "ExposedPorts", "Volumes" })
        {
            if (config[member] is JsonObject own && image[member] is JsonObject theirs)
            {
                foreach (var (key, value) in theirs)
                {
                    if (own.TryGetPropertyValue(key, out var mine) && JsonNode.DeepEquals(mine, value))
                    {
                        own.Remove(key);
                    }
                }
            }
        }
    }

    private static void Label(JsonObject config, IReadOnlyDictionary<string, string?>? labels)
    {
        if (labels is not { Count: > 0 })
        {
            return;
        }
        var all = config["Labels"] as JsonObject ?? [];
        foreach (var (key, value) in labels)
        {
            all.Remove(key);
            if (value is not null)
            {
                all[key] = value;
            }
        }
        config["Labels"] = all.DeepClone();
    }

    /// <summary>What Docker shows of a container and does not take together.</summary>
    private static void Reconcile(JsonObject config, JsonObject host, string mode)
    {
        if (mode.StartsWith("container:", StringComparison.Ordinal))
        {
            // Name and ports are those of the container whose network it shares.
            foreach (var member in new[] { "Hostname", "Domainname", "MacAddress", "ExposedPorts" })
            {
                config.Remove(member);
            }
        }
        if (Text(host["UTSMode"]) == "host")
        {
            config.Remove("Hostname");
            config.Remove("Domainname");
        }
    }

    private static void LeaveWhatOnlyOneCanHave(JsonObject config) => config.Remove("MacAddress");

    private static ((string Network, JsonObject Endpoint)? First, List<(string, JsonObject)> Later) Split(
        Specification specification,
        Differently difference,
        string mode
    )
    {
        (string, JsonObject)? first = null;
        var rest = new List<(string, JsonObject)>();
        foreach (var (name, settings) in specification.Networks)
        {
            var endpoint = (JsonObject)settings!.DeepClone();
            if (difference.Beside)
            {
                endpoint.Remove("IPAMConfig");
            }
            if (name != specification.PrimaryNetwork)
            {
                rest.Add((name, endpoint));
            }
            else if (mode is not ("default" or "bridge" or "") || HasWishes(endpoint))
            {
                first = (mode is "default" or "" ? "bridge" : mode, endpoint);
            }
        }
        return (first, rest);
    }

    /// <summary>The default bridge takes no aliases, and an empty list counts as one.</summary>
    private static bool HasWishes(JsonObject endpoint) =>
        endpoint.Any(member => member.Value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 });

    private static bool IsEmpty(JsonNode? list) => list is not JsonArray { Count: > 0 };
}
