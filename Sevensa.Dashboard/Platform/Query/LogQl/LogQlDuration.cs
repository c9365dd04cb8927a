using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>A span of time in nanoseconds, written as LogQL writes it: <c>5m</c>, <c>1h30m</c>, <c>250ms</c>, <c>-5m</c>.</summary>
public readonly record struct LogQlDuration(long Nanoseconds)
{
    private const long Second = 1_000_000_000;

    // Prometheus' order; each unit at most once, from large to small.
    private static readonly (string Unit, long Nanoseconds)[] RangeUnits =
    [
        ("y", 365 * 24 * 3600 * Second),
        ("w", 7 * 24 * 3600 * Second),
        ("d", 24 * 3600 * Second),
        ("h", 3600 * Second),
        ("m", 60 * Second),
        ("s", Second),
        ("ms", Second / 1000),
    ];

    private static readonly (string Unit, long Nanoseconds)[] Units =
    [
        ("h", 3600 * Second),
        ("m", 60 * Second),
        ("s", Second),
        ("ms", Second / 1000),
        ("us", 1000),
        ("µs", 1000),
        ("μs", 1000),
        ("ns", 1),
    ];

    public static LogQlDuration From(TimeSpan span) => new(checked(span.Ticks * TimeSpan.NanosecondsPerTick));

    public TimeSpan ToTimeSpan() => TimeSpan.FromTicks(Nanoseconds / TimeSpan.NanosecondsPerTick);

    public override string ToString()
    {
        if (Nanoseconds == 0)
        {
            return "0s";
        }

        var builder = new StringBuilder();
        if (Nanoseconds < 0)
        {
            builder.Append('-');
        }

        var rest = Int128.Abs(Nanoseconds);
        foreach (var (unit, size) in Units)
        {
            if (rest >= size)
            {
                builder.Append(CultureInfo.InvariantCulture, $"{(long)(rest / size)}{unit}");
                rest %= size;
            }
        }

        return builder.ToString();
    }

    /// <summary>A duration as it stands in a label filter or after <c>offset</c>: Prometheus' form, else Go's.</summary>
    internal static bool TryParse(string text, out LogQlDuration duration)
    {
        var negative = text.StartsWith('-');
        var unsigned = negative ? text[1..] : text;
        if (!negative && TryParseRange(unsigned, out duration) is null)
        {
            return true;
        }

        duration = default;
        Int128 total = 0;
        var at = 0;
        if (unsigned.Length == 0)
        {
            return false;
        }

        while (at < unsigned.Length)
        {
            var start = at;
            while (at < unsigned.Length && (char.IsAsciiDigit(unsigned[at]) || unsigned[at] == '.'))
            {
                at++;
            }

            if (
                !decimal.TryParse(
                    unsigned.AsSpan(start, at - start),
                    NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture,
                    out var count
                )
            )
            {
                return false;
            }

            start = at;
            while (at < unsigned.Length && !char.IsAsciiDigit(unsigned[at]) && unsigned[at] != '.')
            {
                at++;
            }

            var unit = unsigned[start..at];
            var size = Array.Find(Units, candidate => candidate.Unit == unit).Nanoseconds;
            if (size == 0 || count > long.MaxValue / size)
            {
                return false;
            }

            total += (Int128)(count * size);
        }

        if (total > long.MaxValue)
        {
            return false;
        }

        duration = new LogQlDuration(negative ? -(long)total : (long)total);
        return true;
    }

    /// <summary>The duration between square brackets. Answers null, or what is wrong with it in Prometheus' words.</summary>
    internal static string? TryParseRange(string text, out LogQlDuration duration)
    {
        duration = default;
        if (text == "0")
        {
            return null;
        }

        if (text.Length == 0)
        {
            return "empty duration string";
        }

        Int128 total = 0;
        var at = 0;
        var next = 0;
        while (at < text.Length)
        {
            var start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            if (at == start || at - start > 18)
            {
                return $"not a valid duration string: {LogQlText.Quote(text)}";
            }

            var count = long.Parse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture);
            start = at;
            while (at < text.Length && !char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            var unit = text[start..at];
            var index = Array.FindIndex(RangeUnits, candidate => candidate.Unit == unit);
            if (index < 0)
            {
                return unit.Length == 0 || unit.Contains('.', StringComparison.Ordinal)
                    ? $"not a valid duration string: {LogQlText.Quote(text)}"
                    : $"unknown unit {LogQlText.Quote(unit)} in duration {LogQlText.Quote(text)}";
            }

            if (index < next)
            {
                return $"not a valid duration string: {LogQlText.Quote(text)}";
            }

            next = index + 1;
            total += (Int128)count * RangeUnits[index].Nanoseconds;
        }

        if (total > long.MaxValue)
        {
            return "duration out of range";
        }

        duration = new LogQlDuration((long)total);
        return null;
    }
}
