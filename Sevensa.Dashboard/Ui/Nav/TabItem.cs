namespace Sevensa.Dashboard.Ui.Nav;

/// <param name="Count">Shown small beside the title, when there is something to count.</param>
/// <param name="Also">An address besides its own that is shown under it.</param>
public sealed record TabItem(string Title, string Href, int? Count = null, string? Also = null);
