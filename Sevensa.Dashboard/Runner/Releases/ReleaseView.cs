using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Releases;

/// <summary>What the dashboard may know of a specification: values that could be secrets become hashes under the host's key.</summary>
internal sealed class ReleaseView(ReadOnlyMemory<byte> hostSecret)
{
    private const string DependsOnLabel = "com.docker.compose.depends_on";

    /// <summary>Beyond this a value is a document (a seccomp profile, a script) and shown as a hash.</summary>
    private const int LongestShown = 200;

    /// <summary>Told on their own, or the container's alone.</summary>
    private static readonly HashSet<string> ToldElsewhere = new(StringComparer.Ordinal)
    {
        "Env",
        "Labels",
        "Image",
        "Binds",
        "Mounts",
        "Volumes",
        "PortBindings",
        "ConsoleSize",
    };

    /// <summary>May hold a secret in the clear: passwords as arguments, tokens of log drivers, options of storage.</summary>
    private static readonly HashSet<string> Hashed = new(StringComparer.Ordinal)
    {
        "Cmd",
        "Entrypoint",
        "Test",
        "Config",
        "DriverOpts",
        "Options",
        "Annotations",
        "MaskedPaths",
        "ReadonlyPaths",
        "OnBuild",
    };

    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["Cmd"] = "command",
        ["Entrypoint"] = "entrypoint",
        ["User"] = "user",
        ["WorkingDir"] = "working folder",
        ["Hostname"] = "host name",
        ["Domainname"] = "domain name",
        ["ExposedPorts"] = "exposed ports",
        ["StopSignal"] = "stop signal",
        ["StopTimeout"] = "stop timeout",
        ["Healthcheck"] = "health check",
        ["RestartPolicy"] = "restart policy",
        ["Memory"] = "memory limit",
        ["MemorySwap"] = "memory and swap limit",
        ["MemoryReservation"] = "memory reservation",
        ["NanoCpus"] = "CPU limit (billionths)",
        ["CpuShares"] = "CPU shares",
        ["CpusetCpus"] = "CPUs",
        ["PidsLimit"] = "process limit",
        ["CapAdd"] = "capabilities added",
        ["CapDrop"] = "capabilities dropped",
        ["Privileged"] = "privileged",
        ["ReadonlyRootfs"] = "read-only root",
        ["NetworkMode"] = "network mode",
        ["IpcMode"] = "IPC mode",
        ["PidMode"] = "PID mode",
        ["ShmSize"] = "shared memory",
        ["Tmpfs"] = "tmpfs",
        ["Ulimits"] = "ulimits",
        ["Dns"] = "DNS servers",
        ["ExtraHosts"] = "extra hosts",
        ["GroupAdd"] = "groups added",
        ["Devices"] = "devices",
        ["SecurityOpt"] = "security options",
        ["Sysctls"] = "sysctls",
        ["LogConfig"] = "logging",
        ["Init"] = "init",
        ["OomScoreAdj"] = "OOM score",
        ["Runtime"] = "runtime",
        ["AutoRemove"] = "removed when it ends",
        ["PublishAllPorts"] = "publish all ports",
        ["VolumesFrom"] = "volumes from",
        ["Links"] = "links",
    };

    public ReleaseContainer Of(ContainerFacts facts, Specification specification, string id) =>
        new(
            facts.Name,
            facts.Id,
            id,
            facts.Image,
            facts.ImageId,
            facts.ImageDigest,
            facts.ConfigHash,
            [.. specification.Networks.Select(network => Network(network.Key, network.Value as JsonObject ?? []))],
            [.. Mounts(specification).OrderBy(mount => mount.Destination, StringComparer.Ordinal)],
            PortsOf(specification.HostConfig["PortBindings"] as JsonObject),
            Needs(specification),
            specification.Labels,
            Environment(specification.Config["Env"] as JsonArray),
            Settings(specification)
        );

    private static ReleaseNetwork Network(string name, JsonObject settings) =>
        new(
            name,
            [.. (settings["Aliases"] as JsonArray ?? []).Select(Text).Order(StringComparer.Ordinal)],
            NullIfEmpty(Text(settings["IPAMConfig"]?["IPv4Address"])),
            NullIfEmpty(Text(settings["IPAMConfig"]?["IPv6Address"]))
        );

    private static IEnumerable<ReleaseMount> Mounts(Specification specification)
    {
        foreach (var bind in VolumeNames.Binds(specification.HostConfig))
        {
            var parts = bind.Split(':');
            if (parts.Length < 2)
            {
                continue;
            }
            var options = parts.Length > 2 ? parts[2].Split(',') : [];
            yield return new ReleaseMount(
                parts[0].StartsWith('/') ? "bind" : "volume",
                parts[0],
                parts[1],
                options.Contains("ro", StringComparer.Ordinal),
                specification.AnonymousVolumes.Values.Contains(parts[0], StringComparer.Ordinal)
            );
        }
        foreach (var mount in (specification.HostConfig["Mounts"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var source = Text(mount["Source"]);
            yield return new ReleaseMount(
                Text(mount["Type"]),
                source,
                Text(mount["Target"]),
                mount["ReadOnly"] is JsonValue flag && flag.TryGetValue<bool>(out var only) && only,
                specification.AnonymousVolumes.Values.Contains(source, StringComparer.Ordinal)
            );
        }
    }

    private static IReadOnlyList<string> PortsOf(JsonObject? bindings) =>
        [
            .. (bindings ?? [])
                .SelectMany(port =>
                    (port.Value as JsonArray ?? []).Select(binding =>
                    {
                        var (address, number) = (Text(binding?["HostIp"]), Text(binding?["HostPort"]));
                        return $"{(address.Length > 0 ? address + ":" : "")}{(number.Length > 0 ? number : "any")}->{port.Key}";
                    })
                )
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Compose writes <c>db:service_healthy:false,cache:service_started:false</c>.</summary>
    private static IReadOnlyList<string> Needs(Specification specification) =>
        [
            .. specification
                .References.Values.Concat(
                    specification
                        .Labels.GetValueOrDefault(DependsOnLabel, "")
                        .Split(',', StringSplitOptions.RemoveEmptyEntries)
                        .Select(entry => entry.Split(':')[0].Trim())
                )
                .Concat((specification.HostConfig["Links"] as JsonArray ?? []).Select(link => Text(link).Split(':')[0]))
                .Where(name => name.Length > 0)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

    private Dictionary<string, string> Environment(JsonArray? pairs)
    {
        var hashed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in (pairs ?? []).Select(Text))
        {
            var (name, value) = pair.Split('=', 2) is [var left, var right] ? (left, right) : (pair, "");
            hashed[name] = Hash(value);
        }
        return hashed;
    }

    private Dictionary<string, string> Settings(Specification specification)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in new[] { specification.Config, specification.HostConfig })
        {
            foreach (var (name, value) in part.Where(member => !ToldElsewhere.Contains(member.Key)))
            {
                Add(settings, Words.GetValueOrDefault(name, name), name, value);
            }
        }
        return settings;
    }

    private void Add(Dictionary<string, string> settings, string words, string name, JsonNode? value)
    {
        switch (value)
        {
            case null:
            case JsonObject { Count: 0 }:
            case JsonArray { Count: 0 }:
                return;
            case JsonObject or JsonArray when Hashed.Contains(name):
                settings[words] = Hash(value.ToJsonString());
                return;
            case JsonObject members:
                foreach (var (member, content) in members)
                {
                    // Sets are written as objects with empty values.
                    Add(settings, $"{words}: {member}", member, content is JsonObject { Count: 0 } ? true : content);
                }
                return;
            case JsonArray items:
                var text = string.Join(
                    ", ",
                    items.Select(item => item is JsonValue ? Text(item) : item?.ToJsonString())
                );
                settings[words] = text.Length <= LongestShown ? text : Hash(text);
                return;
            case JsonValue single:
                if (single.GetValueKind() is JsonValueKind.False || single.ToJsonString() is "0" or "\"\"")
                {
                    return;
                }
                var shown = single.GetValueKind() == JsonValueKind.String ? Text(single) : single.ToJsonString();
                settings[words] = shown.Length <= LongestShown && !Hashed.Contains(name) ? shown : Hash(shown);
                return;
        }
    }

    private string Hash(string value) =>
        ReleaseContainer.HashedPrefix
        + Convert.ToHexStringLower(HMACSHA256.HashData(hostSecret.Span, Encoding.UTF8.GetBytes(value)))[..16];

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
