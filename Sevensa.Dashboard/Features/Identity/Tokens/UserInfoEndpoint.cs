using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Sevensa.Dashboard.Features.Identity.Accounts;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>Who a person is, for a program that they signed in to (OpenID Connect Core 1.0, section 5.3).</summary>
internal static class UserInfoEndpoint
{
    public static async Task<IResult> AnswerAsync(
        HttpContext context,
        TokenCallers callers,
        TokenFamilyStore families,
        PersonStore people,
        CancellationToken cancellation
    )
    {
        var shown = (
            await context.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)
        ).Principal;
        if (
            shown is null
            || !await EndedTokens.IsLiveAsync(shown, callers, families, cancellation)
            || await people.FindAsync(shown.GetClaim(Claims.Subject) ?? "", cancellation) is not { } person
        )
        {
            return Refuse(Errors.InvalidToken, "The token is not valid here, or no longer.");
        }
        return shown.HasScope(Scopes.OpenId)
            ? TypedResults.Json(IdentityClaims.Of(person, [.. shown.GetScopes()]))
            : Refuse(Errors.InsufficientScope, "The token was not given for signing in (scope openid).");
    }

    private static IResult Refuse(string error, string description) =>
        Results.Challenge(
            new AuthenticationProperties(
                new Dictionary<string, string?>
                {
                    [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
                    [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
                }
            ),
            [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]
        );
}
