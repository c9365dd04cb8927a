using System.Globalization;
using System.Security.Claims;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// What somebody who was let in before may do now: the account, its stamp, session, token, client, role and tenants are looked
/// at again. What is answered from memory is as old as <see cref="Accounts.Remembered.Fresh"/> at most.
/// </summary>
internal sealed class RightsToday(
    SessionCheck sessions,
    Accounts.SessionStore open,
    Accounts.PersonStore people,
    PersonalTokenStore personal,
    TokenCallers callers,
    TokenFamilyStore families,
    TimeProvider time
)
{
    /// <summary>Looks at many at once: a question for each sort of thing that they rest on, however many they are.</summary>
    /// <returns>In their order; see <see cref="OfAsync(ClaimsPrincipal, CancellationToken)"/>.</returns>
    public async Task<IReadOnlyList<ClaimsPrincipal?>> OfAsync(
        IReadOnlyList<ClaimsPrincipal> principals,
        CancellationToken cancellation
    )
    {
        var then = principals.Select(Caller.From).OfType<Caller>().ToList();
        await people.FreshenAsync(then.Where(one => one.IsPerson).Select(one => one.Subject), cancellation);
        await open.FreshenAsync(
            principals.Select(one => one.FindFirstValue(CallerPrincipal.Session)).OfType<string>(),
            cancellation
        );
        var tokens = then.Where(one => one.Token is not null).ToLookup(PersonalTokenStore.IsOf, one => one.Token!);
        await families.FreshenAsync(tokens[false], cancellation);
        var personals = tokens[true].Any()
            ? await personal.CallersTodayAsync([.. tokens[true].Distinct()], cancellation)
            : new Dictionary<string, Caller>();
        var today = new List<ClaimsPrincipal?>();
        foreach (var principal in principals)
        {
            today.Add(await OfAsync(principal, personals, cancellation));
        }
        return today;
    }

    /// <returns>The principal as it would be made now, or null when what it rests on has ended.</returns>
    public async ValueTask<ClaimsPrincipal?> OfAsync(ClaimsPrincipal principal, CancellationToken cancellation) =>
        (await OfAsync([principal], cancellation))[0];

    private async ValueTask<ClaimsPrincipal?> OfAsync(
        ClaimsPrincipal principal,
        IReadOnlyDictionary<string, Caller> personals,
        CancellationToken cancellation
    )
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
            return personals.TryGetValue(token, out var owner)
                ? CallerPrincipal.Of(owner with { Scopes = owner.Scopes & then.Scopes }, Schemes.Bearer)
                : null;
        }
        var family = principal.FindFirstValue(CallerPrincipal.Family);
        var expires = principal.FindFirstValue(CallerPrincipal.Expires);
        if (
            (
                expires is not null
                && long.Parse(expires, CultureInfo.InvariantCulture) <= time.GetUtcNow().ToUnixTimeSeconds()
            ) || !await families.IsLiveAsync(token, then.Subject, client, cancellation)
        )
        {
            return null;
        }
        var mark = principal.FindFirstValue(CallerPrincipal.StampMark);
        var today = await callers.FindAsync(client, then.Subject, then.Scopes, mark, cancellation);
        return today is null ? null : OfAccessToken(today with { Token = token }, mark, family, expires);
    }

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
