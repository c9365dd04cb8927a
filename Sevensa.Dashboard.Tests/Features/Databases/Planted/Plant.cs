namespace Sevensa.Dashboard.Tests.Features.Databases.Planted;

/// <summary>A leak that is made on purpose, by the superuser, and taken away again.</summary>
/// <param name="Leaks">What must be found, as <c>tenant:kind</c>; nothing else may be.</param>
/// <param name="In">The database where it is planted.</param>
/// <param name="Perhaps">What may be found besides, depending on what others do at that moment.</param>
public sealed record Plant(
    string Name,
    string Sql,
    string Undo,
    string Leaks,
    string In = "shared",
    string Perhaps = ""
)
{
    public override string ToString() => Name;
}
