using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>Gives tokens to a client: of its own, or for the person whose code or refresh token it shows.</summary>
internal static class TokenEndpoint
{
    public static async Task<IResult> AnswerAsync(
        HttpContext context,
        TokenCallers callers,
        TokenFamilyStore families,
        PersonStore people,
        IAuditLog audit,
        CancellationToken cancellation
    )
    {
        var request =
            context.GetOpenIddictServerRequest()
            ?? throw new InvalidOperationException("The token server passed a request that it did not read.");
        if (await callers.FindClientAsync(request.ClientId ?? "", cancellation) is not { } client)
        {
            return Refuse(Errors.InvalidGrant, "The client, or the person it acts for, is disabled.");
        }
        return request.IsClientCredentialsGrantType() ? await OwnAsync()
            : request.IsAuthorizationCodeGrantType() || request.IsRefreshTokenGrantType() ? await OfPersonAsync()
            : Refuse(
                Errors.UnsupportedGrantType,
                "Served are client_credentials, authorization_code and refresh_token."
            );

        async Task<IResult> OwnAsync()
        {
            if (await callers.OfClientAsync(client, cancellation) is not { } caller)
            {
                return Refuse(
                    Errors.InvalidGrant,
                    client is { PersonId: not null, IsConsented: false }
                        ? "The person it acts for has not allowed it yet, on the page of their account."
                        : "The client, or the person it acts for, is disabled."
                );
            }
            var asked = request.GetScopes();
            if (Beyond(client, asked) is { } beyond)
            {
                return Refuse(Errors.InvalidScope, $"This client may not ask for {beyond}.");
            }
            var granted = asked.IsEmpty ? caller.Scopes : caller.Scopes & ScopeWords.Parse(asked);
            var principal = Principal(caller with { Scopes = granted }, client.Id, granted.Words());
            if (caller.IsPerson && await people.FindAsync(caller.Subject, cancellation) is { } person)
            {
                principal.SetClaim(CallerPrincipal.StampMark, CallerPrincipal.MarkOf(person.SecurityStamp));
                principal.SetDestinations(_ => [Destinations.AccessToken]);
            }
            return SignIn(principal);
        }

        async Task<IResult> OfPersonAsync()
        {
            var shown = await context.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
            var given = shown.Principal!;
            var person = await people.FindAsync(given.GetClaim(Claims.Subject) ?? "", cancellation);
            if (
                person is null or { Disabled: true }
                || person.SecurityStamp != given.GetClaim(CallerPrincipal.Stamp)
                || await callers.OfPersonAsync(client, person.Id, cancellation) is not { } caller
            )
            {
                return Refuse(Errors.InvalidGrant, "The account was changed or disabled since. Sign in again.");
            }
            if (given.GetTokenId() is not { } token || !await families.RedeemAsync(token, cancellation))
            {
                // Two came with the same one: whichever stole it, neither keeps what it gives.
                if (given.GetAuthorizationId() is { } family)
                {
                    await families.EndAsync(family, cancellation);
                }
                await audit.AppendAsync(
                    new AuditEntry(
                        caller.Actor(),
                        "token.reused",
                        Target: client.Id,
                        Outcome: AuditOutcome.Refused,
                        Detail: "A code or refresh token came a second time. What came from it has ended; the person allows the program again."
                    ),
                    cancellation
                );
                return Refuse(Errors.InvalidGrant, "This was used before. What came from it has ended.");
            }
            var principal = OfPerson(caller, client, person.SecurityStamp, given.GetScopes());
            // The chain from consent to the last refresh, so that a code or token that comes twice ends it all.
            principal.SetAuthorizationId(given.GetAuthorizationId());
            return SignIn(principal);
        }
    }

    /// <summary>The first scope that this client may not ask for.</summary>
    public static string? Beyond(ApiClient client, IEnumerable<string> asked) =>
        asked.FirstOrDefault(word =>
            word is not (Scopes.OpenId or Scopes.OfflineAccess) && !client.Scopes.Words().Contains(word)
        );

    /// <param name="stamp">Of the account: a new password ends what was given before.</param>
    /// <param name="words">What was consented to.</param>
    public static ClaimsPrincipal OfPerson(Caller caller, ApiClient client, string stamp, IEnumerable<string> words)
    {
        var asked = words.ToList();
        var granted = caller.Scopes & ScopeWords.Parse(asked);
        var principal = Principal(
            caller with
            {
                Scopes = granted,
            },
            client.Id,
            [.. granted.Words(), .. asked.Where(word => word is Scopes.OpenId or Scopes.OfflineAccess)]
        );
        principal.SetClaim(CallerPrincipal.Stamp, stamp);
        principal.SetClaim(CallerPrincipal.StampMark, CallerPrincipal.MarkOf(stamp));
        principal.SetDestinations(claim =>
            claim.Type switch
            {
                // Stays with the server, in codes and refresh tokens.
                CallerPrincipal.Stamp => [],
                Claims.Subject or Claims.Name or CallerClaims.Role =>
                [
                    Destinations.AccessToken,
                    Destinations.IdentityToken,
                ],
                _ => [Destinations.AccessToken],
            }
        );
        return principal;
    }

    public static IResult SignIn(ClaimsPrincipal principal) =>
        Results.SignIn(principal, properties: null, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);

    public static IResult Refuse(string error, string description) =>
        Results.Forbid(
            new AuthenticationProperties(
                new Dictionary<string, string?>
                {
                    [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
                    [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
                }
            ),
            [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]
        );

    private static ClaimsPrincipal Principal(Caller caller, string clientId, IEnumerable<string> scopes)
    {
        var identity = new ClaimsIdentity(
            TokenValidationParameters.DefaultAuthenticationType,
            Claims.Name,
            CallerClaims.Role
        );
        identity
            .SetClaim(Claims.Subject, caller.Subject)
            .SetClaim(Claims.Name, caller.Name)
            .SetClaim(CallerClaims.Role, caller.Role.ToString())
            .SetClaim(CallerClaims.Client, clientId)
            .SetClaims(CallerClaims.Tenant, [.. caller.Tenants.Ids])
            .SetScopes(scopes)
            .SetDestinations(_ => [Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }
}
