using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>What one member of a policy said, and says.</summary>
/// <param name="At">The member: <c>budget.perDay</c>.</param>
/// <param name="Before">Null where it was not said.</param>
/// <param name="After">Null where it is not said any more.</param>
internal sealed record PolicyDifference(string At, string? Before, string? After);

/// <summary>Two policies as they are written down, held against each other member by member.</summary>
internal static class PolicyDifferences
{
    /// <summary>In the order in which they are written down.</summary>
    public static IReadOnlyList<PolicyDifference> Of(JsonNode before, JsonNode after)
    {
        var (then, now) = (Members(before), Members(after));
        return
        [
            .. then
                .Keys.Union(now.Keys)
                .Select(at => new PolicyDifference(at, then.GetValueOrDefault(at), now.GetValueOrDefault(at)))
                .Where(one => one.Before != one.After),
        ];
    }

    private static Dictionary<string, string> Members(JsonNode whole)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(found, "", whole);
        return found;
    }

    private static void Add(Dictionary<string, string> found, string at, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, value) in map)
                {
                    Add(found, PolicySchema.Joined(at, name), value);
                }
                break;
            // A list of words is read at once; of what has members each is one of its own.
            case JsonArray list when list.Any(one => one is JsonObject or JsonArray):
                foreach (var (index, value) in list.Index())
                {
                    Add(found, $"{at}[{index}]", value);
                }
                break;
            case JsonArray { Count: > 0 } list:
                found[at] = string.Join(", ", list.Select(Word));
                break;
            case JsonValue value:
                found[at] = Word(value);
                break;
        }
    }

    private static string Word(JsonNode? value) =>
        value is null ? "null"
        : value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>()
        : value.ToJsonString();
}
