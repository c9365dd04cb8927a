using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Automation.Components;

/// <summary>Lists of a policy that a form shows a line each: conditions by their expressions, windows by days and times.</summary>
internal static class PolicyLines
{
    public const string Conditions = "conditions";
    public const string Allowed = "windows.allowed";
    public const string Forbidden = "windows.forbidden";

    private const string Query = "query";

    public static bool Are(string path) => path is Conditions or Allowed or Forbidden;

    /// <summary>Whether each of a list can be said on a line; what can't is put right in the text.</summary>
    public static bool CanBe(string path, JsonNode? list) =>
        list is null
        || (
            list is JsonArray all
            && all.All(one =>
                one is JsonObject member
                && Line(path, member) is { } line
                && !line.Contains('\n', StringComparison.Ordinal)
            )
        );

    public static string Write(string path, JsonNode? list) =>
        string.Join('\n', (list as JsonArray ?? []).Select(one => Line(path, (JsonObject)one!)));

    /// <param name="before">What stood there: the words of a condition stay with its expression.</param>
    public static JsonArray Read(string path, string text, JsonNode? before) =>
        new([
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(line => path == Conditions ? Condition(line, before) : Window(line)),
        ]);

    private static JsonNode Condition(string line, JsonNode? before) =>
        (before as JsonArray)?.FirstOrDefault(one => Line(Conditions, (JsonObject)one!) == line)?.DeepClone()
        ?? new JsonObject { [Query] = line };

    private static string? Line(string path, JsonObject member) =>
        path == Conditions ? Text(member[Query])
        : Text(member["from"]) is { } from && Text(member["to"]) is { } to && Days(member["days"]) is { } days
            ? $"{days} {from}-{to}".Trim()
        : null;

    private static string? Days(JsonNode? days) =>
        days switch
        {
            null => "",
            JsonArray all when all.All(one => Text(one) is not null) => string.Join(", ", all.Select(Text)),
            _ => null,
        };

    /// <summary>Of what is no window the parts are kept as they are, so that who reads it says what is wrong with which.</summary>
    private static JsonObject Window(string line)
    {
        var (days, times) = line.LastIndexOf(' ') is >= 0 and var space
            ? (line[..space], line[(space + 1)..])
            : ("", line);
        var (from, to) = times.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash
            ? (times[..dash], times[(dash + 1)..])
            : (times, "");
        var window = new JsonObject();
        if (days.Trim(',', ' ').Length > 0)
        {
            window["days"] = new JsonArray([
                .. days.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Select(day => (JsonNode)day.ToLowerInvariant()),
            ]);
        }
        (window["from"], window["to"]) = (from, to);
        return window;
    }

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
