using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Runner.Kubernetes.Steps;

/// <summary>One change as the API server is asked for it. It names its fields: a list of containers without theirs would drop probes and limits.</summary>
/// <param name="Part">A subresource such as <c>scale</c>; empty for the object itself.</param>
internal sealed record WorkloadPatch(string Part, string Media, Func<string, JsonNode> Body)
{
    /// <summary>By the right to scale alone.</summary>
    public static WorkloadPatch Scale(int replicas) =>
        new(
            "scale",
            KubeApi.Merge,
            version => new JsonObject
            {
                ["metadata"] = new JsonObject { ["resourceVersion"] = version },
                ["spec"] = new JsonObject { ["replicas"] = replicas },
            }
        );

    public static WorkloadPatch Restart(string at) =>
        Template(
            new JsonObject
            {
                ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [TemplateHash.RestartedAt] = at } },
            }
        );

    public static WorkloadPatch Images(IReadOnlyDictionary<string, string> images) =>
        Containers(images.Select(image => new JsonObject { ["name"] = image.Key, ["image"] = image.Value }));

    public static WorkloadPatch Resources(ResourceWishes wishes)
    {
        var resources = new JsonObject();
        Set("requests", "cpu", wishes.CpuRequest);
        Set("requests", "memory", wishes.MemoryRequest);
        Set("limits", "cpu", wishes.CpuLimit);
        Set("limits", "memory", wishes.MemoryLimit);
        return Containers([new JsonObject { ["name"] = wishes.Container, ["resources"] = resources }]);

        void Set(string part, string what, string? value)
        {
            if (value is null)
            {
                return;
            }
            if (resources[part] is not JsonObject group)
            {
                resources[part] = group = [];
            }
            // A null in a patch takes the member away.
            group[what] = value.Length == 0 ? null : value;
        }
    }

    /// <summary>The whole template as it was, and the replicas where they are given.</summary>
    public static WorkloadPatch Back(JsonObject template, int? replicas) =>
        new(
            "",
            KubeApi.JsonPatch,
            version =>
            {
                JsonNode[] always =
                [
                    Replace("/metadata/resourceVersion", JsonValue.Create(version)),
                    Replace("/spec/template", template.DeepClone()),
                ];
                return replicas is { } count
                    ? new JsonArray([.. always, Replace("/spec/replicas", JsonValue.Create(count))])
                    : new JsonArray(always);
            }
        );

    public ReadOnlyMemory<byte> Bytes(string version)
    {
        using var memory = new MemoryStream();
        using (var writer = new Utf8JsonWriter(memory))
        {
            Body(version).WriteTo(writer);
        }
        return memory.ToArray();
    }

    private static WorkloadPatch Containers(IEnumerable<JsonObject> containers) =>
        Template(new JsonObject { ["spec"] = new JsonObject { ["containers"] = new JsonArray([.. containers]) } });

    private static WorkloadPatch Template(JsonObject template) =>
        new(
            "",
            KubeApi.StrategicMerge,
            version => new JsonObject
            {
                ["metadata"] = new JsonObject { ["resourceVersion"] = version },
                ["spec"] = new JsonObject { ["template"] = template.DeepClone() },
            }
        );

    private static JsonObject Replace(string path, JsonNode? value) =>
        new()
        {
            ["op"] = "replace",
            ["path"] = path,
            ["value"] = value,
        };
}
