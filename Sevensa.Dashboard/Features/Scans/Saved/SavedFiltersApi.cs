using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans.Saved;

internal static class SavedFiltersApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/findings/filters").WithTags("Scans");
        api.MapGet("", ListAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("The caller's own filters of findings, by name");
        // A person's own filter changes nothing for anybody else.
        api.MapPost("", SaveAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("Keeps a filter under a name; one of that name takes the new filter");
        api.MapDelete("/{id}", RemoveAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("Removes one of the caller's own filters");
    }

    private static async Task<Ok<Page<SavedFilter>>> ListAsync(
        [AsParameters] PageAsked asked,
        [FromServices] SavedFilters filters,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation,
        string? tenant = null
    ) =>
        TypedResults.Ok(
            await filters.ListAsync(
                await callers.GetAsync(cancellation),
                string.IsNullOrWhiteSpace(tenant) ? null : tenant.Trim(),
                asked,
                cancellation
            )
        );

    private static async Task<Created<SavedFilter>> SaveAsync(
        SavedFilterAsked asked,
        [FromServices] SavedFilters filters,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var saved = await filters.SaveAsync(await callers.GetAsync(cancellation), asked, cancellation);
        return TypedResults.Created($"/api/v1/findings/filters/{saved.Id}", saved);
    }

    private static async Task<NoContent> RemoveAsync(
        string id,
        [FromServices] SavedFilters filters,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await filters.RemoveAsync(await callers.GetAsync(cancellation), id, cancellation);
        return TypedResults.NoContent();
    }
}
