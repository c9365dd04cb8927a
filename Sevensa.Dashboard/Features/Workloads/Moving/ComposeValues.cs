using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>Compose's short and long forms as one, and its figures in Kubernetes' canonical writing.</summary>
internal static partial class ComposeValues
{
    public static string? Text(JsonNode? node) => node is JsonValue value ? value.GetValue<string>() : null;

    public static IReadOnlyList<string> Words(JsonNode? node) =>
        node switch
        {
            JsonArray list => [.. list.Select(Text).OfType<string>()],
            JsonObject map => [.. map.Select(pair => pair.Key)],
            _ => Text(node) is { } one ? [one] : [],
        };

    /// <summary>A mapping, or a list of <c>name=value</c>; null where only the name stands.</summary>
    public static IReadOnlyList<KeyValuePair<string, string?>> Pairs(JsonNode? node) =>
        node is JsonObject map
            ? [.. map.Select(pair => KeyValuePair.Create(pair.Key, Text(pair.Value)))]
            :
            [
                .. Words(node)
                    .Select(line => line.Split('=', 2))
                    .Select(parts => KeyValuePair.Create(parts[0], parts.Length > 1 ? parts[1] : null)),
            ];

    /// <summary>A DNS label (RFC 1123) of at most 50 characters, so that what controllers add still fits.</summary>
    public static string Label(string name)
    {
        var made = Unfit().Replace(name.ToLowerInvariant(), "-").Trim('-');
        made = made.Length > 50 ? made[..50].TrimEnd('-') : made;
        return made.Length == 0 ? "x" : made;
    }

    /// <summary>Seconds of <c>1m30s</c> or <c>500ms</c>, rounded up; null when it is none.</summary>
    public static int? Seconds(string? text)
    {
        if (text is null or { Length: > 16 } || !Duration().IsMatch(text))
        {
            return null;
        }
        var sum = Part()
            .Matches(text)
            .Sum(part =>
                decimal.Parse(part.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                * part.Groups[2].Value switch
                {
                    "h" => 3600,
                    "m" => 60,
                    "s" => 1,
                    "ms" => 0.001m,
                    _ => 0.000001m,
                }
            );
        return sum > int.MaxValue ? null : (int)Math.Ceiling(sum);
    }

    /// <summary><c>512m</c>, <c>1g</c> or bytes as <c>512Mi</c>; null when it is none or nothing.</summary>
    public static string? Memory(string? text)
    {
        var match = Bytes().Match(text is { Length: <= 16 } ? text.Trim().ToLowerInvariant() : "");
        if (
            !match.Success || !decimal.TryParse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var number)
        )
        {
            return null;
        }
        var power = match.Groups[2].Value switch
        {
            "k" => 1,
            "m" => 2,
            "g" => 3,
            "t" => 4,
            _ => 0,
        };
        for (var i = 0; i < power; i++)
        {
            number *= 1024;
        }
        if (number < 1 || number > long.MaxValue)
        {
            return null;
        }
        var (bytes, unit) = ((long)number, 0);
        while (unit < 4 && bytes % 1024 == 0)
        {
            (bytes, unit) = (bytes / 1024, unit + 1);
        }
        return bytes.ToString(CultureInfo.InvariantCulture) + new[] { "", "Ki", "Mi", "Gi", "Ti" }[unit];
    }

    /// <summary><c>0.5</c> as <c>500m</c>, <c>2.0</c> as <c>2</c>.</summary>
    public static string? Processors(string? text)
    {
        if (
            !decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
            || number <= 0
            || number > 100_000
        )
        {
            return null;
        }
        var milli = (int)Math.Ceiling(number * 1000);
        return milli % 1000 == 0
            ? (milli / 1000).ToString(CultureInfo.InvariantCulture)
            : milli.ToString(CultureInfo.InvariantCulture) + "m";
    }

    /// <summary>A command line as a shell would split it, without a shell.</summary>
    public static IReadOnlyList<string> Command(JsonNode? node)
    {
        if (node is JsonArray)
        {
            return Words(node);
        }
        return
        [
            .. Argument()
                .Matches(Text(node) ?? "")
                .Select(match =>
                    match.Value.Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal)
                ),
        ];
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Unfit();

    [GeneratedRegex(@"^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us))+$")]
    private static partial Regex Duration();

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(h|ms|m|s|us)")]
    private static partial Regex Part();

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)\s*(?:([kmgt])i?)?b?$")]
    private static partial Regex Bytes();

    [GeneratedRegex("""(?:[^\s"']|"[^"]*"|'[^']*')+""")]
    private static partial Regex Argument();
}
