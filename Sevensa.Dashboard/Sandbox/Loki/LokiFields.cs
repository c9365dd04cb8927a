using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Sandbox.Loki;

/// <summary>Reads the fields of lines.</summary>
internal static class LokiFields
{
    public static bool Json(PipedLine line, IReadOnlyList<LabelExtraction> wanted)
    {
        try
        {
            using var json = JsonDocument.Parse(line.Text);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException();
            }
            line.Extract(
                wanted.Count == 0
                    ? Flatten("", json.RootElement)
                    : [.. wanted.Select(w => (w.Label, At(json.RootElement, w.Path)))]
            );
        }
        catch (JsonException)
        {
            line.Labels = line.Labels.With("__error__", "JSONParserErr");
        }
        return true;
    }

    public static bool Logfmt(PipedLine line, IReadOnlyList<LabelExtraction> wanted)
    {
        var fields = Pairs(line.Text).ToList();
        line.Extract(
            wanted.Count == 0
                ? fields
                : [.. wanted.Select(w => (w.Label, fields.FirstOrDefault(f => f.Name == w.Path).Value ?? ""))]
        );
        return true;
    }

    public static bool Regexp(PipedLine line, Regex regex)
    {
        var match = regex.Match(line.Text);
        if (match.Success)
        {
            line.Extract(
                match.Groups.Cast<Group>().Where(g => !char.IsAsciiDigit(g.Name[0])).Select(g => (g.Name, g.Value))
            );
        }
        return true;
    }

    /// <summary>The fields of a line in whichever form it is, for the list of fields.</summary>
    public static (string Parser, List<(string Name, string Value)> Fields) Detect(string text)
    {
        if (text.StartsWith('{'))
        {
            try
            {
                using var json = JsonDocument.Parse(text);
                return ("json", [.. Flatten("", json.RootElement)]);
            }
            catch (JsonException)
            {
                return ("", []);
            }
        }
        var pairs = Pairs(text).ToList();
        return pairs.Count >= 2 && Regex.IsMatch(text, @"^\w+=") ? ("logfmt", pairs) : ("", []);
    }

    public static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Seconds of a Go duration.</summary>
    public static double? Seconds(string text)
    {
        double sum = 0;
        var rest = text.TrimStart('-');
        while (rest.Length > 0)
        {
            var match = Regex.Match(rest, @"^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)");
            if (!match.Success)
            {
                return null;
            }
            sum +=
                double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
                * match.Groups[2].Value switch
                {
                    "ns" => 1e-9,
                    "us" or "µs" => 1e-6,
                    "ms" => 1e-3,
                    "s" => 1,
                    "m" => 60,
                    "h" => 3600,
                    _ => 86400,
                };
            rest = rest[match.Length..];
        }
        return text.Length == 0 ? null
            : text[0] == '-' ? -sum
            : sum;
    }

    public static double? Bytes(string text)
    {
        var match = Regex.Match(text, @"^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?\s*$", RegexOptions.IgnoreCase);
        if (!match.Success)
        {
            return null;
        }
        var unit = match.Groups[3].Length > 0 ? 1024.0 : 1000.0;
        var power = match.Groups[2].Value.ToUpperInvariant() switch
        {
            "K" => 1,
            "M" => 2,
            "G" => 3,
            "T" => 4,
            _ => 0,
        };
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * Math.Pow(unit, power);
    }

    private static List<(string, string)> Flatten(string prefix, JsonElement json)
    {
        var fields = new List<(string, string)>();
        foreach (var member in json.EnumerateObject())
        {
            var name = Regex.Replace(prefix + member.Name, @"\W", "_");
            switch (member.Value.ValueKind)
            {
                case JsonValueKind.Object:
                    fields.AddRange(Flatten(name + "_", member.Value));
                    break;
                case JsonValueKind.Array or JsonValueKind.Null:
                    break;
                default:
                    fields.Add((name, Text(member.Value)));
                    break;
            }
        }
        return fields;
    }

    private static string At(JsonElement json, string path)
    {
        foreach (Match step in Regex.Matches(path, @"\[(\d+)\]|\[""([^""]*)""\]|([^.\[\]]+)"))
        {
            if (step.Groups[1].Success)
            {
                var index = int.Parse(step.Groups[1].Value, CultureInfo.InvariantCulture);
                if (json.ValueKind != JsonValueKind.Array || index >= json.GetArrayLength())
                {
                    return "";
                }
                json = json[index];
            }
            else if (
                json.ValueKind != JsonValueKind.Object
                || !json.TryGetProperty(step.Groups[2].Success ? step.Groups[2].Value : step.Groups[3].Value, out json)
            )
            {
                return "";
            }
        }
        return Text(json);
    }

    private static string Text(JsonElement json) =>
        json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText();

    private static IEnumerable<(string Name, string Value)> Pairs(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            while (at < text.Length && text[at] == ' ')
            {
                at++;
            }
            var start = at;
            while (at < text.Length && text[at] is not (' ' or '='))
            {
                at++;
            }
            var name = text[start..at];
            if (at >= text.Length || text[at] != '=')
            {
                continue;
            }
            at++;
            var value = new StringBuilder();
            if (at < text.Length && text[at] == '"')
            {
                for (at++; at < text.Length && text[at] != '"'; at++)
                {
                    if (text[at] == '\\' && at + 1 < text.Length)
                    {
                        at++;
                    }
                    value.Append(text[at]);
                }
                at++;
            }
            else
            {
                for (; at < text.Length && text[at] != ' '; at++)
                {
                    value.Append(text[at]);
                }
            }
            if (name.Length > 0)
            {
                yield return (Regex.Replace(name, @"\W", "_"), value.ToString());
            }
        }
    }
}
