using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Entering;
using Sevensa.Dashboard.Features.Secrets.HandOvers;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>The body of a step-up. No record, so that nothing prints the password.</summary>
internal sealed class DeedProofWish
{
    /// <summary><c>enter</c> or <c>handOver</c>.</summary>
    public string? Deed { get; set; }

    /// <summary>Of the secret, below the tenant.</summary>
    public string? Path { get; set; }

    public string? Password { get; set; }

    /// <summary>Of the second factor, for who has one.</summary>
    public string? Code { get; set; }

    /// <summary>What a passkey gave (<c>/api/v1/step-ups/passkey/answer</c>), in place of either.</summary>
    public string? Passkey { get; set; }
}

/// <summary>What administrators do with values; no answer of it is kept for an Idempotency-Key.</summary>
internal static class DeedsApi
{
    public static void MapDeedsApi(this IEndpointRouteBuilder api)
    {
        api.MapPost("/tenants/{tenant}/secrets/step-up", ProveAsync)
            .KeepsNothing()
            .RequireAuthorization(Policies.Admin)
            .WithSummary("Proves with the password, for one deed on one secret: enter or handOver");
        api.MapPost("/tenants/{tenant}/secrets/values", EnterAsync)
            .KeepsNothing()
            .RequireAuthorization(Policies.Admin)
            .WithSummary(
                "Enters a value that was issued elsewhere, for an approved plan that waits for it; straight to Vault"
            )
            .ProducesProblem(409)
            .ProducesProblem(422);
        api.MapPost("/tenants/{tenant}/secrets/hand-overs", HandOverAsync)
            .KeepsNothing()
            .RequireAuthorization(Policies.Admin)
            .WithSummary("A single-use token by which Vault shows a secret to whoever has it; shown once")
            .ProducesProblem(422);
    }

    private static async Task<Ok<StepUpProof>> ProveAsync(
        string tenant,
        DeedProofWish wish,
        HttpContext context,
        SecretDeeds deeds,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        if (wish.Deed is not (SecretDeeds.Enter or SecretDeeds.HandOver))
        {
            throw new BadHttpRequestException($"deed is {SecretDeeds.Enter} or {SecretDeeds.HandOver}.");
        }
        if (
            (wish.Passkey ?? wish.Password ?? wish.Code) is not { Length: > 0 } proof
            || string.IsNullOrEmpty(wish.Path)
        )
        {
            throw new BadHttpRequestException("path and password are needed, or code for who has a second factor.");
        }
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(
            await deeds.ProveAsync(
                await callers.GetAsync(cancellation),
                tenant,
                wish.Deed,
                wish.Path,
                proof,
                cancellation
            )
        );
    }

    private static async Task<Ok<EnteredAnswer>> EnterAsync(
        string tenant,
        EnteredWish wish,
        HttpContext context,
        EnteredValues values,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        if (wish is not { Path: not null, Key: not null, Version: not null, Value: not null })
        {
            throw new BadHttpRequestException("path, key, version and value are needed.");
        }
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(
            await values.EnterAsync(await callers.GetAsync(cancellation), tenant, wish, cancellation)
        );
    }

    private static async Task<Ok<HandedOver>> HandOverAsync(
        string tenant,
        HandOverWish wish,
        HttpContext context,
        HandOver handOver,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        if (string.IsNullOrEmpty(wish.Path))
        {
            throw new BadHttpRequestException("path is needed.");
        }
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(
            await handOver.GiveAsync(await callers.GetAsync(cancellation), tenant, wish, cancellation)
        );
    }
}
