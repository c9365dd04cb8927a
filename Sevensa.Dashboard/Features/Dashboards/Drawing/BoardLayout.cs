namespace Sevensa.Dashboard.Features.Dashboards.Drawing;

/// <summary>A panel as it stands on the page: itself, or one of its repetitions.</summary>
/// <param name="Key">Tells repetitions apart, in the address too: <c>7</c>, <c>7-api</c>.</param>
public sealed record PlacedPanel(
    string Key,
    BoardPanel Panel,
    PanelPlace Place,
    IReadOnlyDictionary<string, VariableOption> Values
);

internal sealed record PlacedSection(
    string Key,
    string Title,
    bool Collapsed,
    int Index,
    IReadOnlyList<PlacedPanel> Panels,
    IReadOnlyDictionary<string, VariableOption> Values
);

/// <summary>Where everything stands: repetitions side by side or one below the other, and what was below pushed down.</summary>
internal static class BoardLayout
{
    public const int Columns = 24;

    /// <summary>More of one panel than anybody reads; what is left out is said.</summary>
    public const int MostRepeats = 50;
    private static readonly Dictionary<string, VariableOption> Nothing = [];

    public static (IReadOnlyList<PlacedSection> Sections, IReadOnlyList<string> Left) Arrange(
        Board board,
        Func<string, IReadOnlyList<VariableOption>> valuesOf
    )
    {
        var (sections, left) = (new List<PlacedSection>(), new List<string>());
        foreach (var (index, section) in board.Sections.Index())
        {
            foreach (var values in Turns(section.RepeatBy, section.Title, valuesOf, left))
            {
                var suffix = values.Count == 0 ? "" : $"-{values.Values.First().Value}";
                sections.Add(
                    new PlacedSection(
                        $"{index}{suffix}",
                        section.Title,
                        section.Collapsed,
                        index,
                        Panels(section, values, suffix, valuesOf, left),
                        values
                    )
                );
            }
        }
        return (sections, left);
    }

    /// <summary>Moves a panel, and pushes down what it then stands on; gaps above panels close.</summary>
    public static IReadOnlyList<BoardPanel> Move(IReadOnlyList<BoardPanel> panels, int id, PanelPlace to)
    {
        var wanted = BoardFile.Within(to);
        var moved = panels.FirstOrDefault(panel => panel.Id == id);
        if (moved is null)
        {
            return panels;
        }
        var places = new Dictionary<int, PanelPlace> { [id] = wanted };
        foreach (
            var panel in panels
                .Where(panel => panel.Id != id)
                .OrderBy(panel => panel.Place.Y)
                .ThenBy(panel => panel.Place.X)
        )
        {
            var place = panel.Place;
            while (places.Values.FirstOrDefault(other => Overlap(place, other)) is { } other)
            {
                place = place with { Y = other.Y + other.H };
            }
            places[panel.Id] = place;
        }
        var closed = new Dictionary<int, PanelPlace>();
        foreach (var (one, place) in places.OrderBy(pair => pair.Value.Y).ThenBy(pair => pair.Value.X))
        {
            var up = place;
            while (up.Y > 0 && !closed.Values.Any(other => Overlap(up with { Y = up.Y - 1 }, other)))
            {
                up = up with { Y = up.Y - 1 };
            }
            closed[one] = up;
        }
        return [.. panels.Select(panel => panel with { Place = closed[panel.Id] })];
    }

    /// <summary>The first free place below everything.</summary>
    public static PanelPlace Below(IEnumerable<BoardPanel> panels, int width, int height) =>
        new(0, panels.Select(panel => panel.Place.Y + panel.Place.H).DefaultIfEmpty(0).Max(), width, height);

    private static List<PlacedPanel> Panels(
        BoardSection section,
        IReadOnlyDictionary<string, VariableOption> outer,
        string suffix,
        Func<string, IReadOnlyList<VariableOption>> valuesOf,
        List<string> left
    )
    {
        var result = new List<PlacedPanel>();
        var pushed = 0;
        foreach (var panel in section.Panels.OrderBy(panel => panel.Place.Y).ThenBy(panel => panel.Place.X))
        {
            var place = panel.Place with { Y = panel.Place.Y + pushed };
            if (panel.RepeatBy is null || outer.ContainsKey(panel.RepeatBy))
            {
                result.Add(new PlacedPanel($"{panel.Id}{suffix}", panel, place, outer));
                continue;
            }
            var turns = Turns(panel.RepeatBy, panel.Title, valuesOf, left).ToList();
            var width = panel.RepeatDown ? place.W : Math.Max(1, Columns / Math.Clamp(turns.Count, 1, panel.MaxPerRow));
            var perRow = panel.RepeatDown ? 1 : Columns / width;
            foreach (var (number, turn) in turns.Index())
            {
                var values = new Dictionary<string, VariableOption>(outer, StringComparer.Ordinal);
                foreach (var (name, value) in turn)
                {
                    values[name] = value;
                }
                result.Add(
                    new PlacedPanel(
                        turn.Count == 0 ? $"{panel.Id}{suffix}" : $"{panel.Id}{suffix}-{turn.Values.First().Value}",
                        panel,
                        new PanelPlace(
                            panel.RepeatDown ? place.X : number % perRow * width,
                            place.Y + number / perRow * place.H,
                            turns.Count == 1 && !panel.RepeatDown ? Columns : width,
                            place.H
                        ),
                        values
                    )
                );
            }
            pushed += (Math.Max(1, (turns.Count + perRow - 1) / perRow) - 1) * place.H;
        }
        return result;
    }

    private static IEnumerable<IReadOnlyDictionary<string, VariableOption>> Turns(
        string? by,
        string what,
        Func<string, IReadOnlyList<VariableOption>> valuesOf,
        List<string> left
    )
    {
        var values = by is null ? [] : valuesOf(by);
        if (by is null || values.Count == 0)
        {
            yield return Nothing;
            yield break;
        }
        if (values.Count > MostRepeats)
        {
            left.Add(
                $"\"{what}\" is repeated for {MostRepeats} of the {values.Count} values of {by}. Choose fewer values to see the others."
            );
        }
        foreach (var value in values.Take(MostRepeats))
        {
            yield return new Dictionary<string, VariableOption>(StringComparer.Ordinal) { [by] = value };
        }
    }

    private static bool Overlap(PanelPlace a, PanelPlace b) =>
        a.X < b.X + b.W && b.X < a.X + a.W && a.Y < b.Y + b.H && b.Y < a.Y + a.H;
}
