using System.Globalization;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>Times and durations as Prometheus' API takes them; null when unreadable, which Prometheus then says in its own words.</summary>
internal static class PrometheusTime
{
    /// <summary>Unix seconds or RFC 3339.</summary>
    public static double? Read(string? text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
        {
            return double.IsFinite(seconds) ? seconds : null;
        }
        return DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var moment
        )
            ? moment.ToUnixTimeMilliseconds() / 1000.0
            : null;
    }

    // Prometheus counts in nanoseconds, in 64 bits.
    private const double LongestSeconds = long.MaxValue / 1e9;

    /// <summary>Seconds, from a number or from <c>1h30m</c>; null too for what is longer than Prometheus can count (292 years).</summary>
    public static double? ReadDuration(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
        {
            return Countable(seconds);
        }
        var total = 0.0;
        var number = 0L;
        var digits = 0;
        for (var index = 0; index < text.Length; index++)
        {
            if (char.IsAsciiDigit(text[index]))
            {
                if (++digits > 15)
                {
                    return null;
                }
                number = number * 10 + (text[index] - '0');
                continue;
            }
            var isMilliseconds = text[index] == 'm' && index + 1 < text.Length && text[index + 1] == 's';
            double unit = text[index] switch
            {
                'm' when isMilliseconds => 0.001,
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                'w' => 604_800,
                'y' => 31_536_000,
                _ => -1,
            };
            if (unit < 0 || digits == 0)
            {
                return null;
            }
            total += number * unit;
            (number, digits) = (0, 0);
            index += isMilliseconds ? 1 : 0;
        }
        return digits == 0 ? Countable(total) : null;
    }

    private static double? Countable(double seconds) => Math.Abs(seconds) < LongestSeconds ? seconds : null;
}
