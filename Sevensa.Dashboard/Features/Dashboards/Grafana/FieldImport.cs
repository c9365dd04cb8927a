using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Dashboards.Grafana;

/// <summary>Units, decimals, thresholds, mappings: how a panel's figures are written and judged.</summary>
internal static class FieldImport
{
    private static readonly HashSet<string> Quiet = new(StringComparer.Ordinal)
    {
        // How a line is drawn is decided here, for all charts alike.
        "color",
        "custom.fillOpacity",
        "custom.lineWidth",
        "custom.lineStyle",
        "custom.lineInterpolation",
        "custom.pointSize",
        "custom.showPoints",
        "custom.drawStyle",
        "custom.align",
        "custom.cellOptions",
        "custom.displayMode",
        "custom.filterable",
        "custom.fillBelowTo",
        "custom.gradientMode",
        "custom.spanNulls",
        "custom.barAlignment",
        "custom.axisPlacement",
        "custom.axisLabel",
        "custom.axisColorMode",
        "custom.axisWidth",
        "custom.axisGridShow",
        "custom.scaleDistribution",
        "custom.thresholdsStyle",
        "custom.inspect",
        "description",
    };

    public static FieldStyle Style(JsonElement defaults) =>
        new()
        {
            Unit = defaults.Text("unit") is { Length: > 0 } unit ? GrafanaImport.Cut(unit, 60) : null,
            Decimals = Decimals(defaults),
            Min = defaults.Number("min"),
            Max = defaults.Number("max"),
            DisplayName = defaults.Text("displayName") is { Length: > 0 } name ? GrafanaImport.Cut(name, 300) : null,
            NoValue = defaults.Text("noValue") is { Length: > 0 } none ? GrafanaImport.Cut(none, 100) : null,
            PercentOfRange = defaults.At("thresholds").Text("mode") == "percentage",
            Thresholds = Steps(defaults.At("thresholds", "steps")),
            Mappings = Mappings(defaults.At("mappings")),
        };

    /// <summary>Before fields had a configuration of their own: graph, singlestat and the first gauges.</summary>
    public static FieldStyle OldStyle(JsonElement panel, string type)
    {
        var options = panel.At("options").At("fieldOptions");
        if (options.IsObject())
        {
            var style = Style(options.At("defaults"));
            return style.Thresholds.Count > 0 ? style : style with { Thresholds = Steps(options.At("thresholds")) };
        }
        var axis = panel.At("yaxes").Items().FirstOrDefault();
        return new FieldStyle
        {
            Unit =
                type is "graph" ? axis.Text("format")
                : type == "heatmap" ? panel.At("yAxis").Text("format")
                : panel.Text("format"),
            Decimals = Decimals(panel),
            Min = type == "graph" ? axis.Number("min") : panel.At("gauge").Number("minValue"),
            Max = type == "graph" ? axis.Number("max") : panel.At("gauge").Number("maxValue"),
            NoValue = panel.Text("nullText") is { Length: > 0 } none ? none : null,
            Thresholds =
                panel.At("thresholds").ValueKind == JsonValueKind.Array
                    ? Alarms(panel.At("thresholds"))
                    : Coloured(panel.Text("thresholds"), panel.At("colors").Texts()),
            Mappings = [.. OldMappings(panel)],
        };
    }

