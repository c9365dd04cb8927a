using System.Text.Json;

namespace Sevensa.Dashboard.Features.Dashboards.Grafana;

/// <summary>One panel of a Grafana dashboard. Reads what can be drawn, and says of the rest why not.</summary>
internal sealed class PanelImport(DataSources sources, IReadOnlyList<BoardVariable> variables, JsonElement root)
{
    private readonly TargetImport targets = new(sources, variables);

    public BoardPanel Read(JsonElement element, int index = 0)
    {
        if (!element.IsObject())
        {
            return Refused(
                new BoardPanel
                {
                    Id = 0,
                    Kind = PanelKind.Unsupported,
                    Title = "Unreadable panel",
                },
                "it is no object in the file"
            );
        }
        var type = element.Text("type") ?? "";
        var notes = new List<string>();
        var field = element.At("fieldConfig").IsObject()
            ? FieldImport.Style(element.At("fieldConfig", "defaults"))
            : FieldImport.OldStyle(element, type);
        if (
            type == "timeseries"
            && element.At("fieldConfig").At("defaults").At("custom").At("thresholdsStyle").Text("mode") is null or "off"
        )
        {
            // Grafana writes its defaults into every file; unless the style says so, no line is meant.
            field = field with
            {
                Thresholds = [],
            };
        }
        var panel = new BoardPanel
        {
            Id = element.Whole("id") ?? 0,
            Title = GrafanaImport.Cut(element.Text("title") ?? "", 300),
            Description = GrafanaImport.Cut(element.Text("description") ?? "", 4000),
            Kind = KindOf(type, element) ?? PanelKind.Unsupported,
            MadeFrom = GrafanaImport.Cut(type, 60),
            Place = PlaceOf(element.At("gridPos")),
            Interval = element.Text("interval") is { Length: > 0 } interval ? GrafanaImport.Cut(interval, 40) : null,
            Field = field,
            Look = LookImport.Read(element, type, notes),
            RepeatBy = element.Text("repeat") is { Length: > 0 } by ? by : null,
            RepeatDown = element.Text("repeatDirection") == "v",
            MaxPerRow = Math.Clamp(element.Whole("maxPerRow") ?? 4, 1, 24),
        };
        if (!element.At("libraryPanel").IsMissing() && type is "" or "library-panel-ref")
        {
            return Refused(
                panel with
                {
                    Title = panel.Title.Length > 0 ? panel.Title : element.At("libraryPanel").Text("name") ?? "",
                },
                "it is a library panel, whose content is not in the file. In Grafana unlink it, and export again"
            );
        }
        if (panel.Kind == PanelKind.Unsupported)
        {
            return Refused(panel, WhyNot(type));
        }
        return panel.Kind == PanelKind.Text ? WithText(panel, element) : WithQueries(panel, element, notes);
    }

    private static BoardPanel WithText(BoardPanel panel, JsonElement element)
    {
        var options = element.At("options").IsObject() ? element.At("options") : element;
        var mode = options.Text("mode") ?? "markdown";
        var text = options.Text("content") ?? "";
        return panel with
        {
            Text = GrafanaImport.Cut(text, BoardFile.LongestText),
            Notes = mode == "html" ? ["Its HTML is shown as text: markup of others is not carried out."] : [],
        };
    }

    private BoardPanel WithQueries(BoardPanel panel, JsonElement element, List<string> notes)
    {
        var read = targets.Read(element, panel.Kind, root);
        notes.AddRange(read.Notes);
        panel = panel with
        {
            Queries = read.Queries,
            Overrides = FieldImport.Overrides(element, notes),
            Transformations = TransformationImport.Read(element, notes),
        };
        if (element.Text("timeFrom") is { Length: > 0 } from)
        {
            notes.Add($"Its own range ({GrafanaImport.Cut(from, 20)}) is not kept; it shows the page's.");
        }
        if (element.Text("timeShift") is { Length: > 0 } shift)
        {
            notes.Add($"Its shift in time ({GrafanaImport.Cut(shift, 20)}) is not kept.");
        }
        if (panel.MadeFrom == "piechart" || panel.MadeFrom == "grafana-piechart-panel")
        {
            notes.Add("A pie chart is drawn as bars.");
        }
        return read.Reason is { } reason ? Refused(panel, reason) with { Notes = [] } : panel with { Notes = notes };
    }

    private static BoardPanel Refused(BoardPanel panel, string reason) =>
        panel with
        {
            Kind = PanelKind.Unsupported,
            Reason = char.ToUpperInvariant(reason[0]) + reason[1..] + ".",
        };

    private static PanelPlace PlaceOf(JsonElement place) =>
        BoardFile.Within(
            new PanelPlace(place.Whole("x") ?? 0, place.Whole("y") ?? 0, place.Whole("w") ?? 12, place.Whole("h") ?? 8)
        );

    private static PanelKind? KindOf(string type, JsonElement element) =>
        type switch
        {
            "timeseries" or "graph" => PanelKind.TimeSeries,
            "stat" => PanelKind.Stat,
            "singlestat" or "grafana-singlestat-panel" => element.At("gauge").Flag("show")
                ? PanelKind.Gauge
                : PanelKind.Stat,
            "gauge" => PanelKind.Gauge,
            "bargauge" or "piechart" or "grafana-piechart-panel" => PanelKind.BarGauge,
            "table" or "table-old" => PanelKind.Table,
            "heatmap" => PanelKind.Heatmap,
            "text" => PanelKind.Text,
            _ => null,
        };

    private static string WhyNot(string type) =>
        type switch
        {
            "" => "it has no type",
            "logs" => "it shows log lines; those are under Logs",
            "dashlist" or "alertlist" or "news" or "annolist" or "welcome" or "gettingstarted" or "alertGroups" =>
                $"it shows what Grafana itself holds ({type}), which is not here",
            "nodeGraph" or "traces" or "flamegraph" =>
                $"it shows traces or profiles ({type}), which no upstream here has",
            _ => $"panels of type {GrafanaImport.Cut(type, 60)} are not drawn here",
        };
}
