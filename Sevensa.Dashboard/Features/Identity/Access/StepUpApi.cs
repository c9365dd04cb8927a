using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;
using Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens.Keys;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <param name="Deed">What the proof is for, such as <c>secondFactor.reset</c>.</param>
/// <param name="Target">What it is done to, where the deed is done to something.</param>
/// <param name="Password">Of whoever has no second factor.</param>
/// <param name="Code">Of the second factor, or a recovery code.</param>
/// <param name="Passkey">What <c>/api/v1/step-ups/passkey/answer</c> gave, in place of either.</param>
internal sealed record StepUpAsked(
    string? Deed,
    string? Target,
    string? Password,
    string? Code,
    string? Passkey = null
);

/// <param name="State">As it was given with the question.</param>
/// <param name="Credential">What <c>navigator.credentials.get</c> gave, as JSON text.</param>
internal sealed record PasskeyAnswer(string? State, string? Credential);

/// <param name="Given">Stands in for a password or code once, for this person in this session or program.</param>
internal sealed record PasskeyGiven(string Given, DateTimeOffset ExpiresAt);

/// <param name="StepUp">A proof of <c>/api/v1/step-ups</c> for this deed.</param>
internal sealed record ProvenBody(string? StepUp);

/// <summary>Proofs that a person gave a password or code again, or used a passkey, and what takes one.</summary>
internal static class StepUpApi
{
    private const int LongestTarget = 64;

    /// <summary>Each with whether it is done to something.</summary>
    private static readonly Dictionary<string, bool> deeds = new(StringComparer.Ordinal)
    {
        [FactorDesk.Deed] = true,
        [AccessDesk.EndDoubtDeed] = true,
        [KeyDesk.Deed] = false,
        [KeyDesk.WithdrawDeed] = false,
    };

    public static void MapStepUpApi(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/step-ups", ProveAsync)
            .KeepsNothing()
            .RequireAuthorization(Policies.Portal)
            .WithTags("Access")
            .WithSummary("Gives a password or code again: a proof for one deed, good once, for five minutes");
        app.MapPost("/api/v1/step-ups/passkey", AskAsync)
            .KeepsNothing()
            .RequireAuthorization(Policies.Portal)
            .WithTags("Access")
            .WithSummary("What to ask the browser for, so that a passkey stands in for password or code");
        app.MapPost("/api/v1/step-ups/passkey/answer", AnswerAsync)
            .KeepsNothing()
            .RequireAuthorization(Policies.Portal)
            .WithTags("Access")
            .WithSummary("Takes what the passkey signed: stands in for password or code once, for two minutes");
        // The same for pages, which prove themselves by the session's cookie. JSON alone is read: no form of elsewhere sends any.
        app.MapPost(
                "/me/passkeys/question",
                (HttpContext context, PasskeyProof passkeys, ICurrentCaller current, CancellationToken cancellation) =>
                    ToldAsync(() => AskAsync(context, passkeys, current, cancellation))
            )
            .RequireAuthorization(Policies.Portal)
            .ExcludeFromDescription();
        app.MapPost(
                "/me/passkeys/answer",
                (
                    PasskeyAnswer body,
                    HttpContext context,
                    PasskeyProof passkeys,
                    ICurrentCaller current,
                    CancellationToken cancellation
                ) => ToldAsync(() => AnswerAsync(body, context, passkeys, current, cancellation))
            )
            .RequireAuthorization(Policies.Portal)
            .ExcludeFromDescription();
        app.MapPost(
                "/api/v1/people/{id}/second-factor/reset",
                async (
                    string id,
                    ProvenBody body,
                    FactorDesk desk,
                    ICurrentCaller current,
                    CancellationToken cancellation
                ) =>
                {
                    await desk.ResetAsync(await current.GetAsync(cancellation), id, body.StepUp, cancellation);
                    return TypedResults.NoContent();
                }
            )
            .RequireAuthorization(Policies.Admin)
            .WithTags("Access")
            .WithSummary("Takes away a second factor that somebody lost, and ends their sessions");
    }

    /// <summary>Problems of a page's paths are pages; the script that asks here reads words.</summary>
    private static async Task<Results<Ok<T>, ProblemHttpResult>> ToldAsync<T>(Func<Task<Ok<T>>> answer)
    {
        try
        {
            return await answer();
        }
        catch (ForbiddenException exception)
        {
            return TypedResults.Problem(
                exception.Message,
                statusCode: 403,
                title: "Not allowed",
                extensions: new Dictionary<string, object?> { ["code"] = exception.Code }
            );
        }
        catch (AccountException exception)
        {
            return TypedResults.Problem(exception.Message, statusCode: 422, title: "That can't be done");
        }
    }

    private static async Task<Ok<PasskeyQuestion>> AskAsync(
        HttpContext context,
        PasskeyProof passkeys,
        ICurrentCaller current,
        CancellationToken cancellation
    )
    {
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(await passkeys.AskAsync(context, await current.GetAsync(cancellation)));
    }

    private static async Task<Ok<PasskeyGiven>> AnswerAsync(
        PasskeyAnswer body,
        HttpContext context,
        PasskeyProof passkeys,
        ICurrentCaller current,
        CancellationToken cancellation
    )
    {
        if (string.IsNullOrEmpty(body.State) || string.IsNullOrEmpty(body.Credential))
        {
            throw new BadHttpRequestException("state and credential are needed.");
        }
        context.Response.Headers.CacheControl = "no-store";
        var caller = await current.GetAsync(cancellation);
        var given = await passkeys.AnswerAsync(context, caller, body.State, body.Credential);
        return TypedResults.Ok(new PasskeyGiven(given.Proof, given.ExpiresAt));
    }

    private static async Task<Ok<StepUpProof>> ProveAsync(
        StepUpAsked body,
        HttpContext context,
        IStepUp stepUp,
        ICurrentCaller current,
        CancellationToken cancellation
    )
    {
        if (!deeds.TryGetValue(body.Deed ?? "", out var takesTarget))
        {
            throw new BadHttpRequestException(
                $"deed names what the proof is for: {string.Join(" or ", deeds.Keys.Order(StringComparer.Ordinal))}."
            );
        }
        if (takesTarget != body.Target is { Length: > 0 and <= LongestTarget })
        {
            throw new BadHttpRequestException(
                takesTarget
                    ? "target is missing: the id of what it is done to."
                    : "target: this deed is done to nothing."
            );
        }
        if ((body.Passkey ?? body.Code ?? body.Password) is not { Length: > 0 } given)
        {
            throw new BadHttpRequestException("password or code is missing, or passkey.");
        }
        context.Response.Headers.CacheControl = "no-store";
        var deed = takesTarget ? $"{body.Deed} {body.Target}" : body.Deed!;
        return TypedResults.Ok(
            await stepUp.ProveAsync(await current.GetAsync(cancellation), given, deed, cancellation)
        );
    }
}
