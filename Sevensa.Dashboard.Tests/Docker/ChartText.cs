using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Docker;

/// <summary>
/// A chart's templates with its values, as far as ours go in Helm's language: names, <c>quote</c>, <c>if</c>, <c>range</c> over a map
/// and the marks that eat white space. Anything else is a fault of the chart: keep it that simple.
/// </summary>
internal sealed partial class ChartText
{
    private readonly List<(string? Text, string? Action)> parts = [];
    private readonly JsonObject values;
    private readonly StringBuilder made = new();

    private ChartText(string template, JsonObject values)
    {
        this.values = values;
        var (at, eat) = (0, false);
        foreach (Match match in Action().Matches(template))
        {
            Add(template[at..match.Index], eat, match.Groups[1].Value.Length > 0);
            parts.Add((null, match.Groups[2].Value));
            (at, eat) = (match.Index + match.Length, match.Groups[3].Value.Length > 0);
        }
        Add(template[at..], eat, false);
    }

    public static string Render(string template, JsonObject values)
    {
        var chart = new ChartText(template, values);
        chart.Run(0, [], true);
        return chart.made.ToString();
    }

    /// <summary>Every object of the chart with its own values, changed as is said.</summary>
    public static IReadOnlyList<JsonObject> Objects(string folder, Action<JsonObject>? change = null)
    {
        var values = (JsonObject)YamlText.Read(File.ReadAllText(Path.Combine(folder, "values.yaml")))!;
        change?.Invoke(values);
        return
        [
            .. Directory
                .GetFiles(Path.Combine(folder, "templates"))
                .Order(StringComparer.Ordinal)
                .SelectMany(file => Render(File.ReadAllText(file), values).Split("---\n"))
                .Select(YamlText.Read)
                .OfType<JsonObject>(),
        ];
    }

    private void Add(string text, bool eatLeft, bool eatRight)
    {
        text = eatLeft ? text.TrimStart() : text;
        parts.Add((eatRight ? text.TrimEnd() : text, null));
    }

    /// <returns>Where the block's end stands.</returns>
    private int Run(int at, Dictionary<string, string> names, bool write)
    {
        for (; at < parts.Count; at++)
        {
            var (text, action) = parts[at];
            if (text is not null)
            {
                made.Append(write ? text : "");
            }
            else if (action == "end")
            {
                return at;
            }
            else if (action!.StartsWith("if ", StringComparison.Ordinal))
            {
                at = Run(at + 1, names, write && Holds(Value(action[3..], names)));
            }
            else if (Range().Match(action) is { Success: true } range)
            {
                var map = ((JsonObject?)Value(range.Groups[3].Value, names) ?? [])
                    .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .ToList();
                var end = Run(at + 1, names, false);
                foreach (var (key, value) in map)
                {
                    Run(
                        at + 1,
                        new(names) { [range.Groups[1].Value] = key, [range.Groups[2].Value] = value!.ToString() },
                        write
                    );
                }
                at = end;
            }
            else if (write)
            {
                made.Append(Text(action, names));
            }
        }
        return at;
    }

    private string Text(string action, Dictionary<string, string> names)
    {
        var words = action.Split('|', StringSplitOptions.TrimEntries);
        var value = Value(words[0], names)?.ToString() ?? "";
        return words switch
        {
            [_] => value,
            [_, "quote"] => JsonValue.Create(value).ToJsonString(),
            _ => throw new InvalidOperationException($"{{{{ {action} }}}} is more than is read here."),
        };
    }

    private JsonNode? Value(string name, Dictionary<string, string> names)
    {
        if (name.StartsWith('$') && names.TryGetValue(name, out var local))
        {
            return JsonValue.Create(local);
        }
        var path = name.TrimStart('$');
        if (path == ".Release.Namespace")
        {
            return JsonValue.Create("sevensa-system");
        }
        if (!path.StartsWith(".Values.", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{name} is no value.");
        }
        JsonNode? found = values;
        foreach (var step in path[".Values.".Length..].Split('.'))
        {
            found =
                found is JsonObject map && map.ContainsKey(step)
                    ? map[step]
                    : throw new InvalidOperationException($"values.yaml has no {path}.");
        }
        return found;
    }

    private static bool Holds(JsonNode? value) =>
        value switch
        {
            null => false,
            JsonObject map => map.Count > 0,
            _ => value.ToString() is not ("" or "false" or "0"),
        };

    [GeneratedRegex(@"\{\{(-?)\s*(.*?)\s*(-?)\}\}")]
    private static partial Regex Action();

    [GeneratedRegex(@"^range (\$\w+), (\$\w+) := (\S+)$")]
    private static partial Regex Range();
}
