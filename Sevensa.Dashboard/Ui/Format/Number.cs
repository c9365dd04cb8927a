using System.Globalization;

namespace Sevensa.Dashboard.Ui.Format;

/// <summary>Counts, rates and shares. The same rules as <c>wwwroot-assets/src/units.ts</c>.</summary>
public static class Number
{
    public const string None = "–";

    /// <summary>"1234", "12.3 k", "4.5 M", "0.0018"</summary>
    public static string Text(double? value)
    {
        if (Odd(value) is { } odd)
            return odd;
        var v = value!.Value;
        return Math.Abs(v) switch
        {
            >= 1e15 => Large(v),
            >= 1e12 => $"{Digits(v / 1e12)} T",
            >= 1e9 => $"{Digits(v / 1e9)} G",
            >= 1e6 => $"{Digits(v / 1e6)} M",
            >= 1e4 => $"{Digits(v / 1e3)} k",
            > 0 and < 0.01 => Small(v),
            _ => Digits(v),
        };
    }

    /// <summary>A count to the last one: "1,234,567".</summary>
    public static string Whole(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"52 /s"</summary>
    public static string PerSecond(double? value) => Odd(value) ?? $"{Text(value)} /s";

    /// <summary>A share as "1.9 %", "99.71 %", "100 %". Near all, two decimals are kept: that is where the difference lies.</summary>
    public static string Percent(double? ratio)
    {
        if (Odd(ratio) is { } odd)
            return odd;
        var percent = ratio!.Value * 100;
        return Math.Abs(percent) is >= 99 and < 100 ? $"{Below100(percent)} %" : $"{Digits(percent)} %";
    }

    /// <summary>A share that was agreed on, with no more digits than it has: "99.9 %", "99.95 %".</summary>
    public static string Agreed(double ratio) =>
        $"{Math.Round(ratio * 100, 6).ToString("0.######", CultureInfo.InvariantCulture)} %";

    // 99.996 % is not 100 %: an objective that was missed must not read as kept.
    private static string Below100(double percent) =>
        (Math.Floor(percent * 100) / 100).ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>Two significant digits, written out as far as one can still count the zeros.</summary>
    private static string Small(double value)
    {
        var rounded = double.Parse(value.ToString("E1", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var format = Math.Abs(rounded) >= 1e-6 ? "0.#######" : "0.#e-0";
        return rounded.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>Beyond all prefixes, three significant digits and a power: "1.23e21".</summary>
    internal static string Large(double value) => value.ToString("0.##e0", CultureInfo.InvariantCulture);

    /// <summary>Three significant digits without trailing zeros; what rounds to nothing has no sign.</summary>
    internal static string Digits(double value) =>
        Math.Abs(value) switch
        {
            < 0.005 => "0",
            >= 1e15 => Large(value),
            >= 100 => Math.Round(value, MidpointRounding.AwayFromZero).ToString("0", CultureInfo.InvariantCulture),
            >= 10 => value.ToString("0.#", CultureInfo.InvariantCulture),
            _ => value.ToString("0.##", CultureInfo.InvariantCulture),
        };

    internal static string? Odd(double? value) =>
        value switch
        {
            null => None,
            { } v when double.IsNaN(v) => None,
            { } v when double.IsPositiveInfinity(v) => "∞",
            { } v when double.IsNegativeInfinity(v) => "−∞",
            _ => null,
        };
}
