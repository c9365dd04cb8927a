using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Ui.Time;

/// <summary>
/// One end of a range: <c>now</c>, <c>now-4h</c>, <c>now/d</c> (start of the day), <c>now-1d/d</c>, a Unix time in
/// milliseconds, or ISO 8601. Units: s, m, h, d, w, and M (30 days).
/// </summary>
public readonly partial record struct TimeBound
{
    private TimeBound(DateTimeOffset? absolute, TimeSpan offset, string text)
    {
        Absolute = absolute;
        Offset = offset;
        _text = text;
    }

    private readonly string? _text;

    public DateTimeOffset? Absolute { get; }

    /// <summary>How far from now; negative is the past. Only of a relative bound.</summary>
    public TimeSpan Offset { get; }

    public bool IsRelative => Absolute is null;

    /// <summary>The unit that a relative bound is rounded down to: d, h, w; none when it is not.</summary>
    public char? Snap => _text is { Length: > 2 } t && t[^2] == '/' ? t[^1] : null;

    public static TimeBound Now => new(null, TimeSpan.Zero, "now");

    public static TimeBound Ago(TimeSpan span) => Parse($"now-{Span(span)}");

    public static TimeBound At(DateTimeOffset at) =>
        new(at, TimeSpan.Zero, at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));

    public static TimeBound Parse(string text) =>
        TryParse(text, out var bound) ? bound : throw new FormatException($"'{text}' is no time.");

    public static bool TryParse(string? text, out TimeBound bound)
    {
        bound = Now;
        if (string.IsNullOrWhiteSpace(text) || text.Length > 40)
            return false;
        text = text.Trim();
        if (Relative().Match(text) is { Success: true } m)
        {
            var offset = TimeSpan.Zero;
            if (m.Groups["n"].Success)
            {
                if (
                    !TrySpan(m.Groups["n"].Value, m.Groups["u"].Value[0], out offset)
                    || offset > TimeSpan.FromDays(3660)
                )
                    return false;
                if (m.Groups["sign"].Value != "+")
                    offset = -offset;
            }
            bound = new TimeBound(null, offset, text);
            return true;
        }
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ms))
        {
            if (ms > 253_402_300_799_999)
                return false;
            bound = At(DateTimeOffset.FromUnixTimeMilliseconds(ms));
            return true;
        }
        if (
            !Iso().IsMatch(text)
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
        )
            return false;
        bound = At(at.ToUniversalTime());
        return true;
    }

    /// <summary>The moment meant. <paramref name="zone"/> decides where a day starts.</summary>
    public DateTimeOffset Resolve(DateTimeOffset now, TimeZoneInfo zone)
    {
        if (Absolute is { } at)
            return at;
        var moment = now + Offset;
        if (Snap is not { } unit)
            return moment;
        var local = TimeZoneInfo.ConvertTime(moment, zone);
        var start = unit switch
        {
            'h' => new DateTime(local.Year, local.Month, local.Day, local.Hour, 0, 0),
            'w' => local.Date.AddDays(-(((int)local.DayOfWeek + 6) % 7)),
            'M' => new DateTime(local.Year, local.Month, 1),
            _ => local.Date,
        };
        // A day that starts inside a skipped hour starts when the clock goes on.
        while (zone.IsInvalidTime(start))
            start = start.AddMinutes(30);
        return new DateTimeOffset(start, zone.GetUtcOffset(start)).ToUniversalTime();
    }

    public override string ToString() => _text ?? "now";

    /// <summary>"5s", "4h", "90m": the largest unit that divides the span.</summary>
    public static string Span(TimeSpan span)
    {
        var s = (long)span.TotalSeconds;
        var (n, unit) =
            s % 86400 == 0 && s > 0 ? (s / 86400, "d")
            : s % 3600 == 0 && s > 0 ? (s / 3600, "h")
            : s % 60 == 0 && s > 0 ? (s / 60, "m")
            : (s, "s");
        return string.Create(CultureInfo.InvariantCulture, $"{n}{unit}");
    }

    public static bool TrySpan(string? text, out TimeSpan span)
    {
        span = default;
        return text is { Length: > 1 and < 9 } && TrySpan(text[..^1], text[^1], out span);
    }

    private static bool TrySpan(string number, char unit, out TimeSpan span)
    {
        span = default;
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n))
            return false;
        double? seconds = unit switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            'w' => 7 * 86400,
            'M' => 30 * 86400,
            _ => null,
        };
        if (seconds is null)
            return false;
        span = TimeSpan.FromSeconds(Math.Min(n * seconds.Value, 1e9));
        return true;
    }

    [GeneratedRegex(@"^now(?:(?<sign>[+\- ])(?<n>\d{1,6})(?<u>[smhdwM]))?(?:/[hdwM])?$")]
    private static partial Regex Relative();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}")]
    private static partial Regex Iso();
}
