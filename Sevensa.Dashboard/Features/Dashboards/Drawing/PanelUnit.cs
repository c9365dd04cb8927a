using System.Globalization;
using Sevensa.Dashboard.Ui.Charts;
using Sevensa.Dashboard.Ui.Format;

namespace Sevensa.Dashboard.Features.Dashboards.Drawing;

/// <summary>A unit of Grafana's as the figures here are written.</summary>
/// <param name="Factor">From the file's unit to ours: milliseconds to seconds, percent to shares.</param>
/// <param name="Suffix">Written behind a plain number; one that starts with <c>~</c> takes a prefix such as k or M.</param>
internal sealed record PanelUnit(ChartUnit Unit, double Factor = 1, string? Suffix = null)
{
    private static readonly PanelUnit Plain = new(ChartUnit.Count);

    private static readonly Dictionary<string, PanelUnit> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["percent"] = new(ChartUnit.Ratio, 0.01),
        ["percentunit"] = new(ChartUnit.Ratio),
        ["bytes"] = new(ChartUnit.Bytes),
        ["decbytes"] = new(ChartUnit.Bytes),
        ["kbytes"] = new(ChartUnit.Bytes, 1024),
        ["deckbytes"] = new(ChartUnit.Bytes, 1e3),
        ["mbytes"] = new(ChartUnit.Bytes, 1024 * 1024),
        ["decmbytes"] = new(ChartUnit.Bytes, 1e6),
        ["gbytes"] = new(ChartUnit.Bytes, 1024.0 * 1024 * 1024),
        ["decgbytes"] = new(ChartUnit.Bytes, 1e9),
        ["Bps"] = new(ChartUnit.BytesPerSecond),
        ["binBps"] = new(ChartUnit.BytesPerSecond),
        ["KBs"] = new(ChartUnit.BytesPerSecond, 1e3),
        ["KiBs"] = new(ChartUnit.BytesPerSecond, 1024),
        ["MBs"] = new(ChartUnit.BytesPerSecond, 1e6),
        ["MiBs"] = new(ChartUnit.BytesPerSecond, 1024 * 1024),
        ["GBs"] = new(ChartUnit.BytesPerSecond, 1e9),
        ["bits"] = new(ChartUnit.Count, 1, "~b"),
        ["decbits"] = new(ChartUnit.Count, 1, "~b"),
        ["bps"] = new(ChartUnit.Count, 1, "~b/s"),
        ["binbps"] = new(ChartUnit.Count, 1, "~b/s"),
        ["Kbits"] = new(ChartUnit.Count, 1e3, "~b/s"),
        ["Mbits"] = new(ChartUnit.Count, 1e6, "~b/s"),
        ["Gbits"] = new(ChartUnit.Count, 1e9, "~b/s"),
        ["ns"] = new(ChartUnit.Seconds, 1e-9),
        ["µs"] = new(ChartUnit.Seconds, 1e-6),
        ["ms"] = new(ChartUnit.Seconds, 1e-3),
        ["s"] = new(ChartUnit.Seconds),
        ["m"] = new(ChartUnit.Seconds, 60),
        ["h"] = new(ChartUnit.Seconds, 3600),
        ["d"] = new(ChartUnit.Seconds, 86_400),
        ["dtdurations"] = new(ChartUnit.Seconds),
        ["dtdurationms"] = new(ChartUnit.Seconds, 1e-3),
        ["dthms"] = new(ChartUnit.Seconds),
        ["clocks"] = new(ChartUnit.Seconds),
        ["clockms"] = new(ChartUnit.Seconds, 1e-3),
        ["ops"] = new(ChartUnit.Count, 1, "ops/s"),
        ["reqps"] = new(ChartUnit.Count, 1, "req/s"),
        ["rps"] = new(ChartUnit.Count, 1, "reads/s"),
        ["wps"] = new(ChartUnit.Count, 1, "writes/s"),
        ["iops"] = new(ChartUnit.Count, 1, "io/s"),
        ["cps"] = new(ChartUnit.PerSecond),
        ["eps"] = new(ChartUnit.Count, 1, "events/s"),
        ["mps"] = new(ChartUnit.Count, 1, "messages/s"),
        ["pps"] = new(ChartUnit.Count, 1, "packets/s"),
        ["opm"] = new(ChartUnit.Count, 1, "ops/min"),
        ["reqpm"] = new(ChartUnit.Count, 1, "req/min"),
        ["celsius"] = new(ChartUnit.Count, 1, "°C"),
        ["fahrenheit"] = new(ChartUnit.Count, 1, "°F"),
        ["kelvin"] = new(ChartUnit.Count, 1, "K"),
        ["rotrpm"] = new(ChartUnit.Count, 1, "rpm"),
        ["hertz"] = new(ChartUnit.Count, 1, "~Hz"),
        ["rothz"] = new(ChartUnit.Count, 1, "~Hz"),
        ["watt"] = new(ChartUnit.Count, 1, "~W"),
        ["volt"] = new(ChartUnit.Count, 1, "~V"),
        ["amp"] = new(ChartUnit.Count, 1, "~A"),
        ["joule"] = new(ChartUnit.Count, 1, "~J"),
        ["currencyUSD"] = new(ChartUnit.Count, 1, "$"),
        ["currencyEUR"] = new(ChartUnit.Count, 1, "€"),
        ["dB"] = new(ChartUnit.Count, 1, "dB"),
        ["humidity"] = new(ChartUnit.Count, 1, "%H"),
    };

    public static PanelUnit Of(string? name)
    {
        if (string.IsNullOrEmpty(name) || name is "none" or "short" or "string" or "locale" or "sishort")
        {
            return Plain;
        }
        // Case tells bits from bytes here.
        var exact = Known.Keys.FirstOrDefault(key => key == name);
        if (exact is not null || Known.ContainsKey(name))
        {
            return Known[exact ?? name];
        }
        return name.StartsWith("suffix:", StringComparison.Ordinal) ? new(ChartUnit.Count, 1, name[7..])
            : name.StartsWith("prefix:", StringComparison.Ordinal) ? new(ChartUnit.Count, 1, name[7..])
            : name.StartsWith("dateTime", StringComparison.Ordinal) ? Moment
            : Plain;
    }

    /// <summary>Milliseconds since 1970.</summary>
    public static PanelUnit Moment { get; } = new(ChartUnit.Count, 1, "moment");

    public string Text(double? value, int? decimals = null)
    {
        if (this == Moment)
        {
            return value is { } at && Math.Abs(at) < 2.5e14
                ? DateTimeOffset
                    .FromUnixTimeMilliseconds((long)at)
                    .UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)
                : Number.None;
        }
        var figure = value * Factor;
        if (decimals is { } digits && figure is { } given && double.IsFinite(given))
        {
            return Fixed(given, digits);
        }
        return Unit.Text(figure, Suffix);
    }

    /// <summary>With as many decimals as were asked for, in the same prefix.</summary>
    private string Fixed(double value, int digits)
    {
        var usual = Unit.Text(value, Suffix);
        var cut = usual.IndexOf(' ', StringComparison.Ordinal);
        var (number, rest) = cut < 0 ? (usual, "") : (usual[..cut], usual[cut..]);
        // A span such as "11 min 20 s" has no decimals to set.
        if (
            rest.Count(letter => letter == ' ') > 1 && Unit == ChartUnit.Seconds
            || !double.TryParse(number, CultureInfo.InvariantCulture, out var shown)
            || shown == 0
        )
        {
            return shown0(usual, number, rest, value, digits);
        }
        var scale = Math.Pow(10, Math.Round(Math.Log10(Math.Abs(value / shown))));
        var exact = Unit is ChartUnit.Bytes or ChartUnit.BytesPerSecond
            ? value / Math.Pow(1024, Math.Max(0, Math.Round(Math.Log(Math.Abs(value / shown), 1024))))
            : value / scale;
        return exact.ToString($"F{digits}", CultureInfo.InvariantCulture) + rest;

        static string shown0(string usual, string number, string rest, double value, int digits) =>
            value == 0 && number == "0" ? 0.0.ToString($"F{digits}", CultureInfo.InvariantCulture) + rest : usual;
    }
}
