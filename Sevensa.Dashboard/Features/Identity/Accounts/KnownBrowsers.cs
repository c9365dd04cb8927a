using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>A browser in which somebody has signed in before.</summary>
/// <param name="Trial">
/// The session (<see cref="SessionStore.RootOf"/>) that was in doubt because the browser was not known: it counts as known once that
/// one was proved to be its person's. Null where there was no doubt.
/// </param>
internal sealed record KnownBrowser(string Id, string? Trial);

/// <summary>
/// Browsers in which somebody has signed in before. Their tries are counted by themselves, so that strangers who try at the account
/// never keep its owner out there. The cookie lets nobody in, and counts as long as the account's stamp is the same.
/// </summary>
internal sealed class KnownBrowsers(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>As long as the cookie, the proof is kept that makes its browser known.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(180);

    private readonly IDataProtector sealing = protection.CreateProtector("a browser that is known");

    /// <summary>By what tries of this request are counted, each with its rule.</summary>
    /// <param name="whose">The person's id, or what stands for nobody's.</param>
    /// <param name="stamp">The account's; of nobody's none.</param>
    public IReadOnlyList<(string Whose, TryRule Rule)> Counted(HttpContext context, string whose, string? stamp) =>
        Of(context, whose, stamp) is { } browser
            ? [($"password {whose} in {browser.Id}", TryRule.Passwords)]
            :
            [
                ($"password {whose} from {context.NetworkOf()}", TryRule.Passwords),
                ($"password {whose}", TryRule.PasswordsFromEverywhere),
            ];

    /// <summary>Null when this person never signed in in this browser, or their account was changed at its root since.</summary>
    public KnownBrowser? Find(HttpContext context, Person person) => Of(context, person.Id, person.SecurityStamp);

    /// <summary>This person has just signed in.</summary>
    /// <param name="trial">The session that has to be proved before the browser counts as known; null for none.</param>
    public void Remember(HttpContext context, Person person, string? trial) =>
        context.Response.Cookies.Append(
            NameOf(person.Id),
            sealing.Protect(
                string.Join(
                    '\n',
                    time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                    person.Id,
                    CallerPrincipal.MarkOf(person.SecurityStamp),
                    Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
                    trial ?? ""
                )
            ),
            new CookieOptions
            {
                HttpOnly = true,
                IsEssential = true,
                SameSite = SameSiteMode.Lax,
                Secure = context.Request.IsHttps,
                Path = context.Request.PathBase.HasValue ? context.Request.PathBase.Value : "/",
                MaxAge = Lifetime,
            }
        );

    private KnownBrowser? Of(HttpContext context, string personId, string? stamp)
    {
        if (stamp is null || context.Request.Cookies[NameOf(personId)] is not { Length: > 0 and < 1_000 } text)
        {
            return null;
        }
        try
        {
            return
                sealing.Unprotect(text).Split('\n') is [var at, var whose, var mark, var browser, .. var trial]
                && whose == personId
                && mark == CallerPrincipal.MarkOf(stamp)
                && time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(at, CultureInfo.InvariantCulture))
                    <= Lifetime
                ? new KnownBrowser(browser, trial is [{ Length: > 0 } root] ? root : null)
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string NameOf(string personId) =>
        "sevensa.known." + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(personId)))[..8];
}
