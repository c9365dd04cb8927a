using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Dashboards.Variables;

/// <summary>A variable with the values it has now.</summary>
/// <param name="Many">Its values stand in a regular expression: several may be chosen, or all.</param>
/// <param name="Raw">What stands for "all" when the author wrote it; goes in as it is.</param>
internal sealed record VariableValue(
    string Name,
    IReadOnlyList<string> Values,
    bool Many = false,
    string? Raw = null,
    IReadOnlyList<string>? Texts = null
);

/// <summary>
/// Puts values into a text: <c>$name</c>, <c>${name}</c>, <c>${name:format}</c>, <c>[[name]]</c>. A name that is not known
/// stays as it is. Within a quoted string a value can't end the string; what it does elsewhere is for the parser and the
/// scope to judge, which see the whole.
/// </summary>
internal static partial class VariableText
{
    private const int Longest = 200_000;

    /// <summary>For a query: values are escaped for where they stand.</summary>
    public static string InQuery(string text, IReadOnlyDictionary<string, VariableValue> known) =>
        Expand(text, known, inQuery: true, depth: 0);

    /// <summary>For a title, a legend or a text.</summary>
    public static string InWords(string text, IReadOnlyDictionary<string, VariableValue> known) =>
        Expand(text, known, inQuery: false, depth: 0);

    /// <summary>The names that a text speaks of.</summary>
    public static IEnumerable<string> Names(string text) => Named().Matches(text).Select(NameOf);

