using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>Compares two inspects of a container: as it was recorded, and as it was put back.</summary>
internal static class InspectDifference
{
    /// <summary>What may differ, and why. Everything else must be equal.</summary>
    private static readonly (string Path, string Why)[] Explained =
    [
        ("Id", "the engine gives every container a new one"),
        ("Created", "a time"),
        ("State", "times, process id, exit code; the word for the state is compared on its own"),
        ("ResolvConfPath", "a path with the id in it"),
        ("HostnamePath", "a path with the id in it"),
        ("HostsPath", "a path with the id in it"),
        ("LogPath", "a path with the id in it"),
        ("GraphDriver", "the id of the writable layer"),
        ("ExecIDs", "ids of health checks under way"),
        ("RestartCount", "counted from the creation on"),
        ("NetworkSettings.SandboxID", "an id"),
        ("NetworkSettings.SandboxKey", "a path with an id in it"),
        ("NetworkSettings.EndpointID", "an id"),
        ("NetworkSettings.IPAddress", "given out by the engine; one that was asked for is compared in IPAMConfig"),
        ("NetworkSettings.MacAddress", "made by the engine; one that was asked for is compared in Config"),
        ("NetworkSettings.Networks.*.EndpointID", "an id"),
        ("NetworkSettings.Networks.*.IPAddress", "given out by the engine"),
        ("NetworkSettings.Networks.*.MacAddress", "made by the engine"),
    ];

    /// <summary>Empty when the two are equal but for what is explained.</summary>
    public static IReadOnlyList<string> Of(JsonObject before, JsonObject after)
    {
        var differences = new List<string>();
        Compare("", Normal(before), Normal(after), differences);
        if (Word(before) != Word(after))
            differences.Add($"State.Status: {Word(before)} → {Word(after)}");
        return differences;
    }

    private static string Word(JsonObject inspect) =>
        $"{inspect["State"]!["Status"]} {inspect["State"]!["Health"]?["Test"]}";

    private static JsonObject Normal(JsonObject inspect)
    {
        var copy = (JsonObject)inspect.DeepClone();
        var id = copy["Id"]!.GetValue<string>();
        // The host name and one alias on each network are the id's first digits, unless something else was asked for.
        if (copy["Config"]!["Hostname"]?.GetValue<string>() == id[..12])
            copy["Config"]!["Hostname"] = "(the id)";
        foreach (var (_, network) in copy["NetworkSettings"]!["Networks"]?.AsObject() ?? [])
        {
            if (network!["Aliases"] is JsonArray aliases)
            {
                network["Aliases"] = Sorted(
                    aliases.Select(alias => alias!.GetValue<string>()).Where(alias => alias != id[..12])
                );
            }
            network["Aliases"] ??= new JsonArray();
        }
        // The engine tells links in another order every time.
        if (copy["HostConfig"]!["Links"] is JsonArray links)
            copy["HostConfig"]!["Links"] = Sorted(links.Select(link => link!.GetValue<string>()));
        // A port that the engine chose is another every time.
        foreach (var (port, bindings) in copy["NetworkSettings"]!["Ports"]?.AsObject() ?? [])
        {
            var asked = copy["HostConfig"]!["PortBindings"]?[port]?[0]?["HostPort"]?.GetValue<string>();
            foreach (var binding in bindings as JsonArray ?? [])
            {
                if (string.IsNullOrEmpty(asked))
                    binding!["HostPort"] = "(any)";
            }
        }
        // An anonymous volume is kept by binding it by its name: that is the point, and it shows in what was asked for.
        var anonymous = (copy["Mounts"] as JsonArray ?? [])
            .Select(mount => mount!["Name"]?.GetValue<string>() ?? "")
            .Where(name => name.Length == 64)
            .ToHashSet();
        if (copy["HostConfig"]!["Binds"] is JsonArray binds)
        {
            var named = binds.Where(bind => !anonymous.Contains(bind!.GetValue<string>().Split(':')[0])).ToList();
            copy["HostConfig"]!["Binds"] =
                named.Count == 0 ? null : new JsonArray([.. named.Select(bind => bind!.DeepClone())]);
        }
        foreach (var mount in (copy["HostConfig"]!["Mounts"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (anonymous.Contains(mount["Source"]?.GetValue<string>() ?? ""))
                mount.Remove("Source");
        }
        // In no order of their own; an anonymous volume bound by name is labelled for SELinux like a named one.
        copy["Mounts"] = Sorted(
            (copy["Mounts"] as JsonArray ?? []).Select(mount =>
            {
                if (anonymous.Contains(mount!["Name"]?.GetValue<string>() ?? ""))
                    mount["Mode"] = "(as named)";
                return mount.ToJsonString();
            })
        );
        foreach (var (path, _) in Explained)
            Remove(copy, path.Split('.'));
        return copy;
    }

    private static JsonArray Sorted(IEnumerable<string> texts) =>
        new([.. texts.Order(StringComparer.Ordinal).Select(text => (JsonNode)text)]);

    private static void Remove(JsonNode? node, ReadOnlySpan<string> path)
    {
        if (node is not JsonObject members)
            return;
        if (path.Length == 1)
        {
            members.Remove(path[0]);
            return;
        }
        foreach (var (name, value) in members.ToList())
        {
            if (path[0] == "*" || path[0] == name)
                Remove(value, path[1..]);
        }
    }

    private static void Compare(string path, JsonNode? before, JsonNode? after, List<string> differences)
    {
        if (before is JsonObject left && after is JsonObject right)
        {
            foreach (var name in left.Select(member => member.Key).Union(right.Select(member => member.Key)))
                Compare($"{path}.{name}".TrimStart('.'), left[name], right[name], differences);
        }
        else if (!JsonNode.DeepEquals(before, after))
        {
            differences.Add($"{path}: {before?.ToJsonString() ?? "nothing"} → {after?.ToJsonString() ?? "nothing"}");
        }
    }
}
