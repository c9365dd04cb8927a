using System.Globalization;

namespace Sevensa.Dashboard.Ui.Format;

/// <summary>Sizes in IEC units: "466 MiB". The same rules as <c>wwwroot-assets/src/units.ts</c>.</summary>
public static class Bytes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Text(double? value)
    {
        if (Number.Odd(value) is { } odd)
            return odd;
        var (size, unit) = (value!.Value, 0);
        while (Math.Abs(size) >= 1024 && unit < Units.Length - 1)
            (size, unit) = (size / 1024, unit + 1);
        return unit == 0
            // Less than half a byte below nothing is nothing.
            ? $"{(Math.Round(size) + 0.0).ToString("0", CultureInfo.InvariantCulture)} B"
            : $"{Number.Digits(size)} {Units[unit]}";
    }

    public static string PerSecond(double? value) => Number.Odd(value) ?? $"{Text(value)}/s";
}
