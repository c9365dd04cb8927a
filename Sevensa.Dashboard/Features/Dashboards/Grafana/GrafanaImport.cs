using System.Text.Json;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Dashboards.Grafana;

/// <summary>
/// A dashboard from Grafana's JSON, old and new. Whatever can't be done here is said: panels become
/// <see cref="PanelKind.Unsupported"/> with the reason, the rest is in <see cref="Board.Notes"/>. Nothing is dropped in silence.
/// </summary>
internal static class GrafanaImport
{
    private const int OldRowSpan = 12;
    private const int OldRowHeight = 250;
    private const int CellHeight = 38;

    public static Board Read(JsonElement file)
    {
        var root = Unwrap(file);
        if (!HasList(root, "panels") && !HasList(root, "rows"))
        {
            throw new BoardRefusedException(
                root.At("elements").IsObject() && root.At("layout").IsObject()
                    ? "The file is of Grafana's schema v2, which is not read here. In Grafana choose Export, then the classic model. Nothing was kept."
                    : "The file is JSON, and no Grafana dashboard: it has no list of panels. Nothing was kept."
            );
        }
        var notes = new List<string>();
        var variables = root.At("templating")
            .At("list")
            .Items()
            .Select(VariableImport.Read)
            .OfType<BoardVariable>()
            .ToList();
        notes.AddRange(
            variables
                .Where(variable => variable.Reason is not null)
                .Select(variable => $"Variable {variable.Name}: {variable.Reason}")
        );
        var sources = new DataSources(file, root, variables);
        var panels = new PanelImport(sources, variables, root);
        var sections = HasList(root, "panels") ? Sections(root.At("panels"), panels) : [];
        if (HasList(root, "rows"))
        {
            sections.AddRange(OldRows(root.At("rows"), panels));
        }
        notes.AddRange(Besides(root));
        return new Board
        {
            Title =
                root.Text("title") is { Length: > 0 } title && !string.IsNullOrWhiteSpace(title)
                    ? Cut(title, 200)
                    : "Imported dashboard",
            Description = Cut(root.Text("description") ?? "", 2000),
            Tags = [.. root.At("tags").Texts().Where(tag => tag.Length > 0).Take(20).Select(tag => Cut(tag, 60))],
            From = root.At("time").Text("from"),
            To = root.At("time").Text("to"),
            Variables = variables,
            Sections = sections,
            Notes = notes,
        };
    }

    /// <summary>As the HTTP API, provisioning tools and newer exports wrap it.</summary>
    private static JsonElement Unwrap(JsonElement file) =>
        HasList(file, "panels") || HasList(file, "rows") ? file
        : file.At("dashboard").IsObject() ? Unwrap(file.At("dashboard"))
        : file.At("spec").IsObject() ? file.At("spec")
        : file;

    private static bool HasList(JsonElement root, string name) => root.At(name).ValueKind == JsonValueKind.Array;

    private static List<BoardSection> Sections(JsonElement list, PanelImport panels)
    {
        var sections = new List<BoardSection>();
        var (title, collapsed, repeat, top) = ("", false, (string?)null, 0);
        var here = new List<BoardPanel>();
        // In the order of the page; rows stand between the panels.
        var all = list.Items()
            .Select(
                (element, index) =>
                    (
                        Element: element,
                        Y: element.At("gridPos").Number("y") ?? 0,
                        X: element.At("gridPos").Number("x") ?? 0,
                        Index: index
                    )
            )
            .OrderBy(one => one.Y)
            .ThenBy(one => one.X)
            .ThenBy(one => one.Index);
        foreach (var (element, y, _, _) in all)
        {
            if (element.Text("type") != "row")
            {
                here.Add(panels.Read(element));
                continue;
            }
            Close();
            (title, collapsed, repeat, top) = (
                element.Text("title") ?? "",
                element.Flag("collapsed"),
                element.Text("repeat") is { Length: > 0 } by ? by : null,
                (int)Math.Clamp(y, 0, 100_000) + 1
            );
            here.AddRange(element.At("panels").Items().Select(panels.Read));
        }
        Close();
        return sections;

        void Close()
        {
            if (here.Count > 0 || title.Length > 0)
            {
                sections.Add(
                    new BoardSection
                    {
                        Title = Cut(title, 200),
                        Collapsed = collapsed,
                        RepeatBy = repeat,
                        Panels = Raised(here, top),
                    }
                );
            }
            here = [];
        }
    }

    /// <summary>Places count from the top of the section.</summary>
    private static List<BoardPanel> Raised(List<BoardPanel> panels, int top)
    {
        var first = panels.Count == 0 ? top : panels.Min(panel => panel.Place.Y);
        return [.. panels.Select(panel => panel with { Place = panel.Place with { Y = panel.Place.Y - first } })];
    }

    /// <summary>Before Grafana 5 panels stood in rows of twelve spans, each row as high as it said.</summary>
    private static IEnumerable<BoardSection> OldRows(JsonElement rows, PanelImport panels)
    {
        foreach (var row in rows.Items())
        {
            var height = Cells(row.At("height"));
            var (x, y, tallest) = (0, 0, 0);
            var placed = new List<BoardPanel>();
            foreach (var element in row.At("panels").Items())
            {
                var panel = panels.Read(element);
                var width = (int)Math.Clamp(Math.Round((element.Number("span") ?? OldRowSpan) * 2), 2, 24);
                var tall = element.At("height").IsMissing() ? height : Cells(element.At("height"));
                if (x + width > 24)
                {
                    (x, y, tallest) = (0, y + tallest, 0);
                }
                placed.Add(panel with { Place = new PanelPlace(x, y, width, tall) });
                (x, tallest) = (x + width, Math.Max(tallest, tall));
            }
            if (placed.Count > 0 || row.Flag("showTitle"))
            {
                yield return new BoardSection
                {
                    Title = row.Flag("showTitle") || row.Flag("collapse") ? Cut(row.Text("title") ?? "", 200) : "",
                    Collapsed = row.Flag("collapse"),
                    RepeatBy = row.Text("repeat") is { Length: > 0 } by ? by : null,
                    Panels = placed,
                };
            }
        }
    }

    private static int Cells(JsonElement height)
    {
        var text = height.Text()?.Replace("px", "", StringComparison.Ordinal);
        var pixels =
            double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var given) && given > 0
                ? given
                : OldRowHeight;
        return (int)Math.Clamp(Math.Ceiling(pixels / CellHeight), 3, 40);
    }

    private static IEnumerable<string> Besides(JsonElement root)
    {
        foreach (
            var annotation in root.At("annotations")
                .At("list")
                .Items()
                .Where(one => one.Number("builtIn") != 1 && !one.Flag("builtIn"))
        )
        {
            yield return $"Annotation query \"{annotation.Text("name") ?? "unnamed"}\" is not shown; releases, actions and alerts of the tenant are marked instead.";
        }
        if (root.At("links").Items().Any())
        {
            yield return "Its links to other dashboards are left out: they point into Grafana.";
        }
        if (root.At("timezone").Text() is { Length: > 0 } zone and not "browser")
        {
            yield return $"Times are in the viewer's zone, not in {zone}.";
        }
    }

    internal static string Cut(string text, int most) => text.Length <= most ? text : StoreText.Shorten(text, most - 1);
}
