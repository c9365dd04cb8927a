using System.Globalization;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>The three sorts of patches, as the API server applies them.</summary>
internal static class KubePatches
{
    /// <summary>Lists whose items are merged by a name instead of being replaced.</summary>
    private static readonly Dictionary<string, string> MergeKeys = new(StringComparer.Ordinal)
    {
        ["containers"] = "name",
        ["initContainers"] = "name",
        ["env"] = "name",
        ["volumes"] = "name",
        ["volumeMounts"] = "mountPath",
        ["ports"] = "containerPort",
        ["imagePullSecrets"] = "name",
        ["conditions"] = "type",
    };

    /// <summary>RFC 7396: a list is replaced as a whole.</summary>
    public static void Merge(JsonObject target, JsonObject patch, bool strategic)
    {
        foreach (var (name, value) in patch)
        {
            switch (value)
            {
                case null:
                    target.Remove(name);
                    break;
                case JsonObject inner when target[name] is JsonObject known:
                    Merge(known, inner, strategic);
                    break;
                case JsonArray list
                    when strategic && MergeKeys.TryGetValue(name, out var key) && target[name] is JsonArray old:
                    MergeList(old, list, key);
                    break;
                default:
                    target[name] = Clean(value);
                    break;
            }
        }
    }

    public static void Json(JsonObject target, JsonNode? patch)
    {
        if (patch is not JsonArray operations)
        {
            throw KubeRefusal.BadRequest(
                "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
            );
        }
        foreach (var operation in operations.OfType<JsonObject>())
        {
            Do(target, operation);
        }
    }

    private static void Do(JsonObject target, JsonObject operation)
    {
        var path = (operation["path"]?.GetValue<string>() ?? "")
            .Split('/')
            .Skip(1)
            .Select(part =>
                part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)
            )
            .ToList();
        JsonNode? place = target;
        foreach (var part in path.SkipLast(1))
        {
            place = Step(place, part) ?? throw Unmet();
        }
        if (path.Count == 0)
        {
            throw Unmet();
        }
        var (last, value) = (path[^1], operation["value"]?.DeepClone());
        switch (operation["op"]?.GetValue<string>(), place)
        {
            case ("test", _):
                if (!JsonNode.DeepEquals(Step(place, last), value))
                {
                    throw Unmet();
                }
                break;
            case ("add", JsonObject known):
                known[last] = value;
                break;
            case ("replace", JsonObject known) when known.ContainsKey(last):
                known[last] = value;
                break;
            case ("remove", JsonObject known) when known.ContainsKey(last):
                known.Remove(last);
                break;
            case ("add", JsonArray list):
                list.Insert(last == "-" ? list.Count : Index(list, last, one: true), value);
                break;
            case ("replace", JsonArray list):
                list[Index(list, last, one: false)] = value;
                break;
            case ("remove", JsonArray list):
                list.RemoveAt(Index(list, last, one: false));
                break;
            default:
                throw Unmet();
        }
    }

    private static JsonNode? Step(JsonNode? place, string part) =>
        place switch
        {
            JsonObject known => known[part],
            JsonArray list => int.TryParse(part, CultureInfo.InvariantCulture, out var index) && index < list.Count
                ? list[index]
                : null,
            _ => null,
        };

    private static int Index(JsonArray list, string part, bool one) =>
        int.TryParse(part, CultureInfo.InvariantCulture, out var index)
        && index >= 0
        && index < list.Count + (one ? 1 : 0)
            ? index
            : throw Unmet();

    /// <summary>The server does not say which test failed, nor which path is not there.</summary>
    private static KubeRefusal Unmet() =>
        new(422, "Invalid", "the server rejected our request due to an error in our request", new JsonObject());

    private static void MergeList(JsonArray old, JsonArray list, string key)
    {
        foreach (var item in list.OfType<JsonObject>())
        {
            var known = old.OfType<JsonObject>()
                .FirstOrDefault(one => JsonNode.DeepEquals(one[key], item[key]) && item[key] is not null);
            if (item["$patch"]?.GetValue<string>() == "delete")
            {
                old.Remove(known);
            }
            else if (known is null)
            {
                old.Add(Clean(item));
            }
            else
            {
                Merge(known, item, strategic: true);
            }
        }
    }

    /// <summary>Null members of something new say only that it is not there.</summary>
    private static JsonNode? Clean(JsonNode? value)
    {
        if (value is not JsonObject given)
        {
            return value?.DeepClone();
        }
        var fresh = new JsonObject();
        foreach (var (name, inner) in given)
        {
            if (inner is not null)
            {
                fresh[name] = Clean(inner);
            }
        }
        return fresh;
    }
}
