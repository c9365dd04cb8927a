using System.Globalization;
using System.Security.Claims;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// What somebody who was let in before may do now: the account, its stamp, session, token, client, role and tenants are looked
/// at again. What is answered from memory is as old as <see cref="Accounts.PersonStore.Fresh"/> at most.
/// </summary>
internal sealed class RightsToday(
    SessionCheck sessions,
    PersonalTokenStore personal,
    TokenCallers callers,
    TokenFamilyStore families,
    TimeProvider time
)
{
    /// <returns>The principal as it would be made now, or null when what it rests on has ended.</returns>
    public async ValueTask<ClaimsPrincipal?> OfAsync(ClaimsPrincipal principal, CancellationToken cancellation)
    {
        if (Caller.From(principal) is not { } then)
        {
            return null;
        }
        if (principal.HasClaim(claim => claim.Type == CallerPrincipal.Session))
        {
            return await sessions.RefreshAsync(principal, cancellation);
        }
        if (then.Token is not { } token || then.Client is not { } client)
        {
            return null;
        }
        if (PersonalTokenStore.IsOf(then))
        {
            return await personal.CallerTodayAsync(token, cancellation) is { } owner
                ? CallerPrincipal.Of(owner with { Scopes = owner.Scopes & then.Scopes }, Schemes.Bearer)
                : null;
        }
        var family = principal.FindFirstValue(CallerPrincipal.Family);
        var expires = principal.FindFirstValue(CallerPrincipal.Expires);
        if (
            (
                expires is not null
                && long.Parse(expires, CultureInfo.InvariantCulture) <= time.GetUtcNow().ToUnixTimeSeconds()
            ) || !await families.IsLiveAsync(token, cancellation)
        )
        {
            return null;
        }
        var mark = principal.FindFirstValue(CallerPrincipal.StampMark);
        var today = await callers.FindAsync(client, then.Subject, then.Scopes, mark, cancellation);
        return today is null ? null : OfAccessToken(today with { Token = token }, mark, family, expires);
    }

    /// <summary>Whether nothing of what was once allowed is missing now: a stream that rests on it may go on.</summary>
    public static bool Covers(Caller today, Caller then) =>
        today.Role == then.Role
        && (today.Scopes & then.Scopes) == then.Scopes
        && (today.Tenants.IsAll || (!then.Tenants.IsAll && then.Tenants.Ids.All(today.Tenants.Contains)));

    public static ClaimsPrincipal OfAccessToken(Caller caller, string? mark, string? family, string? expires) =>
        CallerPrincipal.Of(
            caller,
            Schemes.Bearer,
            Further(CallerPrincipal.StampMark, mark)
                .Concat(Further(CallerPrincipal.Family, family))
                .Concat(Further(CallerPrincipal.Expires, expires))
        );

    private static IEnumerable<Claim> Further(string type, string? value) =>
        value is null ? [] : [new Claim(type, value)];
}
