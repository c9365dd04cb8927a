using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases;

internal static class DatabasesApi
{
    public static void MapDatabasesApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Databases").RequireAuthorization(Policies.Read);
        api.MapGet("/databases", ListAsync)
            .WithSummary(
                "Database instances, what of them is whose, and how they stand; another tenant's things are not named"
            );
        api.MapGet("/databases/{instance}", FindAsync).WithSummary("One database instance");
        api.MapGet("/tenants/{tenant}/databases", OfTenantAsync)
            .WithSummary("A tenant's databases, schemas and roles, and what they take of their instances");
    }

    private static async Task<Ok<Page<DatabaseInstance>>> ListAsync(
        DatabaseCatalogue databases,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? cursor = null,
        int? limit = null
    )
    {
        var all = await databases.ListAsync(await callers.GetAsync(cancellation), cancellation);
        return TypedResults.Ok(PageOf(all, cursor, limit));
    }

    private static async Task<Ok<DatabaseInstance>> FindAsync(
        string instance,
        DatabaseCatalogue databases,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await databases.FindAsync(await callers.GetAsync(cancellation), instance, cancellation));

    private static async Task<Ok<Page<DatabaseInstance>>> OfTenantAsync(
        string tenant,
        DatabaseCatalogue databases,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? cursor = null,
        int? limit = null
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(PageOf(await databases.OfTenantAsync(scope, tenant, cancellation), cursor, limit));
    }

    private static Page<DatabaseInstance> PageOf(IReadOnlyList<DatabaseInstance> all, string? cursor, int? limit)
    {
        var (after, most) = (Cursor.Read(cursor, "databases", 1)?.Text(0), PageSize.Of(limit));
        var rest = all.Where(one => after is null || string.CompareOrdinal(one.Name, after) > 0).ToList();
        return new Page<DatabaseInstance>(
            [.. rest.Take(most)],
            rest.Count > most ? Cursor.After("databases", rest[most - 1].Name) : null
        );
    }
}

internal sealed class DatabaseProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownInstanceException => new ProblemDetails
            {
                Status = 404,
                Title = "No such instance",
                Detail = exception.Message,
            },
            _ => null,
        };
}
