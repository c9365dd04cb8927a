using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>What a figure measures. One that measures something else bears nothing out.</summary>
internal enum Measure
{
    /// <summary>It is not known, and may be any.</summary>
    Any,
    Seconds,
    Bytes,
    Share,
    Cores,
    Rate,
    Count,
}

/// <summary>
/// The figures that the results of an answer hold, by what they measure: numbers of JSON, and numbers in words. Those of
/// times, addresses, ids and versions are none.
/// </summary>
internal sealed partial class KnownFigures(DateTimeOffset now)
{
    private static readonly string[] NoWords =
    [
        "id",
        "line",
        "link",
        "next",
        "image",
        "imagedigest",
        "now",
        "digest",
        "planhash",
        "name",
        "container",
        "host",
        "path",
        "version",
        "package",
        "installed",
        "fixedversion",
        "vulnerability",
    ];

    private readonly List<(double Value, Measure Measure)> known = [];

    /// <param name="texts">JSON as tools answer it, or words.</param>
    public static KnownFigures In(IEnumerable<string> texts, DateTimeOffset now)
    {
        var figures = new KnownFigures(now);
        foreach (var text in texts)
        {
            try
            {
                using var json = JsonDocument.Parse(text);
                figures.Read(json.RootElement, "", Measure.Any);
            }
            catch (JsonException)
            {
                figures.ReadWords(text);
            }
        }
        return figures;
    }

    /// <param name="value">In seconds, bytes, a share of one, or as it is.</param>
    /// <param name="said">As it was written, where its unit was not.</param>
    public bool Hold(double value, double said, Measure measure, double within) =>
        known.Exists(one =>
            (one.Measure == measure && Math.Abs(one.Value - value) <= within)
            // What has no unit may be written in any: "memoryLimit": 512 beside "512 MB".
            || (
                one.Measure == Measure.Any
                && (
                    Math.Abs(one.Value - value) <= within
                    || Math.Abs(one.Value - said) <= within * said / Math.Max(value, double.Epsilon)
                )
            )
        );

