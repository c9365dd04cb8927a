using System.Globalization;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>Places in memory: <c>tmpfs</c>, and volumes of that type, become empty folders of the pod.</summary>
internal static class ServiceScratch
{
    public static void Add(JsonObject given, JsonArray mounts, JsonArray volumes, Action<string, string, bool> lose)
    {
        var number = 0;
        foreach (var (where, target, size, unsaid) in Of(given))
        {
            var volume = string.Create(CultureInfo.InvariantCulture, $"scratch-{number++}");
            var folder = new JsonObject { ["medium"] = "Memory" };
            if (ComposeValues.Memory(size) is { } most)
            {
                folder["sizeLimit"] = most;
            }
            else if (size is not null)
            {
                unsaid.Add($"size={size}");
            }
            volumes.Add(new JsonObject { ["name"] = volume, ["emptyDir"] = folder });
            mounts.Add(new JsonObject { ["name"] = volume, ["mountPath"] = target });
            if (unsaid.Count > 0)
            {
                lose(
                    where,
                    $"Of {target} {string.Join(", ", unsaid)} is not carried over: who may write there says the pod's securityContext.",
                    false
                );
            }
        }
    }

    private static IEnumerable<(string Where, string Target, string? Size, List<string> Unsaid)> Of(JsonObject given)
    {
        foreach (var one in ComposeValues.Words(given["tmpfs"]))
        {
            var parts = one.Split(':', 2);
            var options = parts.Length > 1 ? parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries) : [];
            var size = options.FirstOrDefault(option => option.StartsWith("size=", StringComparison.Ordinal));
            yield return ("tmpfs", parts[0], size?["size=".Length..], [.. options.Where(option => option != size)]);
        }
        foreach (var one in (given["volumes"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (ComposeValues.Text(one["type"]) != "tmpfs" || ComposeValues.Text(one["target"]) is not { } target)
            {
                continue;
            }
            var options = one["tmpfs"] as JsonObject ?? [];
            yield return (
                "volumes.tmpfs",
                target,
                ComposeValues.Text(options["size"]),
                [.. options.Where(option => option.Key != "size").Select(option => $"{option.Key}={option.Value}")]
            );
        }
    }
}
