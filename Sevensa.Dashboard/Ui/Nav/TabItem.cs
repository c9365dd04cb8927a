namespace Sevensa.Dashboard.Ui.Nav;

/// <param name="Count">Shown small beside the title, when there is something to count.</param>
public sealed record TabItem(string Title, string Href, int? Count = null);
