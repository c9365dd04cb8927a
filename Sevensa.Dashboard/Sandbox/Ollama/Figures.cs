using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>Turns the tools' answers into words, figures as they came.</summary>
internal static partial class Figures
{
    public static string Container(JsonObject c)
    {
        var parts = new[]
        {
            Word(c, "image"),
            Word(c, "state"),
            Word(c, "health"),
            Word(c, "host") is { Length: > 0 } host ? "on " + host : "",
        };
        return $"{Word(c, "name")}: {string.Join(", ", parts.Where(p => p.Length > 0))}";
    }

    public static string Release(JsonObject r)
    {
        var at = Word(r, "at") is { Length: > 0 } a ? a : Word(r, "startedAt");
        var who = Word(r, "by");
        return $"{Word(r, "service")} {(Word(r, "image") is { Length: > 0 } i ? i : Word(r, "version"))}"
            + (at.Length > 0 ? $" since {Moment(at)}" : "")
            + (who.Length > 0 ? $" by {who}" : "");
    }

    public static string Change(JsonObject c) =>
        $"{Moment(Word(c, "at"))}: {Cut(Word(c, "text") + Word(c, "what"), 200)}";

    /// <summary>A figure as a number; NaN when there is none.</summary>
    public static double Number(JsonNode? node) =>
        node is JsonValue value
        && value.TryGetValue<JsonElement>(out var element)
        && element.ValueKind == JsonValueKind.Number
            ? element.GetDouble()
            : double.NaN;

    public static string Metric(ToolResult result)
    {
        if (result.Data is not JsonObject found)
        {
            return Cut(result.Text, 200);
        }
        if (Word(found, "note") is { Length: > 0 } note && found["now"] is null)
        {
            return $"{Named(Word(found, "metric"))}: {note.TrimEnd('.')}";
        }
        var unit = Word(found, "unit");
        var name = Named(Word(found, "metric"));
        var now = Amount(found["now"] ?? found["value"] ?? found["current"], unit);
        var range =
            Amount(found["lowest"] ?? found["min"], unit) is { Length: > 0 } low
            && Amount(found["highest"] ?? found["max"], unit) is { Length: > 0 } high
                ? $" (between {low} and {high} in the hours before)"
                : "";
        return $"{name} is {(now.Length > 0 ? now : "unknown")} now{range}";
    }

    /// <summary>A figure's name in a sentence.</summary>
    public static string Named(string metric) =>
        metric.ToLowerInvariant() switch
        {
            "latencyp95" => "p95 latency",
            "errorshare" => "error share",
            "requestrate" => "request rate",
            "memoryshare" => "memory against its limit",
            "memorylimit" => "memory limit",
            "cpu" => "CPU",
            var plain => plain,
        };

    /// <summary>Lines of a log answer, whichever member holds them.</summary>
    public static IEnumerable<string> Lines(ToolResult result)
    {
        var lines = result.Data switch
        {
            JsonArray array => array,
            JsonObject page => page.FirstOrDefault(m => m.Value is JsonArray).Value as JsonArray ?? [],
            _ => [],
        };
        return lines
            .Select(l =>
                l is JsonObject o ? Word(o, "line") + Word(o, "text") + Word(o, "message") : ToolResult.Word(l)
            )
            .Where(l => l.Length > 0)
            .Select(l => Cut(Message(l), 240));
    }

    /// <summary>What a line says where it is JSON with a message inside; else the line.</summary>
    private static string Message(string line)
    {
        if (line[0] != '{')
        {
            return line;
        }
        try
        {
            return
                JsonNode.Parse(line) is JsonObject json
                && (Word(json, "msg") + Word(json, "message")) is { Length: > 0 } said
                ? Word(json, "level") is { Length: > 0 } level
                    ? $"{level}: {said}"
                    : said
                : line;
        }
        catch (JsonException)
        {
            return line;
        }
    }

    /// <summary>A time as people write it.</summary>
    private static string Moment(string at) =>
        DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.None, out var moment)
            ? moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)
            : at;

    public static bool IsService(JsonObject item, string service)
    {
        var named = Word(item, "service");
        return named == service
            || (named.Length == 0 && Word(item, "name").Contains($"-{service}-", StringComparison.Ordinal));
    }

    public static bool AddressesAssistant(string text) => Addressed().IsMatch(text);

    public static string Cut(string text, int most) => text.Length <= most ? text : text[..most] + "…";

    private static string Word(JsonObject json, string name) => ToolResult.Word(json[name]);

    private static string Amount(JsonNode? node, string unit)
    {
        if (node?.GetValueKind() != JsonValueKind.Number)
        {
            return ToolResult.Word(node);
        }
        var value = node.AsValue().GetValue<JsonElement>().GetDouble();
        return unit.ToLowerInvariant() switch
        {
            "bytes" => Shown(value / 1024 / 1024, "0", " MiB"),
            "seconds" or "s" => Shown(value * 1000, "0", " ms"),
            "ratio" or "share" or "share (0-1)" => Shown(value * 100, "0.##", " %"),
            "" => Shown(value, "0.###", ""),
            _ => Shown(value, "0.###", " " + unit),
        };
    }

    private static string Shown(double value, string format, string unit) =>
        value.ToString(format, CultureInfo.InvariantCulture) + unit;

    [GeneratedRegex(@"\bignore\b.{0,40}\binstructions\b|\byou are now\b|\bcall propose\b", RegexOptions.IgnoreCase)]
    private static partial Regex Addressed();
}
