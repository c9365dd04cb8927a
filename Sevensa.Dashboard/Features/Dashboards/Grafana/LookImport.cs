using System.Text.Json;

namespace Sevensa.Dashboard.Features.Dashboards.Grafana;

internal static class LookImport
{
    private static readonly string[] LegendWords = ["min", "max", "mean", "last"];

    public static PanelLook Read(JsonElement panel, string type, List<string> notes)
    {
        var options = panel.At("options");
        var custom = panel.At("fieldConfig", "defaults", "custom");
        var legend = options.At("legend");
        var old = panel.At("legend");
        if (custom.At("axisPlacement").Text() is "right" || custom.At("scaleDistribution").Text("type") is "log")
        {
            notes.Add("Its axis is drawn like all others: on the left, and linear.");
        }
        return new PanelLook
        {
            Legend = legend.IsObject()
                ? legend.Text("displayMode") != "hidden" && legend.Flag("showLegend", true)
                : !old.IsObject() || old.Flag("show", true),
            LegendValues = LegendValues(legend, old),
            Stacked =
                custom.At("stacking").Text("mode") is "normal" or "percent" || type == "graph" && panel.Flag("stack"),
            Fill =
                custom.IsObject() ? Percent(custom.Number("fillOpacity"), 1)
                : type == "graph" && panel.Flag("lines", true) ? Percent(panel.Number("fill"), 10)
                : 0,
            Calc = Calc(
                options.At("reduceOptions").At("calcs").Texts() is [var calc, ..] ? calc : panel.Text("valueName")
            ),
            Sparkline =
                type == "stat" ? options.Text("graphMode") is null or "area" : panel.At("sparkline").Flag("show"),
            ColourMode =
                options.Text("colorMode") is { } mode ? mode.Split('_')[0]
                : panel.Flag("colorBackground") ? "background"
                : type.Contains("singlestat", StringComparison.Ordinal) && !panel.Flag("colorValue") ? "none"
                : "value",
            TextMode = options.Text("textMode") switch
            {
                "value" => "value",
                "value_and_name" => "valueAndName",
                "name" => "name",
                "none" => "none",
                _ => "auto",
            },
            Calculate =
                type == "heatmap"
                && (options.IsObject() ? options.Flag("calculate") : panel.Text("dataFormat") != "tsbuckets"),
            Prefix = GrafanaImport.Cut(panel.Text("prefix") ?? "", 40),
            Postfix = GrafanaImport.Cut(panel.Text("postfix") ?? "", 40),
        };
    }

    private static IReadOnlyList<string> LegendValues(JsonElement legend, JsonElement old)
    {
        if (legend.IsObject())
        {
            return [.. legend.At("calcs").Texts().Select(Calc).Where(LegendWords.Contains).Distinct()];
        }
        return old.IsObject()
            ? old.Flag("values")
                ?
                [
                    .. new[] { ("min", "min"), ("avg", "mean"), ("max", "max"), ("current", "last") }
                        .Where(pair => old.Flag(pair.Item1))
                        .Select(pair => pair.Item2),
                ]
                : []
            : LegendWords;
    }

    private static string Calc(string? name) =>
        name switch
        {
            "min" => "min",
            "max" => "max",
            "mean" or "avg" => "mean",
            "sum" or "total" => "sum",
            "first" or "firstNotNull" => "first",
            "delta" or "diff" => "delta",
            "range" => "range",
            "count" => "count",
            _ => "last",
        };

    private static int Percent(double? value, int times) => (int)Math.Clamp((value ?? 0) * times, 0, 100);
}
