using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Databases.Backups;
using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>Instances, tenants' databases and proofs of isolation over HTTP.</summary>
internal static class DatabasesApi
{
    private static readonly ListOrder<DatabaseInstance> ByName = new ListOrder<DatabaseInstance>("databases").By(
        instance => instance.Name
    );

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
        api.MapPost("/databases/{instance}/proof", ProveAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary(
                "Begins to prove that tenants are kept apart: what must fail is tried with their own credentials"
            );
        api.MapGet("/databases/{instance}/proofs", ProofsAsync)
            .WithSummary("Proofs of an instance, newest first, each with its attempts and their outcomes");
        api.MapGet("/databases/{instance}/proofs/{id}", ProofAsync).WithSummary("One proof with its attempts");
        api.MapPost("/databases/{instance}/proofs/{id}/cancel", CancelAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Ends a proof that is under way; what was tried until then stays");
    }

    private static async Task<Ok<Page<DatabaseInstance>>> ListAsync(
        DatabaseCatalogue databases,
        DrillBook drills,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var all = await drills.WithDrillsAsync(caller, await databases.ListAsync(caller, cancellation), cancellation);
        return TypedResults.Ok(ByName.Page(all, asked, instance => instance));
    }

    private static async Task<Ok<DatabaseInstance>> FindAsync(
        string instance,
        DatabaseCatalogue databases,
        DrillBook drills,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var found = await databases.FindAsync(caller, instance, cancellation);
        return TypedResults.Ok((await drills.WithDrillsAsync(caller, [found], cancellation))[0]);
    }

    private static async Task<Ok<Page<DatabaseInstance>>> OfTenantAsync(
        string tenant,
        DatabaseCatalogue databases,
        DrillBook drills,
        ITenantScopes scopes,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var all = await drills.WithDrillsAsync(
            caller,
            await databases.OfTenantAsync(scope, tenant, cancellation),
            cancellation
        );
        return TypedResults.Ok(ByName.Page(all, asked, instance => instance));
    }

    private static async Task<Accepted<IsolationProof>> ProveAsync(
        string instance,
        ProofAsked? asked,
        ProofDesk proofs,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var proof = await proofs.StartAsync(
            await callers.GetAsync(cancellation),
            instance,
            asked?.Tenants,
            cancellation
        );
        return TypedResults.Accepted(
            $"/api/v1/databases/{Uri.EscapeDataString(instance)}/proofs/{Uri.EscapeDataString(proof.Id)}",
            proof
        );
    }

    private static async Task<Ok<Page<IsolationProof>>> ProofsAsync(
        string instance,
        ProofDesk proofs,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) => TypedResults.Ok(await proofs.PageAsync(await callers.GetAsync(cancellation), instance, asked, cancellation));

    private static async Task<Ok<IsolationProof>> ProofAsync(
        string instance,
        string id,
        ProofDesk proofs,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await proofs.FindAsync(await callers.GetAsync(cancellation), instance, id, cancellation));

    private static async Task<Ok<IsolationProof>> CancelAsync(
        string instance,
        string id,
        ProofDesk proofs,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await proofs.CancelAsync(await callers.GetAsync(cancellation), instance, id, cancellation));

    /// <param name="Tenants">Only these; all that the caller sees when left out.</param>
    internal sealed record ProofAsked(IReadOnlyList<string>? Tenants = null);
}

/// <summary>What the feature's exceptions are to a caller.</summary>
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
            UnknownProofException => new ProblemDetails
            {
                Status = 404,
                Title = "No such proof",
                Detail = exception.Message,
            },
            NothingToProveException => new ProblemDetails
            {
                Status = 422,
                Title = "There is nothing to prove",
                Detail = exception.Message,
            },
            _ => null,
        };
}
