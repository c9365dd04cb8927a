using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Accesses;
using Sevensa.Dashboard.Features.Secrets.Exposures;
using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

internal static class SecretsApi
{
    public static void MapSecretsApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Secrets").RequireAuthorization(Policies.Read);
        api.MapGet("/tenants/{tenant}/secrets", ListAsync)
            .WithSummary("Names, versions, age, due date and consumers of a tenant's secrets; never values");
        api.MapSchedulesApi();
        api.MapAccessesApi();
        api.MapExposuresApi();
        api.MapDeedsApi();
        api.MapGet("/tenants/{tenant}/secrets/{**path}", FindAsync).WithSummary("One secret with its version history");
        api.MapGet("/leases", LeasesAsync)
            .WithSummary("Dynamic credentials that Vault has not taken back, each with how it stands");
    }

    private static async Task<Ok<SecretList>> ListAsync(
        string tenant,
        SecretCatalogue secrets,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? cursor = null,
        int? limit = null
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        var after = Cursor.Read(cursor, "secrets", 1)?.Text(0);
        var page = await secrets.ListAsync(scope, tenant, after, PageSize.Of(limit), cancellation);
        return TypedResults.Ok(page with { Next = page.Next is { } next ? Cursor.After("secrets", next) : null });
    }

    private static async Task<Results<Ok<Secret>, ProblemHttpResult>> FindAsync(
        string tenant,
        string path,
        SecretCatalogue secrets,
        LastRotations rotations,
        SeenReaders seen,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        return await secrets.FindAsync(scope, tenant, path, cancellation) is { } secret
            ? TypedResults.Ok(
                secret with
                {
                    SeenReaders = await seen.OfAsync(scope, tenant, secret.Path, cancellation),
                    Rule = await rotations.RuleOfAsync(tenant, secret.Path, cancellation),
                    LastRotation = (await rotations.OfAsync(caller, tenant, cancellation)).GetValueOrDefault(
                        secret.Path
                    ),
                }
            )
            : TypedResults.Problem(
                $"{tenant} has no secret of that path. The list is at /api/v1/tenants/{tenant}/secrets.",
                statusCode: 404,
                title: "No such secret"
            );
    }

    private static async Task<Ok<LeaseList>> LeasesAsync(
        LeaseCatalogue leases,
        SecretConsumers consumers,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation,
        string? tenant = null,
        string? cursor = null,
        int? limit = null
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var scope = string.IsNullOrWhiteSpace(tenant)
            ? await scopes.ForAllAsync(caller, cancellation)
            : await scopes.ForAsync(caller, tenant, cancellation);
        var after = Cursor.Read(cursor, "leases", 1)?.Text(0);
        var page = await leases.AliveAsync(scope, after, PageSize.Of(limit, usual: 500), cancellation);
        return TypedResults.Ok(
            page with
            {
                Items = consumers.With(page.Items),
                Next = page.Next is { } next ? Cursor.After("leases", next) : null,
            }
        );
    }
}
