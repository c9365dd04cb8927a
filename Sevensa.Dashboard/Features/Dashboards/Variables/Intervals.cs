using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Dashboards.Variables;

/// <summary>Spans as queries write them: <c>30s</c>, <c>1m</c>, <c>&gt;=10s</c>; and the values that stand for the range that is looked at.</summary>
internal static partial class Intervals
{
    /// <summary>How often servers are taken to be scraped, where nobody says.</summary>
    private const double ScrapeSeconds = 15;

    private static readonly int[] Steps =
    [
        1,
        2,
        5,
        10,
        15,
        20,
        30,
        60,
        120,
        300,
        600,
        900,
        1200,
        1800,
        3600,
        7200,
        10800,
        21600,
        43200,
        86400,
        604800,
        2592000,
    ];

    public static TimeSpan? Read(string? text)
    {
        if (text is null || Written().Match(text.Trim()) is not { Success: true } match)
        {
            return null;
        }
        var number = double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        var seconds =
            number
            * (
                match.Groups["unit"].Value switch
                {
                    "ms" => 0.001,
                    "m" => 60,
                    "h" => 3600,
                    "d" => 86_400,
                    "w" => 604_800,
                    "M" => 2_592_000,
                    "y" => 31_536_000,
                    _ => 1,
                }
            );
        return seconds is > 0 and < 1e9 ? TimeSpan.FromSeconds(seconds) : null;
    }

    public static string Text(TimeSpan span)
    {
        var seconds = Math.Max(1, (long)Math.Round(span.TotalSeconds));
        return seconds % 86_400 == 0 ? Line($"{seconds / 86_400}d")
            : seconds % 3600 == 0 ? Line($"{seconds / 3600}h")
            : seconds % 60 == 0 ? Line($"{seconds / 60}m")
            : Line($"{seconds}s");
    }

    /// <summary>The span that cuts the range into so many parts, from a ladder, and never under the least.</summary>
    public static TimeSpan Fitting(TimeSpan range, int parts, TimeSpan least)
    {
        var wanted = Math.Max(range.TotalSeconds / Math.Max(1, parts), least.TotalSeconds);
        return TimeSpan.FromSeconds(Steps.FirstOrDefault(step => step >= wanted * 0.75, Steps[^1]));
    }

    /// <summary><c>$__interval</c>, <c>$__rate_interval</c>, <c>$__range</c>, <c>$__from</c> and their like.</summary>
    public static IEnumerable<VariableValue> Values(TimeSpan step, DateTimeOffset from, DateTimeOffset to)
    {
        var range = to - from;
        var rate = TimeSpan.FromSeconds(Math.Max(step.TotalSeconds + ScrapeSeconds, 4 * ScrapeSeconds));
        yield return One("__interval", Text(step));
        yield return One("__interval_ms", Line($"{(long)step.TotalMilliseconds}"));
        yield return One("__rate_interval", Text(rate));
        yield return One("__rate_interval_ms", Line($"{(long)rate.TotalMilliseconds}"));
        yield return One("__range", Line($"{(long)Math.Max(1, range.TotalSeconds)}s"));
        yield return One("__range_s", Line($"{(long)Math.Max(1, range.TotalSeconds)}"));
        yield return One("__range_ms", Line($"{(long)Math.Max(1, range.TotalMilliseconds)}"));
        yield return One("__from", Line($"{from.ToUnixTimeMilliseconds()}"));
        yield return One("__to", Line($"{to.ToUnixTimeMilliseconds()}"));
        yield return One("__auto", Text(step));
    }

    private static VariableValue One(string name, string value) => new(name, [value]);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:>=?\s*)?(?<number>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d|w|M|y)?$")]
    private static partial Regex Written();
}