    private static string Expand(string text, IReadOnlyDictionary<string, VariableValue> known, bool inQuery, int depth)
    {
        if (!text.Contains('$') && !text.Contains("[[", StringComparison.Ordinal))
        {
            return text;
        }
        var result = new StringBuilder(text.Length + 64);
        var (from, quote) = (0, '\0');
        foreach (Match match in Named().Matches(text))
        {
            quote = inQuery ? Quote(text.AsSpan(from, match.Index - from), quote) : '\0';
            result.Append(text, from, match.Index - from);
            from = match.Index + match.Length;
            if (!known.TryGetValue(NameOf(match), out var value))
            {
                result.Append(match.Value);
                continue;
            }
            var format = FormatOf(match);
            result.Append(
                value.Raw is { } raw && format is not ("text" or "queryparam")
                    ? depth < 3
                        ? Expand(raw, known, inQuery, depth + 1)
                        : raw
                    : !inQuery
                        ? Formatted(value, format ?? "text")
                        : Escaped(format is null ? Plain(value) : Formatted(value, format), quote)
            );
            if (result.Length > Longest)
            {
                throw new VariableTextException(
                    $"The query is longer than {Longest:N0} characters with its variables' values. Choose fewer values."
                );
            }
        }
        return result.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>As Grafana's Prometheus source does it: several are an alternation of regular expressions.</summary>
    private static string Plain(VariableValue value) =>
        !value.Many ? value.Values.FirstOrDefault("")
        : value.Values.Count == 1 ? RegexEscaped(value.Values[0])
        : $"({string.Join('|', value.Values.Select(RegexEscaped))})";

    private static string Formatted(VariableValue value, string format)
    {
        var values = value.Values;
        var colon = format.IndexOf(':', StringComparison.Ordinal);
        var (name, argument) = colon < 0 ? (format, "") : (format[..colon], format[(colon + 1)..]);
        return name switch
        {
            "regex" => values.Count == 1
                ? RegexEscaped(values[0])
                : $"({string.Join('|', values.Select(RegexEscaped))})",
            "pipe" => string.Join('|', values),
            "csv" or "raw" => string.Join(',', values),
            "json" => values.Count == 1 ? JsonSerializer.Serialize(values[0]) : JsonSerializer.Serialize(values),
            "glob" => values.Count > 1 ? $"{{{string.Join(',', values)}}}" : values.FirstOrDefault(""),
            "doublequote" => string.Join(
                ',',
                values.Select(one => $"\"{one.Replace("\"", "\\\"", StringComparison.Ordinal)}\"")
            ),
            "singlequote" => string.Join(
                ',',
                values.Select(one => $"'{one.Replace("'", "\\'", StringComparison.Ordinal)}'")
            ),
            "sqlstring" => string.Join(
                ',',
                values.Select(one => $"'{one.Replace("'", "''", StringComparison.Ordinal)}'")
            ),
            "lucene" => values.Count > 1
                ? $"({string.Join(" OR ", values.Select(one => $"\"{one}\""))})"
                : values.FirstOrDefault(""),
            "distributed" => string.Join(',', values.Select((one, index) => index == 0 ? one : $"{value.Name}={one}")),
            "percentencode" or "uriencode" => Uri.EscapeDataString(string.Join(',', values)),
            "queryparam" => string.Join(
                '&',
                values.Select(one => $"var-{Uri.EscapeDataString(value.Name)}={Uri.EscapeDataString(one)}")
            ),
            "text" => string.Join(" + ", value.Texts ?? values),
            "date" => Date(values.FirstOrDefault(""), argument),
            _ => string.Join(',', values),
        };
    }

    private static string Date(string milliseconds, string format)
    {
        if (
            !long.TryParse(milliseconds, CultureInfo.InvariantCulture, out var at)
            || Math.Abs(at) > 253_402_300_799_000
        )
        {
            return milliseconds;
        }
        var moment = DateTimeOffset.FromUnixTimeMilliseconds(at).UtcDateTime;
        return format switch
        {
            "" or "iso" => moment.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            "seconds" => (at / 1000).ToString(CultureInfo.InvariantCulture),
            _ => Moments()
                .Replace(
                    format,
                    part =>
                        part.Value switch
                        {
                            "YYYY" => moment.ToString("yyyy", CultureInfo.InvariantCulture),
                            "YY" => moment.ToString("yy", CultureInfo.InvariantCulture),
                            "DD" => moment.ToString("dd", CultureInfo.InvariantCulture),
                            _ => moment.ToString(part.Value, CultureInfo.InvariantCulture),
                        }
                ),
        };
    }

    /// <summary>Whether the text so far leaves a string open, and by which quote.</summary>
    private static char Quote(ReadOnlySpan<char> text, char quote)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (quote == '\0')
            {
                if (letter == '#')
                {
                    var end = text[i..].IndexOf('\n');
                    if (end < 0)
                    {
                        return quote;
                    }
                    i += end;
                }
                else if (letter is '"' or '\'' or '`')
                {
                    quote = letter;
                }
            }
            else if (letter == '\\' && quote != '`')
            {
                i++;
            }
            else if (letter == quote)
            {
                quote = '\0';
            }
        }
        return quote;
    }

    private static string Escaped(string value, char quote) =>
        quote switch
        {
            '\0' => value,
            // Nothing can be escaped in there, so what would end it goes.
            '`' => value.Replace("`", "", StringComparison.Ordinal),
            _ => value
                .Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace(quote.ToString(), $"\\{quote}", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal),
        };

    private static string RegexEscaped(string value) => Special().Replace(value, @"\$0");

    private static string NameOf(Match match) =>
        match.Groups["plain"].Success ? match.Groups["plain"].Value
        : match.Groups["square"].Success ? match.Groups["square"].Value
        : match.Groups["name"].Value;

    private static string? FormatOf(Match match) =>
        match.Groups["format"].Success ? match.Groups["format"].Value
        : match.Groups["old"].Success ? match.Groups["old"].Value
        : null;

    [GeneratedRegex(
        @"\$(?<plain>\w+)|\[\[(?<square>\w+?)(?::(?<old>\w+))?\]\]|\$\{(?<name>\w+)(?:\.[^:}]+)?(?::(?<format>[^}]+))?\}"
    )]
    private static partial Regex Named();

    [GeneratedRegex(@"[\\$^*{}\[\]+?.()|]")]
    private static partial Regex Special();

    [GeneratedRegex("YYYY|YY|MM|DD|HH|mm|ss")]
    private static partial Regex Moments();
}

/// <summary>The values make a text that is too long to be asked.</summary>
internal sealed class VariableTextException(string message) : Exception(message);
