using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using OpenIddict.Abstractions;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens.Leaving;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>What a program is told of a person who signs in to it by this server: in the identity token and by userinfo alike.</summary>
internal static class IdentityClaims
{
    /// <summary>
    /// The role in lower case: <c>admin</c>, <c>operator</c>, <c>approver</c>, <c>viewer</c>, <c>client</c>, or <c>custom</c>: a
    /// program that knows the five lets none of these be mistaken for one of them, whatever it is called.
    /// </summary>
    public const string Role = "role";

    /// <summary>Id of the custom role, where there is one.</summary>
    public const string CustomRole = "custom_role";

    /// <summary>Ids of the tenants the person may see; <c>*</c> alone for all of them.</summary>
    public const string Tenants = "tenants";

    /// <summary>Name of a claim and its value, for each that these scopes open.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Of(Person person, IReadOnlyCollection<string> scopes)
    {
        var told = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            [Claims.Subject] = Text(person.Id),
            [Role] = Text(person.Role.ToString().ToLowerInvariant()),
            [Tenants] = JsonSerializer.SerializeToElement(
                person.Role == Contracts.Role.Admin ? ["*"] : person.Tenants.Order(StringComparer.Ordinal).ToArray()
            ),
        };
        if (person.Custom is { } custom)
        {
            told[CustomRole] = Text(custom.Id);
        }
        if (scopes.Contains(Scopes.Profile))
        {
            told[Claims.Name] = Text(person.DisplayName);
            told[Claims.PreferredUsername] = Text(person.UserName);
        }
        if (scopes.Contains(Scopes.Email) && person.UserName.Contains('@', StringComparison.Ordinal))
        {
            // Accounts have no other address; nobody has proved this one.
            told[Claims.Email] = Text(person.UserName);
            told[Claims.EmailVerified] = JsonSerializer.SerializeToElement(false);
        }
        return told;
    }

    /// <summary>Puts them into the identity token alone.</summary>
    public static void Add(ClaimsIdentity identity, Person person, IReadOnlyCollection<string> scopes)
    {
        foreach (var (name, value) in Of(person, scopes))
        {
            if (name is not (Claims.Subject or Claims.Name))
            {
                // A list stays one, also of a single entry.
                identity.AddClaim(
                    value.ValueKind switch
                    {
                        JsonValueKind.Array => new Claim(name, value.GetRawText(), JsonClaimValueTypes.JsonArray),
                        JsonValueKind.String => new Claim(name, value.GetString()!),
                        _ => new Claim(name, value.GetRawText(), ClaimValueTypes.Boolean),
                    }
                );
            }
        }
    }

    /// <summary>Puts when and how somebody signed in into the identity token alone.</summary>
    public static void Add(ClaimsPrincipal principal, SignInProof? proof)
    {
        if (proof is null)
        {
            return;
        }
        if (proof.At is { } at)
        {
            principal.SetClaim(Claims.AuthenticationTime, at.ToUnixTimeSeconds());
        }
        if (proof.Session.Length > 0)
        {
            principal.SetClaim(CallerPrincipal.Session, proof.Session);
            principal.SetClaim(LogoutToken.SessionClaim, LogoutToken.SidOf(proof.Session));
        }
        principal.SetClaim(Methods, proof.Methods);
        ((ClaimsIdentity)principal.Identity!).AddClaim(
            new Claim(
                Claims.AuthenticationMethodReference,
                JsonSerializer.Serialize(proof.Methods.Split(' ')),
                JsonClaimValueTypes.JsonArray
            )
        );
    }

    /// <summary>What <see cref="Add(ClaimsPrincipal, SignInProof)"/> put into a code or refresh token.</summary>
    public static SignInProof? ProofIn(ClaimsPrincipal given) =>
        given.GetClaim(Methods) is { } methods
            ? new SignInProof(
                long.TryParse(given.GetClaim(Claims.AuthenticationTime), CultureInfo.InvariantCulture, out var seconds)
                    ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                    : null,
                methods,
                given.GetClaim(CallerPrincipal.Session) ?? ""
            )
            : null;

    /// <summary>Claims that stay with the server, in codes and refresh tokens.</summary>
    public static bool IsOfServerAlone(string name) =>
        name is CallerPrincipal.Stamp or CallerPrincipal.Session or Methods;

    private const string Methods = "sevensa:methods";

    /// <summary>Claims that go nowhere but there.</summary>
    public static bool IsOfIdentityAlone(string name) =>
        name
            is Role
                or CustomRole
                or Tenants
                or Claims.PreferredUsername
                or Claims.Email
                or Claims.EmailVerified
                or Claims.AuthenticationTime
                or Claims.AuthenticationMethodReference
                or LogoutToken.SessionClaim;

    private static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text);
}
