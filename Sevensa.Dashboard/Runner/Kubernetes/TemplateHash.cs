using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>
/// Our own name of a pod template: SHA-256 over its canonical JSON as the server stored it. The cluster's hash is another where a
/// name was taken, and its revision number moves. That somebody only restarted it makes no other template.
/// </summary>
internal static class TemplateHash
{
    public const string RestartedAt = "kubectl.kubernetes.io/restartedAt";

    public static string Of(JsonElement template)
    {
        if (JsonNode.Parse(template.GetRawText()) is not JsonObject copy)
        {
            return "";
        }
        if (copy["metadata"] is JsonObject metadata)
        {
            metadata.Remove("creationTimestamp");
            if (metadata["annotations"] is JsonObject notes && notes.Remove(RestartedAt) && notes.Count == 0)
            {
                metadata.Remove("annotations");
            }
        }
        return Hash(copy);
    }

    /// <summary>Of a specification, without what has a hash of its own.</summary>
    public static string OfSpec(JsonElement spec)
    {
        if (JsonNode.Parse(spec.GetRawText()) is not JsonObject copy)
        {
            return "";
        }
        copy.Remove("template");
        copy.Remove("replicas");
        return Hash(copy);
    }

    private static string Hash(JsonObject value)
    {
        using var document = JsonDocument.Parse(value.ToJsonString());
        return CanonicalJson.Hash(document.RootElement);
    }
}
