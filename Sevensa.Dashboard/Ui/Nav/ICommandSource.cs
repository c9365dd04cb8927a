using System.Security.Claims;

namespace Sevensa.Dashboard.Ui.Nav;

/// <summary>Something the palette can find: each feature registers its own. All are asked when the palette opens.</summary>
public interface ICommandSource
{
    /// <param name="query">What has been typed, for sources too large to list; the palette filters again itself.</param>
    ValueTask<IReadOnlyList<PaletteCommand>> FindAsync(
        ClaimsPrincipal person,
        string query,
        CancellationToken cancellationToken
    );
}

/// <param name="Title">What is searched and shown: "RentGuy · Metrics", "Restart rentguy-api".</param>
/// <param name="Group">The heading it stands under: "Tenants", "Pages", "Run".</param>
/// <param name="Href">Where it goes; else <paramref name="RunAsync"/> runs.</param>
/// <param name="Words">Further words that find it.</param>
public sealed record PaletteCommand(
    string Title,
    string Group,
    string? Href = null,
    Func<CancellationToken, Task>? RunAsync = null,
    string? Hint = null,
    string Icon = "arrow",
    string Words = ""
);