    private void Read(JsonElement element, string name, Measure around)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var unit =
                    element.TryGetProperty("unit", out var told) && told.ValueKind == JsonValueKind.String
                        ? OfUnit(told.GetString()!)
                        : around;
                foreach (var member in element.EnumerateObject())
                {
                    Read(member.Value, member.Name, unit);
                }
                break;
            case JsonValueKind.Array:
                Add(element.GetArrayLength(), Measure.Count);
                foreach (var group in Groups(element))
                {
                    Add(group, Measure.Count);
                }
                foreach (var item in element.EnumerateArray())
                {
                    Read(item, name, around);
                }
                break;
            case JsonValueKind.Number when element.TryGetDouble(out var value):
                var (measure, scale) = OfName(name) is { Measure: not Measure.Any } named ? named : (around, 1);
                Add(value * scale, measure);
                break;
            case JsonValueKind.String when IsTime(element.GetString()!, out var at):
                Add((now - at).TotalSeconds, Measure.Seconds);
                break;
            case JsonValueKind.String when !NoWords.Contains(name.ToLowerInvariant()):
                ReadWords(element.GetString()!);
                break;
        }
    }

    private static bool IsTime(string text, out DateTimeOffset at)
    {
        at = default;
        return text.Length >= 19
            && text[4] == '-'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at);
    }

    /// <summary>How many rows are alike in one of their words: "3 running", "2 critical".</summary>
    private static IEnumerable<int> Groups(JsonElement rows) =>
        rows.EnumerateArray()
            .Where(row => row.ValueKind == JsonValueKind.Object)
            .SelectMany(row => row.EnumerateObject())
            .Where(member =>
                member.Value.ValueKind is JsonValueKind.String or JsonValueKind.True or JsonValueKind.False
            )
            .GroupBy(member => (member.Name, Value: member.Value.ToString()))
            .Select(group => group.Count())
            .Distinct();

    private void ReadWords(string text)
    {
        foreach (Match figure in SaidFigures.Figures().Matches(text))
        {
            foreach (var value in SaidFigures.Readings(figure.Groups["n"].Value))
            {
                var (measure, scale) = OfUnitWord(figure.Groups["u"].Value);
                Add(value * scale, measure);
            }
        }
        foreach (Match number in Numbers().Matches(text))
        {
            if (double.TryParse(number.Value, CultureInfo.InvariantCulture, out var value))
            {
                Add(value, Measure.Any);
            }
        }
    }

    private void Add(double value, Measure measure) => known.Add((Math.Abs(value), measure));

    private static Measure OfUnit(string unit) =>
        unit switch
        {
            "seconds" => Measure.Seconds,
            "bytes" => Measure.Bytes,
            "cores" => Measure.Cores,
            "requests/s" => Measure.Rate,
            _ when unit.StartsWith("share", StringComparison.Ordinal) => Measure.Share,
            _ => Measure.Any,
        };

    /// <summary>What a member's name says of its number, and by how much that is to be taken.</summary>
    private static (Measure Measure, double Scale) OfName(string name)
    {
        var lower = name.ToLowerInvariant();
        return lower switch
        {
            _ when lower.Contains("bytes", StringComparison.Ordinal) => (Measure.Bytes, 1),
            _ when lower.Contains("percent", StringComparison.Ordinal) => (Measure.Share, 0.01),
            "kept" or "target" or "budgetleft" => (Measure.Share, 1),
            _ when lower.EndsWith("share", StringComparison.Ordinal)
                    || lower.EndsWith("ratio", StringComparison.Ordinal) => (Measure.Share, 1),
            "latency" or "latencyp95" => (Measure.Seconds, 1),
            _ when lower.Contains("seconds", StringComparison.Ordinal) => (Measure.Seconds, 1),
            _ when lower.Contains("minutes", StringComparison.Ordinal) => (Measure.Seconds, 60),
            _ when lower.Contains("hours", StringComparison.Ordinal) => (Measure.Seconds, 3600),
            _ when name.EndsWith("Ms", StringComparison.Ordinal) => (Measure.Seconds, 0.001),
            _ when lower.EndsWith("count", StringComparison.Ordinal) => (Measure.Count, 1),
            "total" or "lines" or "restarts" or "replicas" or "days" or "agedays" or "version" or "number" or "port" =>
                (Measure.Count, 1),
            _ => (Measure.Any, 1),
        };
    }

    /// <summary>What a unit behind a number measures, and how much of it one is.</summary>
    public static (Measure Measure, double Scale) OfUnitWord(string unit) =>
        unit.ToLowerInvariant() switch
        {
            "%" or "percent" or "procent" => (Measure.Share, 0.01),
            "ms" or "milliseconds" or "milliseconden" => (Measure.Seconds, 0.001),
            "s" or "sec" or "second" or "seconds" or "seconden" or "seconde" => (Measure.Seconds, 1),
            "min" or "mins" or "minute" or "minutes" or "minuten" or "minuut" => (Measure.Seconds, 60),
            "h" or "hour" or "hours" or "uur" or "uren" => (Measure.Seconds, 3600),
            "kib" => (Measure.Bytes, 1024),
            "kb" => (Measure.Bytes, 1e3),
            "mib" => (Measure.Bytes, 1 << 20),
            "mb" => (Measure.Bytes, 1e6),
            "gib" => (Measure.Bytes, 1 << 30),
            "gb" => (Measure.Bytes, 1e9),
            "core" or "cores" => (Measure.Cores, 1),
            "requests/s" or "req/s" => (Measure.Rate, 1),
            _ => (Measure.Count, 1),
        };

    /// <summary>No piece of a word, a time, a date, a version or an address.</summary>
    [GeneratedRegex(@"(?<![\w.:/@#-])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w:/-]|\.\d| ?%)")]
    private static partial Regex Numbers();
}
