using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>Calls of tools that a model wrote as JSON, under the names that models are trained to write.</summary>
/// <param name="isSure">A mark that only calls have stands before: any name is one, also without arguments.</param>
internal sealed partial class JsonCalls(bool isSure, Func<string, bool> isKnown)
{
    private static readonly string[] Names = CallWords.Name.Split('|');

    private static readonly string[] Arguments = CallWords.Arguments.Split('|');

    private static readonly string[] Wraps = CallWords.Wraps.Split('|');

    public static ModelCall Call(string name, JsonElement arguments) =>
        new($"written_{Guid.NewGuid():n}"[..16], name, arguments, IsWritten: true);

    /// <summary>The calls that a value of JSON is.</summary>
    public IEnumerable<ModelCall> In(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            return json.EnumerateArray().SelectMany(In);
        }
        if (json.ValueKind != JsonValueKind.Object)
        {
            return [];
        }
        foreach (var wrap in Wraps)
        {
            if (
                json.TryGetProperty(wrap, out var inside)
                && inside.ValueKind is JsonValueKind.Array or JsonValueKind.Object
            )
            {
                return In(inside);
            }
        }
        var members = json.EnumerateObject().ToList();
        var name = Names
            .Select(member => ModelJson.Text(json, member))
            .FirstOrDefault(found => found is not null && Word().IsMatch(found));
        if (name is null)
        {
            // The tool's name itself as the key.
            return members is [{ Value.ValueKind: JsonValueKind.Object } only] && isKnown(only.Name)
                ? [Call(only.Name, only.Value)]
                : [];
        }
        var given = members.Find(member => Arguments.Contains(member.Name));
        var isCall =
            given.Value.ValueKind != JsonValueKind.Undefined
                ? isKnown(name) || isSure || IsNothingElse(members)
                // Without arguments it is a call only where nothing else stands beside a name that is a tool's.
                : (isKnown(name) || isSure) && members.Count <= 2;
        return isCall
            ?
            [
                Call(
                    name,
                    given.Value.ValueKind == JsonValueKind.Undefined
                        ? ModelJson.Empty
                        : ModelJson.Arguments(given.Value)
                ),
            ]
            : [];
    }

    private static bool IsNothingElse(List<JsonProperty> members) =>
        members.TrueForAll(member =>
            member.Name is "type" or "id" or "tool_call_id"
            || Names.Contains(member.Name)
            || (
                Arguments.Contains(member.Name)
                && member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.String or JsonValueKind.Null
            )
        );

    [GeneratedRegex(@"^[A-Za-z_][\w.\-]{0,80}$")]
    private static partial Regex Word();
}
