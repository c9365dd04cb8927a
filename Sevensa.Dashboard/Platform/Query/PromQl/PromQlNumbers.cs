using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>Numbers and durations as PromQL writes them.</summary>
public static class PromQlNumbers
{
    /// <summary>A range, step or offset literal beyond this many seconds is out of range (2^63 ns).</summary>
    internal const double MaxDurationSeconds = 9223372036.854775807;

    private static readonly (string Unit, long Milliseconds, bool OnlyWhole)[] Units =
    [
        ("y", 365L * 86_400_000, true),
        ("w", 7L * 86_400_000, true),
        ("d", 86_400_000, false),
        ("h", 3_600_000, false),
        ("m", 60_000, false),
        ("s", 1_000, false),
        ("ms", 1, false),
    ];

    /// <summary>
    /// The value of a number token: Go's integer literals of base 8, 10 and 16, or a decimal fraction; null if it is none or
    /// does not fit.
    /// </summary>
    internal static double? ParseNumber(ReadOnlySpan<char> token)
    {
        if (token.Equals("inf", StringComparison.OrdinalIgnoreCase))
            return double.PositiveInfinity;
        if (token.Equals("nan", StringComparison.OrdinalIgnoreCase))
            return double.NaN;
        if (token.Contains('_'))
        {
            if (!UnderscoresSeparateDigits(token))
                return null;
            token = token.ToString().Replace("_", "", StringComparison.Ordinal);
        }
        if (token.Length > 1 && token[0] == '0' && (token[1] | 0x20) == 'x')
            return
                long.TryParse(token[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)
                && hex >= 0
                ? hex
                : null;
        if (token.Length > 1 && token[0] == '0' && Octal(token[1..]) is { } octal)
            return octal;
        return
            double.TryParse(
                token,
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture,
                out var value
            ) && double.IsFinite(value)
            ? value
            : null;
    }

    /// <summary>Seconds of a duration (<c>1h30m</c>), each unit at most once and in falling order; else the reason why not.</summary>
    internal static bool TryParseDuration(ReadOnlySpan<char> token, out double seconds, out string error)
    {
        (seconds, error) = (0, "");
        decimal milliseconds = 0;
        var next = 0;
        var rest = token;
        while (!rest.IsEmpty)
        {
            var digits = 0;
            while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
                digits++;
            var letters = digits;
            while (letters < rest.Length && !char.IsAsciiDigit(rest[letters]) && rest[letters] != '.')
                letters++;
            if (digits == 0 || letters == digits)
            {
                error = $"not a valid duration string: {GoText.Quote(token.ToString())}";
                return false;
            }
            var unit = rest[digits..letters];
            var index = 0;
            while (index < Units.Length && !unit.SequenceEqual(Units[index].Unit))
                index++;
            if (index == Units.Length)
            {
                error = $"unknown unit {GoText.Quote(unit.ToString())} in duration {GoText.Quote(token.ToString())}";
                return false;
            }
            if (index < next)
            {
                error = $"not a valid duration string: {GoText.Quote(token.ToString())}";
                return false;
            }
            if (
                digits > 18
                || (
                    milliseconds +=
                        decimal.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture)
                        * Units[index].Milliseconds
                )
                    > long.MaxValue / 1_000_000
            )
            {
                error = "duration out of range";
                return false;
            }
            next = index + 1;
            rest = rest[letters..];
        }
        seconds = (double)milliseconds / 1000;
        return true;
    }

    /// <summary>Writes a number so that it reads as the same number.</summary>
    internal static void AppendNumber(StringBuilder text, double value)
    {
        if (double.IsNaN(value))
            text.Append("NaN");
        else if (double.IsInfinity(value))
            text.Append(value > 0 ? "Inf" : "-Inf");
        else
            text.Append(CultureInfo.InvariantCulture, $"{value:R}");
    }

    /// <summary>Writes seconds with units, exact to the millisecond.</summary>
    internal static void AppendDuration(StringBuilder text, double seconds)
    {
        if (double.IsNegative(seconds))
            text.Append('-');
        var rest = (long)Math.Round(Math.Abs(seconds) * 1000);
        if (rest == 0)
            text.Append("0s");
        foreach (var (unit, milliseconds, onlyWhole) in Units)
        {
            if (rest < milliseconds || (onlyWhole && rest % milliseconds != 0))
                continue;
            text.Append(rest / milliseconds).Append(unit);
            rest %= milliseconds;
        }
    }

    private static double? Octal(ReadOnlySpan<char> digits)
    {
        long value = 0;
        foreach (var c in digits)
        {
            if (c is < '0' or > '7' || value > long.MaxValue >> 3)
                return null;
            value = (value << 3) | (uint)(c - '0');
        }
        return value;
    }

    private static bool UnderscoresSeparateDigits(ReadOnlySpan<char> token)
    {
        var hex = token.Length > 1 && token[0] == '0' && (token[1] | 0x20) == 'x';
        var afterDigit = hex;
        var afterUnderscore = false;
        foreach (var c in hex ? token[2..] : token)
        {
            var digit = hex ? char.IsAsciiHexDigit(c) : char.IsAsciiDigit(c);
            if (c == '_' ? !afterDigit : afterUnderscore && !digit)
                return false;
            afterUnderscore = c == '_';
            afterDigit = digit;
        }
        return !afterUnderscore;
    }
}
