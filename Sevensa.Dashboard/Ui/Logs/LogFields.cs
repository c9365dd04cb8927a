using System.Text.Json;

namespace Sevensa.Dashboard.Ui.Logs;

/// <summary>How a line carries its fields.</summary>
public enum LogFieldFormat
{
    Json,
    Logfmt,
}

/// <summary>The fields that a line itself holds; text that only looks like JSON or logfmt has none.</summary>
/// <param name="Whole">There is nothing in the line beside its fields.</param>
public sealed record LogFieldSet(
    LogFieldFormat Format,
    IReadOnlyList<KeyValuePair<string, string>> Fields,
    bool Whole = true
)
{
    /// <summary>Longer lines are not taken apart.</summary>
    public const int LongestLine = 64 * 1024;

    private const int MostFields = 100;
    private const int Deepest = 4;

    public static LogFieldSet? Read(string line)
    {
        var text = line.AsSpan().Trim();
        if (text.Length is < 2 or > LongestLine)
        {
            return null;
        }
        return text[0] == '{' ? Json(line) : Logfmt(text);
    }

    public string? this[string name] => Fields.FirstOrDefault(field => field.Key == name).Value;

    private static LogFieldSet? Json(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 32 });
            var fields = new List<KeyValuePair<string, string>>();
            Flatten("", document.RootElement, fields, 0);
            return fields.Count > 0 ? new LogFieldSet(LogFieldFormat.Json, fields) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    // Names are joined as Loki joins them, so that a filter by name finds what is shown. Lists are left whole.
    private static void Flatten(
        string prefix,
        JsonElement element,
        List<KeyValuePair<string, string>> fields,
        int depth
    )
    {
        foreach (var property in element.EnumerateObject())
        {
            if (fields.Count >= MostFields)
            {
                return;
            }
            var name = prefix.Length == 0 ? property.Name : $"{prefix}_{property.Name}";
            if (property.Value.ValueKind == JsonValueKind.Object && depth < Deepest)
            {
                Flatten(name, property.Value, fields, depth + 1);
            }
            else
            {
                fields.Add(
                    new(
                        name,
                        property.Value.ValueKind == JsonValueKind.String
                            ? property.Value.GetString() ?? ""
                            : property.Value.GetRawText()
                    )
                );
            }
        }
    }

    /// <summary>At least two pairs, the first of them at the beginning: prose with one equals sign is no logfmt.</summary>
    private static LogFieldSet? Logfmt(ReadOnlySpan<char> text)
    {
        var fields = new List<KeyValuePair<string, string>>();
        var at = 0;
        var whole = true;
        while (at < text.Length && fields.Count < MostFields)
        {
            while (at < text.Length && text[at] == ' ')
            {
                at++;
            }
            var name = at;
            while (at < text.Length && text[at] is not ('=' or ' ' or '"'))
            {
                at++;
            }
            if (at >= text.Length || text[at] != '=' || at == name)
            {
                if (fields.Count == 0)
                {
                    return null;
                }
                whole = false;
                while (at < text.Length && text[at] != ' ')
                {
                    at++;
                }
                continue;
            }
            var key = text[name..at].ToString();
            at++;
            fields.Add(new(key, Value(text, ref at)));
        }
        return fields.Count > 1 ? new LogFieldSet(LogFieldFormat.Logfmt, fields, whole && at >= text.Length) : null;
    }

    private static string Value(ReadOnlySpan<char> text, ref int at)
    {
        if (at >= text.Length || text[at] != '"')
        {
            var start = at;
            while (at < text.Length && text[at] != ' ')
            {
                at++;
            }
            return text[start..at].ToString();
        }
        var value = new System.Text.StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
                value.Append(
                    text[at] switch
                    {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        var other => other,
                    }
                );
                continue;
            }
            value.Append(text[at]);
        }
        at++;
        return value.ToString();
    }
}
