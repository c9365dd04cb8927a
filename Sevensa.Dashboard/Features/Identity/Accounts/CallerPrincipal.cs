using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>Writes a <see cref="Caller"/> into claims; <see cref="Caller.From"/> reads it back.</summary>
internal static class CallerPrincipal
{
    public const string Session = CallerClaims.Session;
    public const string Stamp = "sevensa:stamp";

    /// <summary>What the stamp was when an access token was given, as a hash: the token can be read by whoever holds it.</summary>
    public const string StampMark = "sevensa:mark";

    /// <summary>The chain from consent to the last refresh that an access token is of.</summary>
    public const string Family = "sevensa:family";

    /// <summary>When an access token is over, Unix seconds.</summary>
    public const string Expires = "sevensa:expires";

    public static string MarkOf(string stamp) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"stamp {stamp}")))[..24];

    public static ClaimsPrincipal Of(Caller caller, string scheme, params IEnumerable<Claim> further)
    {
        var claims = new List<Claim>
        {
            new(CallerClaims.Subject, caller.Subject),
            new(CallerClaims.Name, caller.Name),
            new(CallerClaims.Role, caller.Role.ToString()),
            new(CallerClaims.IsPerson, caller.IsPerson ? "true" : "false"),
            new(CallerClaims.Scopes, ((int)caller.Scopes).ToString(CultureInfo.InvariantCulture)),
        };
        if (caller.Custom is { } custom)
        {
            claims.Add(new Claim(CallerClaims.CustomRole, custom.Id));
            claims.Add(new Claim(CallerClaims.CustomRoleName, custom.Name));
            claims.Add(
                new Claim(CallerClaims.Permissions, ((int)custom.Permissions).ToString(CultureInfo.InvariantCulture))
            );
        }
        if (caller.Client is { } client)
        {
            claims.Add(new Claim(CallerClaims.Client, client));
        }
        if (caller.Token is { } token)
        {
            claims.Add(new Claim(CallerClaims.Token, token));
        }
        claims.AddRange(caller.Tenants.Ids.Select(tenant => new Claim(CallerClaims.Tenant, tenant)));
        claims.AddRange(further);
        return new ClaimsPrincipal(new CallerIdentity(claims, scheme));
    }

    public static ClaimsPrincipal OfSession(Person person, string session) =>
        Of(
            person.ToCaller(),
            IdentityConstants.ApplicationScheme,
            new Claim(Session, session),
            new Claim(Stamp, person.SecurityStamp)
        );
}

/// <summary>
/// Whether a signed-in browser still is: the account lives, its stamp is the same, the session was not ended, and the claim that
/// gave the account, where one did, was looked at of late.
/// </summary>
internal sealed class SessionCheck(PersonStore people, SessionStore sessions, ClaimedAccounts claimed)
{
    /// <summary>The principal with today's role and tenants, or null when the session is over.</summary>
    public async ValueTask<ClaimsPrincipal?> RefreshAsync(ClaimsPrincipal principal, CancellationToken cancellation)
    {
        if (
            principal.FindFirstValue(CallerClaims.Subject) is not { } subject
            || principal.FindFirstValue(CallerPrincipal.Session) is not { } session
        )
        {
            return null;
        }
        var person = await people.FindAsync(subject, cancellation);
        return
            person is { Disabled: false }
            && person.SecurityStamp == principal.FindFirstValue(CallerPrincipal.Stamp)
            && await sessions.IsLiveAsync(session, cancellation)
            && !await claimed.IsOverAsync(subject, cancellation)
            ? CallerPrincipal.OfSession(person, session)
            : null;
    }
}
