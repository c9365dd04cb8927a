using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>Selectors of labels and fields, with the server's words for what it does not know.</summary>
internal static partial class KubeSelectors
{
    private static readonly string[] Common = ["metadata.name", "metadata.namespace"];

    public static Func<JsonObject, bool> Labels(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return _ => true;
        }
        var tests = Requirement()
            .Split(text)
            .Select(one => one.Trim())
            .Where(one => one.Length > 0)
            .Select(Requirement)
            .ToList();
        return one => tests.TrueForAll(test => test(one));
    }

    public static Func<JsonObject, bool> Fields(string? text, KubeResource resource)
    {
        if (string.IsNullOrEmpty(text))
        {
            return _ => true;
        }
        var tests = new List<Func<JsonObject, bool>>();
        foreach (var part in text.Split(','))
        {
            var negated = part.Contains("!=", StringComparison.Ordinal);
            var pair = part.Split(negated ? "!=" : "=", 2);
            var (field, value) = (pair[0].TrimEnd('='), pair.Length > 1 ? pair[1].TrimStart('=') : "");
            if (!Known(resource).Contains(field, StringComparer.Ordinal))
            {
                throw KubeRefusal.BadRequest(
                    resource.Name == "events"
                        ? $"field label not supported: {field}"
                        : $"\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                );
            }
            tests.Add(one => (At(one, field) == value) != negated);
        }
        return one => tests.TrueForAll(test => test(one));
    }

    public static bool Matches(JsonObject one, JsonNode? selector) =>
        selector?["matchLabels"] is not JsonObject wanted
        || wanted.All(label => At(one, "metadata", "labels", label.Key) == (label.Value?.GetValue<string>() ?? ""));

    private static string[] Known(KubeResource resource) =>
        resource.Name switch
        {
            "pods" => [.. Common, "status.phase", "spec.nodeName", "status.podIP"],
            "events" when resource.Group.Length == 0 =>
            [
                .. Common,
                "involvedObject.kind",
                "involvedObject.name",
                "involvedObject.namespace",
                "involvedObject.uid",
                "reason",
                "type",
            ],
            "events" =>
            [
                .. Common,
                "regarding.kind",
                "regarding.name",
                "regarding.namespace",
                "regarding.uid",
                "reason",
                "type",
            ],
            _ => Common,
        };

    private static Func<JsonObject, bool> Requirement(string text)
    {
        if (InSet().Match(text) is { Success: true } set)
        {
            var values = set.Groups["values"]
                .Value.Split(',')
                .Select(one => one.Trim())
                .ToHashSet(StringComparer.Ordinal);
            var (key, negated) = (set.Groups["key"].Value, set.Groups["not"].Success);
            return one => values.Contains(At(one, "metadata", "labels", key)) != negated;
        }
        if (Words().Match(text) is { Success: true } wrong)
        {
            throw KubeRefusal.BadRequest($"unable to parse requirement: found '{wrong.Groups[1].Value}' expected: '('");
        }
        var not = text.Contains("!=", StringComparison.Ordinal);
        var pair = text.Split(not ? "!=" : "=", 2);
        if (pair.Length == 1)
        {
            return text.StartsWith('!')
                ? one => At(one, "metadata", "labels", text[1..]).Length == 0
                : one => At(one, "metadata", "labels", text).Length > 0;
        }
        var (label, value) = (pair[0].TrimEnd('=').Trim(), pair[1].TrimStart('=').Trim());
        return one => (At(one, "metadata", "labels", label) == value) != not;
    }

    private static string At(JsonObject one, string path) => At(one, path.Split('.'));

    private static string At(JsonObject one, params string[] path)
    {
        JsonNode? node = one;
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }
        return node is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
    }

    [GeneratedRegex(",(?![^(]*\\))")]
    private static partial Regex Requirement();

    [GeneratedRegex("^(?<key>\\S+)\\s+(?<not>not)?in\\s+\\((?<values>[^)]*)\\)$")]
    private static partial Regex InSet();

    [GeneratedRegex("^\\S+\\s+(?:not)?in\\s+([^(\\s]+)$")]
    private static partial Regex Words();
}
