using System.Globalization;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Docker's times: RFC 3339 with nanoseconds; year 1 means never.</summary>
internal static class Timestamps
{
    private const long NanosecondsPerTick = 100;

    public static long UnixMs(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        && time.Year > 1
            ? time.ToUnixTimeMilliseconds()
            : 0;

    public static long UnixMs(DateTime time) =>
        time.Year > 1 ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).ToUnixTimeMilliseconds() : 0;

    /// <summary>Exact to the nanosecond, which .NET's times are not.</summary>
    public static bool TryUnixNs(ReadOnlySpan<char> text, out long nanoseconds)
    {
        nanoseconds = 0;
        var dot = text.IndexOf('.');
        var fraction = 0L;
        var whole = text;
        if (dot > 0)
        {
            var digits = text[(dot + 1)..];
            var count = 0;
            while (count < digits.Length && char.IsAsciiDigit(digits[count]))
            {
                fraction = count < 9 ? fraction * 10 + (digits[count] - '0') : fraction;
                count++;
            }
            for (var index = count; index < 9; index++)
            {
                fraction *= 10;
            }
            whole = string.Concat(text[..dot], digits[count..]);
        }
        if (!DateTimeOffset.TryParse(whole, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return false;
        }
        nanoseconds = (time - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick + fraction;
        return true;
    }

    /// <summary>The same to the nanosecond.</summary>
    public static string ForQueryNs(long unixNs) =>
        string.Create(CultureInfo.InvariantCulture, $"{unixNs / 1_000_000_000}.{unixNs % 1_000_000_000:000000000}");

    /// <summary>Seconds with a fraction, as <c>since</c> takes them.</summary>
    public static string ForQuery(long unixMs) =>
        string.Create(CultureInfo.InvariantCulture, $"{unixMs / 1000}.{unixMs % 1000:000}000000");
}
