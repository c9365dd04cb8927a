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
using Sevensa.Dashboard.Platform.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>Gives tokens to a client: of its own, or for the person whose code or refresh token it shows.</summary>
internal static class TokenEndpoint
{
    /// <summary>RFC 8707, section 2.</summary>
    public const string InvalidTarget = "invalid_target";

    public static async Task<IResult> AnswerAsync(
        HttpContext context,
        TokenCallers callers,
        TokenFamilyStore families,
        PersonStore people,
        SessionStore sessions,
        IAuditLog audit,
        PublicAddress address,
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
        if (Foreign(request, address.BaseFor(context.Request)) is { } foreign)
        {
            return Refuse(InvalidTarget, $"{foreign} is nothing of this server.");
        }
        return request.IsClientCredentialsGrantType() ? await OwnAsync()
            : request.IsAuthorizationCodeGrantType()
            || request.IsRefreshTokenGrantType()
            || request.IsDeviceCodeGrantType()
                ? await OfPersonAsync()
            : Refuse(
                Errors.UnsupportedGrantType,
                "Served are client_credentials, authorization_code, refresh_token and the device code."
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
            principal.SetResources(request.GetResources());
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
            // Before it is used up: who asks for too much asks again, and is no thief for it.
            var granted = given.GetResources();
            var asked = request.GetResources();
            if (asked.FirstOrDefault(one => granted is [_, ..] && !granted.Contains(one)) is { } more)
            {
                return Refuse(InvalidTarget, $"{more} was not asked for when it was allowed.");
            }
            var proof = IdentityClaims.ProofIn(given);
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
            if (proof is { Session.Length: > 0 } && !await sessions.GoesOnAsync(proof.Session, cancellation))
            {
                if (request.IsAuthorizationCodeGrantType())
                {
                    return Refuse(Errors.InvalidGrant, "The session in which this was allowed is over. Sign in again.");
                }
                // No program is told the name of a session whose end it would never hear of.
                proof = proof with
                {
                    Session = "",
                };
            }
            var principal = OfPerson(caller, client, person, given.GetScopes(), proof);
            // For no more than is asked for now (RFC 8707), and what is renewed from it neither.
            principal.SetResources(asked.IsEmpty ? granted : asked);
            // The chain from consent to the last refresh, so that a code or token that comes twice ends it all.
            principal.SetAuthorizationId(given.GetAuthorizationId());
            return SignIn(principal);
        }
    }

    /// <summary>The first scope that this client may not ask for.</summary>
    public static string? Beyond(ApiClient client, IEnumerable<string> asked) =>
        asked.FirstOrDefault(word => !IsOfSignIn(word) && !client.Scopes.Words().Contains(word));

    /// <summary>Scopes of OpenID Connect's own, which open nothing of the API.</summary>
    public static bool IsOfSignIn(string word) =>
        word is Scopes.OpenId or Scopes.Profile or Scopes.Email or Scopes.OfflineAccess;

    /// <summary>A resource that a token is asked for (RFC 8707) and that is none of this program's; null when all are.</summary>
    public static string? Foreign(OpenIddictRequest request, string address) =>
        request
            .GetResources()
            .FirstOrDefault(resource =>
                resource.TrimEnd('/') != address && !resource.StartsWith(address + "/", StringComparison.Ordinal)
            );

    /// <param name="person">Whose new password ends what was given before.</param>
    /// <param name="words">What was consented to.</param>
    /// <param name="proof">When and how the person proved who they are.</param>
    public static ClaimsPrincipal OfPerson(
        Caller caller,
        ApiClient client,
        Person person,
        IEnumerable<string> words,
        SignInProof? proof
    )
    {
        var stamp = person.SecurityStamp;
        var asked = words.ToList();
        var granted = caller.Scopes & ScopeWords.Parse(asked);
        var principal = Principal(
            caller with
            {
                Scopes = granted,
            },
            client.Id,
            [.. granted.Words(), .. asked.Where(IsOfSignIn)]
        );
        IdentityClaims.Add((ClaimsIdentity)principal.Identity!, person, asked);
        IdentityClaims.Add(principal, proof);
        principal.SetClaim(CallerPrincipal.Stamp, stamp);
        principal.SetClaim(CallerPrincipal.StampMark, CallerPrincipal.MarkOf(stamp));
        principal.SetDestinations(claim =>
            claim.Type switch
            {
                _ when IdentityClaims.IsOfServerAlone(claim.Type) => [],
                _ when IdentityClaims.IsOfIdentityAlone(claim.Type) => [Destinations.IdentityToken],
                Claims.Name when !asked.Contains(Scopes.Profile) => [Destinations.AccessToken],
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