    public static IReadOnlyList<FieldOverride> Overrides(JsonElement panel, List<string> notes)
    {
        var result = new List<FieldOverride>();
        var lost = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var one in panel.At("fieldConfig").At("overrides").Items().Take(200))
        {
            var by = one.At("matcher").Text("id") ?? "";
            var match = one.At("matcher").At("options");
            var style = new FieldStyle();
            foreach (var property in one.At("properties").Items())
            {
                style = Set(style, property.Text("id") ?? "", property.At("value"), lost);
            }
            IReadOnlyList<string> names = match.IsObject() ? match.At("names").Texts() : match.Texts();
            if (by is not ("byName" or "byNames" or "byRegexp" or "byFrameRefID" or "byType"))
            {
                lost.Add($"overrides {by}");
            }
            else if (by == "byNames" && match.Text("mode") == "exclude")
            {
                // Grafana's own record of what was clicked away in a legend.
            }
            else if (style != new FieldStyle())
            {
                result.Add(new FieldOverride(by, [.. names.Take(100)], style));
            }
        }
        foreach (var old in panel.At("seriesOverrides").Items())
        {
            if (old.Number("yaxis") == 2)
            {
                lost.Add("a second axis");
            }
        }
        if (lost.Count > 0)
        {
            notes.Add($"Not taken over: {string.Join(", ", lost.Take(8))}.");
        }
        return result;
    }

    private static FieldStyle Set(FieldStyle style, string id, JsonElement value, SortedSet<string> lost)
    {
        switch (id)
        {
            case "unit":
                return style with { Unit = value.Text() };
            case "decimals":
                return style with { Decimals = value.Number() is { } n ? (int)Math.Clamp(n, 0, 10) : null };
            case "min":
                return style with { Min = value.Number() };
            case "max":
                return style with { Max = value.Number() };
            case "displayName":
                return style with { DisplayName = value.Text() };
            case "noValue":
                return style with { NoValue = value.Text() };
            case "thresholds":
                return style with
                {
                    Thresholds = Steps(value.At("steps")),
                    PercentOfRange = value.Text("mode") == "percentage",
                };
            case "mappings":
                return style with { Mappings = Mappings(value) };
            case "custom.hidden":
                return style with { Hidden = value.ValueKind == JsonValueKind.True };
            case "custom.hideFrom":
                return value.Flag("viz") ? style with { Hidden = true } : style;
            case "custom.width":
                return style with { Width = value.Number() is { } w and > 0 ? (int)Math.Min(w, 2000) : null };
            case "links":
                lost.Add("links into Grafana");
                return style;
            case "custom.stacking":
                lost.Add("stacking of single series");
                return style;
            case "custom.transform":
                lost.Add("a mirrored axis");
                return style;
            default:
                if (!Quiet.Contains(id))
                {
                    lost.Add(GrafanaImport.Cut(id, 60));
                }
                return style;
        }
    }

    private static int? Decimals(JsonElement element) =>
        element.Number("decimals") is { } value ? (int)Math.Clamp(value, 0, 10) : null;

    private static List<ThresholdStep> Steps(JsonElement steps) =>
        [
            .. steps
                .Items()
                .Take(50)
                .Select(step => new ThresholdStep(step.Number("value"), Colours.State(step.Text("color")))),
        ];

    /// <summary>Of old graphs: a line at a value, above or below which it is bad.</summary>
    private static List<ThresholdStep> Alarms(JsonElement list) =>
        [
            new(null, "none"),
            .. list.Items()
                .Where(one => one.Number("value") is not null)
                .OrderBy(one => one.Number("value"))
                .Take(50)
                .Select(one => new ThresholdStep(
                    one.Number("value"),
                    one.Text("colorMode") switch
                    {
                        "critical" => "crit",
                        "warning" => "warn",
                        "ok" => "ok",
                        _ => Colours.State(one.Text("fillColor") ?? one.Text("lineColor")),
                    }
                )),
        ];

    /// <summary>Of singlestat: <c>"50,80"</c> with three colours.</summary>
    private static List<ThresholdStep> Coloured(string? written, IReadOnlyList<string> colours)
    {
        var values = (written ?? "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => double.TryParse(part, CultureInfo.InvariantCulture, out var value) ? value : double.NaN)
            .Where(double.IsFinite)
            .ToList();
        return values.Count == 0
            ? []
            :
            [
                new(null, Colours.State(colours.ElementAtOrDefault(0))),
                .. values.Select(
                    (value, index) => new ThresholdStep(value, Colours.State(colours.ElementAtOrDefault(index + 1)))
                ),
            ];
    }

    private static List<ValueMapping> Mappings(JsonElement list) => [.. list.Items().SelectMany(Mapping).Take(200)];

    private static IEnumerable<ValueMapping> Mapping(JsonElement one)
    {
        var options = one.At("options");
        switch (one.Text("type"))
        {
            case "value":
                foreach (var option in options.Fields())
                {
                    yield return new ValueMapping(
                        option.Value.Text("text") ?? option.Name,
                        option.Name,
                        State: Colour(option.Value)
                    );
                }
                break;
            case "range":
                yield return new ValueMapping(
                    options.At("result").Text("text") ?? "",
                    From: options.Number("from"),
                    To: options.Number("to"),
                    State: Colour(options.At("result"))
                );
                break;
            case "special":
                yield return new ValueMapping(
                    options.At("result").Text("text") ?? "",
                    Special: options.Text("match"),
                    State: Colour(options.At("result"))
                );
                break;
            case "regex":
                yield return new ValueMapping(
                    options.At("result").Text("text") ?? "",
                    Regex: options.Text("pattern"),
                    State: Colour(options.At("result"))
                );
                break;
            case "1":
                yield return new ValueMapping(one.Text("text") ?? "", one.Text("value"));
                break;
            case "2":
                yield return new ValueMapping(one.Text("text") ?? "", From: one.Number("from"), To: one.Number("to"));
                break;
        }
    }

    private static string? Colour(JsonElement result) =>
        result.Text("color") is { Length: > 0 } colour ? Colours.State(colour) : null;

    private static IEnumerable<ValueMapping> OldMappings(JsonElement panel)
    {
        foreach (var one in panel.At("valueMaps").Items())
        {
            if (one.Text("value") is { } value && one.Text("text") is { } text)
            {
                yield return value == "null" ? new ValueMapping(text, Special: "null") : new ValueMapping(text, value);
            }
        }
        foreach (var one in panel.At("rangeMaps").Items())
        {
            if (one.Text("text") is { } text)
            {
                yield return one.Text("from") == "null"
                    ? new ValueMapping(text, Special: "null")
                    : new ValueMapping(text, From: one.Number("from"), To: one.Number("to"));
            }
        }
    }
}
