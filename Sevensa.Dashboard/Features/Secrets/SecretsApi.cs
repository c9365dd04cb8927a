using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

internal static class SecretsApi
{
    private const int MostPerPage = 500;
    private const int LongestCursor = 1000;

    public static void MapSecretsApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Secrets").RequireAuthorization(Policies.Read);
        api.MapGet("/tenants/{tenant}/secrets", ListAsync)
            .WithSummary("Names, versions, age, due date and consumers of a tenant's secrets; never values");
        api.MapGet("/tenants/{tenant}/secrets/{**path}", FindAsync).WithSummary("One secret with its version history");
        api.MapGet("/leases", LeasesAsync)
            .WithSummary("Dynamic credentials that Vault has not taken back, each with how it stands");
    }

    private static async Task<Results<Ok<SecretList>, ProblemHttpResult>> ListAsync(
        string tenant,
        SecretCatalogue secrets,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? cursor = null,
        int limit = 100
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        if (!IsPlace(cursor))
        {
            return NoSuchPlace();
        }
        return TypedResults.Ok(
            await secrets.ListAsync(scope, tenant, cursor, Math.Clamp(limit, 1, MostPerPage), cancellation)
        );
    }

    private static async Task<Results<Ok<Secret>, ProblemHttpResult>> FindAsync(
        string tenant,
        string path,
        SecretCatalogue secrets,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return await secrets.FindAsync(scope, tenant, path, cancellation) is { } secret
            ? TypedResults.Ok(secret)
            : TypedResults.Problem(
                $"{tenant} has no secret of that path. The list is at /api/v1/tenants/{tenant}/secrets.",
                statusCode: 404,
                title: "No such secret"
            );
    }

    private static async Task<Results<Ok<LeaseList>, ProblemHttpResult>> LeasesAsync(
        LeaseCatalogue leases,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? tenant = null,
        string? cursor = null,
        int limit = MostPerPage
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var scope = string.IsNullOrWhiteSpace(tenant)
            ? await scopes.ForAllAsync(caller, cancellation)
            : await scopes.ForAsync(caller, tenant, cancellation);
        if (!IsPlace(cursor))
        {
            return NoSuchPlace();
        }
        return TypedResults.Ok(await leases.AliveAsync(scope, cursor, Math.Clamp(limit, 1, MostPerPage), cancellation));
    }

    /// <summary>A cursor is the path that the page before ended with.</summary>
    private static bool IsPlace(string? cursor) =>
        cursor is null || cursor.Length <= LongestCursor && !cursor.Any(char.IsControl);

    private static ProblemHttpResult NoSuchPlace() =>
        TypedResults.Problem(
            "The cursor is not one that a page ended with: use what \"next\" of the page before says, or leave it out.",
            statusCode: 400,
            title: "Unknown cursor"
        );
}
