using System.Globalization;

namespace Sevensa.Dashboard.Features.Dashboards.Grafana;

/// <summary>Colour means state here: a file's colours become the state that people read in them.</summary>
internal static class Colours
{
    public static string State(string? colour)
    {
        if (string.IsNullOrWhiteSpace(colour))
        {
            return "none";
        }
        var name = colour.Trim().ToLowerInvariant();
        foreach (var (word, state) in Words)
        {
            if (name.Contains(word, StringComparison.Ordinal))
            {
                return state;
            }
        }
        return Rgb(name) is { } rgb ? OfHue(rgb) : "none";
    }

    private static readonly (string Word, string State)[] Words =
    [
        ("green", "ok"),
        ("red", "crit"),
        ("orange", "warn"),
        ("yellow", "warn"),
        ("blue", "none"),
        ("purple", "none"),
        ("transparent", "none"),
        ("text", "none"),
    ];

    private static (double R, double G, double B)? Rgb(string text)
    {
        if (
            text.StartsWith('#')
            && text.Length >= 7
            && int.TryParse(text.AsSpan(1, 6), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex)
        )
        {
            return ((hex >> 16) & 255, (hex >> 8) & 255, hex & 255);
        }
        if (!text.StartsWith("rgb", StringComparison.Ordinal))
        {
            return null;
        }
        var parts = text[(text.IndexOf('(') + 1)..]
            .TrimEnd(')')
            .Split(',', StringSplitOptions.TrimEntries)
            .Select(part => double.TryParse(part, CultureInfo.InvariantCulture, out var value) ? value : -1)
            .ToList();
        return parts.Count >= 3 && parts.Take(3).All(part => part >= 0) ? (parts[0], parts[1], parts[2]) : null;
    }

    private static string OfHue((double R, double G, double B) rgb)
    {
        var (high, low) = (Math.Max(rgb.R, Math.Max(rgb.G, rgb.B)), Math.Min(rgb.R, Math.Min(rgb.G, rgb.B)));
        if (high - low < 40)
        {
            return "none";
        }
        var hue =
            60
            * (
                high == rgb.R ? (rgb.G - rgb.B) / (high - low)
                : high == rgb.G ? 2 + (rgb.B - rgb.R) / (high - low)
                : 4 + (rgb.R - rgb.G) / (high - low)
            );
        hue = (hue + 360) % 360;
        return hue switch
        {
            < 20 or > 335 => "crit",
            < 65 => "warn",
            < 170 => "ok",
            _ => "none",
        };
    }
}
