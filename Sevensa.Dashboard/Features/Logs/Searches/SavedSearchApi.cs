using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs.Searches;

/// <param name="Href">Page that asks it.</param>
internal sealed record SavedSearchView(
    string Id,
    string Tenant,
    string Name,
    string Query,
    string SavedBy,
    DateTimeOffset SavedAt,
    string Href
)
{
    public static SavedSearchView Of(SavedSearch search) =>
        new(
            search.Id,
            search.Tenant,
            search.Name,
            search.Query,
            search.SavedBy,
            search.SavedAt,
            LogLinks.Page(search.Tenant, search.Query)
        );
}

internal sealed record SaveSearch(string? Name, string? Query);

internal static class SavedSearchApi
{
    public static void MapSavedSearches(this IEndpointRouteBuilder app)
    {
        var searches = app.MapGroup("/api/v1/tenants/{tenant}/logs/searches")
            .RequireAuthorization(Policies.Read)
            .DisableAntiforgery()
            .WithTags("Logs");
        searches.MapGet("", ListAsync).WithSummary("A tenant's saved log searches, by name");
        searches.MapGet("/{id}", FindAsync).WithSummary("One saved search");
        searches
            .MapPost("", SaveAsync)
            .WithSummary("Saves a search under a name; one of that name takes the new query");
        searches.MapDelete("/{id}", RemoveAsync).WithSummary("Removes a saved search");
    }

    private static async Task<Page<SavedSearchView>> ListAsync(
        string tenant,
        [FromServices] SavedSearches searches,
        [FromServices] ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) =>
        (await searches.PageAsync(await callers.GetAsync(cancellation), tenant, asked, cancellation)).Select(
            SavedSearchView.Of
        );

    private static async Task<SavedSearchView> FindAsync(
        string tenant,
        string id,
        [FromServices] SavedSearches searches,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => SavedSearchView.Of(await searches.FindAsync(await callers.GetAsync(cancellation), tenant, id, cancellation));

    private static async Task<IResult> SaveAsync(
        string tenant,
        SaveSearch wanted,
        [FromServices] SavedSearches searches,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var saved = SavedSearchView.Of(
            await searches.SaveAsync(
                await callers.GetAsync(cancellation),
                tenant,
                wanted.Name,
                wanted.Query,
                cancellation
            )
        );
        return TypedResults.Created($"/api/v1/tenants/{tenant}/logs/searches/{saved.Id}", saved);
    }

    private static async Task<IResult> RemoveAsync(
        string tenant,
        string id,
        [FromServices] SavedSearches searches,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await searches.RemoveAsync(await callers.GetAsync(cancellation), tenant, id, cancellation);
        return TypedResults.NoContent();
    }
}
