namespace Sevensa.Dashboard.Ui.Data;

/// <summary>
/// What a list shows, under its id. A grid tells rows apart by what they are made of: read anew, this one is still the same row, and
/// what has the focus in it keeps it.
/// </summary>
internal sealed record Row<T>(string Id, T Shown)
{
    public bool Equals(Row<T>? other) => other?.Id == Id;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Id);
}
