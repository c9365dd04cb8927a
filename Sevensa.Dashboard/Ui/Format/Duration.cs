using System.Globalization;

namespace Sevensa.Dashboard.Ui.Format;

/// <summary>Spans of time: "842 ms", "1.84 s", "11 min 20 s", "97 d". The same rules as <c>wwwroot-assets/src/units.ts</c>.</summary>
public static class Duration
{
    public static string Text(TimeSpan span) => Seconds(span.TotalSeconds);

    public static string Seconds(double? seconds)
    {
        if (Number.Odd(seconds) is { } odd)
            return odd;
        var s = seconds!.Value;
        return Math.Abs(s) switch
        {
            0 => "0 s",
            < 1e-3 => $"{Number.Digits(s * 1e6)} µs",
            < 0.9995 => $"{Number.Digits(s * 1e3)} ms",
            < 60 => $"{Number.Digits(s)} s",
            >= 1e15 => $"{Number.Large(s)} s",
            < 3600 => Pair(s, 60, "min", 1, "s"),
            < 2 * 86400 => Pair(s, 3600, "h", 60, "min"),
            _ => Pair(s, 86400, "d", 3600, "h"),
        };
    }

    /// <summary>An age in its coarsest unit: "2 s", "14 min", "26 h", "97 d".</summary>
    public static string Age(TimeSpan span)
    {
        var s = (long)Math.Floor(Math.Abs(span.TotalSeconds));
        var (n, unit) = s switch
        {
            < 60 => (s, "s"),
            < 3600 => (s / 60, "min"),
            < 48 * 3600 => (s / 3600, "h"),
            < 730L * 86400 => (s / 86400, "d"),
            _ => (s / (365L * 86400), "y"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{n} {unit}");
    }

    /// <summary>"2 min ago", "in 2 min", "just now"</summary>
    public static string Relative(DateTimeOffset at, DateTimeOffset now)
    {
        var age = now - at;
        return age <= -TimeSpan.FromSeconds(1) ? $"in {Age(age)}"
            : age < TimeSpan.FromSeconds(1) ? "just now"
            : $"{Age(age)} ago";
    }

    private static string Pair(double seconds, int unit, string name, int small, string rest)
    {
        var all = (long)Math.Round(Math.Abs(seconds) / small, MidpointRounding.AwayFromZero);
        var (big, left) = (all * small / unit, all % (unit / small));
        var tail = left == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {left} {rest}");
        return string.Create(CultureInfo.InvariantCulture, $"{(seconds < 0 ? "−" : "")}{big} {name}{tail}");
    }
}
