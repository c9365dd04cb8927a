using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens.Keys;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <param name="SignsFrom">It is in the key set a while before.</param>
/// <param name="GoesAt">When it leaves the key set; null while there is no newer one.</param>
internal sealed record SigningKeyAnswer(
    string Id,
    DateTimeOffset MadeAt,
    DateTimeOffset SignsFrom,
    DateTimeOffset? GoesAt,
    bool IsSigning
);

/// <summary>The keys that tokens are signed with.</summary>
internal static class SigningKeysApi
{
    private static readonly ListOrder<SigningKey> newest = new ListOrder<SigningKey>("signing-keys")
        .ByNewest(key => key.MadeAt)
        .By(key => key.Id);

    public static void MapSigningKeysApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/signing-keys").RequireAuthorization(Policies.Admin).WithTags("Access");
        api.MapGet(
                "",
                async (
                    KeyDesk desk,
                    ICurrentCaller current,
                    [AsParameters] PageAsked asked,
                    CancellationToken cancellation
                ) => TypedResults.Ok(newest.Page(desk.List(await current.GetAsync(cancellation)), asked, Answer))
            )
            .WithSummary("The keys in the key set, the newest first");
        api.MapPost(
                "/rotate",
                async (ProvenBody body, KeyDesk desk, ICurrentCaller current, CancellationToken cancellation) =>
                {
                    await desk.RotateAsync(await current.GetAsync(cancellation), body.StepUp, cancellation);
                    return TypedResults.NoContent();
                }
            )
            .WithSummary(
                "Makes a new key, which signs from five minutes later; the old one stays until its last token is over"
            );
        api.MapPost(
                "/withdraw",
                async (ProvenBody body, KeyDesk desk, ICurrentCaller current, CancellationToken cancellation) =>
                {
                    await desk.WithdrawAsync(await current.GetAsync(cancellation), body.StepUp, cancellation);
                    return TypedResults.NoContent();
                }
            )
            .WithSummary(
                "Somebody may have a key: a new one signs at once, no other is trusted any more, and all tokens end but personal ones"
            );
    }

    private static SigningKeyAnswer Answer(SigningKey key) =>
        new(key.Id, key.MadeAt, key.SignsFrom, key.GoesAt, key.IsSigning);
}
