using Sevensa.Dashboard.Features.Dashboards.Drawing;

namespace Sevensa.Dashboard.Features.Dashboards;

/// <summary>What an editor does to a dashboard; each makes another one, so that nothing is changed before it is saved.</summary>
internal static class BoardEdits
{
    public static Board Move(Board board, int id, PanelPlace to) =>
        Sections(
            board,
            section =>
                section.Panels.Any(panel => panel.Id == id)
                    ? section with
                    {
                        Panels = BoardLayout.Move(section.Panels, id, to),
                    }
                    : section
        );

    public static Board Remove(Board board, int id) =>
        Sections(board, section => section with { Panels = [.. section.Panels.Where(panel => panel.Id != id)] });

    public static Board Replace(Board board, BoardPanel panel) =>
        Sections(
            board,
            section => section with { Panels = [.. section.Panels.Select(one => one.Id == panel.Id ? panel : one)] }
        );

    /// <summary>Below everything of the last section.</summary>
    public static (Board Board, int Id) Add(Board board, PanelKind kind)
    {
        var id = board.Panels.Select(panel => panel.Id).DefaultIfEmpty(0).Max() + 1;
        var sections = board.Sections.Count > 0 ? board.Sections.ToList() : [new BoardSection()];
        var last = sections[^1];
        var panel = new BoardPanel
        {
            Id = id,
            Kind = kind,
            Title = kind == PanelKind.Text ? "Text" : "New panel",
            Place = BoardLayout.Below(last.Panels, 12, kind is PanelKind.Stat or PanelKind.Gauge ? 5 : 8),
            Queries = kind == PanelKind.Text ? [] : [new PanelQuery("A", "up", Instant: kind == PanelKind.Table)],
            Text = kind == PanelKind.Text ? "Words in **Markdown**." : null,
        };
        sections[^1] = last with { Panels = [.. last.Panels, panel] };
        return (board with { Sections = sections }, id);
    }

    public static Board AddRow(Board board) =>
        board with
        {
            Sections = [.. board.Sections, new BoardSection { Title = "New row" }],
        };

    private static Board Sections(Board board, Func<BoardSection, BoardSection> change) =>
        board with
        {
            Sections = [.. board.Sections.Select(change)],
        };
}
