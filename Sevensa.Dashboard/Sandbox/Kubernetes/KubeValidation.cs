using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>What the API server does not take, in its words.</summary>
internal static class KubeValidation
{
    public static void Check(KubeResource resource, JsonObject one, JsonObject? before)
    {
        var name = one["metadata"]?["name"]?.GetValue<string>() ?? "";
        var spec = one["spec"];
        switch (resource.Kind)
        {
            case "HorizontalPodAutoscaler":
                Autoscaler(name, spec);
                break;
            case "Deployment":
                Deployment(name, one, before);
                break;
            case "Secret" when IsFixed(before):
                throw KubeRefusal.Invalid(
                    "",
                    "Secret",
                    name,
                    ("FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set", "data")
                );
        }
    }

    private static bool IsFixed(JsonObject? before) =>
        before is not null && before["immutable"] is JsonValue fixedOnce && fixedOnce.GetValue<bool>();

    private static void Autoscaler(string name, JsonNode? spec)
    {
        var least = spec?["minReplicas"]?.GetValue<int>() ?? 1;
        var most = spec?["maxReplicas"]?.GetValue<int>() ?? 0;
        var metrics = spec?["metrics"] as JsonArray ?? [];
        if (least == 0 && !metrics.Any(one => one?["type"]?.GetValue<string>() is "Object" or "External"))
        {
            throw KubeRefusal.Invalid(
                "autoscaling",
                "HorizontalPodAutoscaler",
                name,
                (
                    "FieldValueForbidden",
                    "Forbidden: must specify at least one Object or External metric to support scaling to zero replicas",
                    "spec.metrics"
                )
            );
        }
        if (most < least)
        {
            // The server names the maximum, whichever of the two was changed.
            throw KubeRefusal.Invalid(
                "autoscaling",
                "HorizontalPodAutoscaler",
                name,
                (
                    "FieldValueInvalid",
                    $"Invalid value: {most}: must be greater than or equal to `minReplicas`",
                    "spec.maxReplicas"
                )
            );
        }
    }

    private static void Deployment(string name, JsonObject one, JsonObject? before)
    {
        var causes = new List<(string, string, string)>();
        var labels = one["spec"]?["template"]?["metadata"]?["labels"] as JsonObject ?? [];
        if (
            one["spec"]?["selector"]?["matchLabels"] is not JsonObject selector
            || selector.Any(label => labels[label.Key]?.GetValue<string>() != label.Value?.GetValue<string>())
        )
        {
            causes.Add(
                (
                    "FieldValueInvalid",
                    $"Invalid value: {labels.ToJsonString()}: `selector` does not match template `labels`",
                    "spec.template.metadata.labels"
                )
            );
        }
        if (before is not null && !JsonNode.DeepEquals(one["spec"]?["selector"], before["spec"]?["selector"]))
        {
            causes.Add(
                (
                    "FieldValueInvalid",
                    $"Invalid value: {one["spec"]?["selector"]?.ToJsonString()}: field is immutable",
                    "spec.selector"
                )
            );
        }
        if (causes.Count > 0)
        {
            throw KubeRefusal.Invalid("apps", "Deployment", name, [.. causes]);
        }
    }
}
