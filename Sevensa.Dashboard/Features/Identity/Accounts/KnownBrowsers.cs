using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>
/// Browsers in which somebody has signed in before. Their tries are counted by themselves, so that strangers who try at the account
/// never keep its owner out there. The cookie lets nobody in, and counts as long as the account's stamp is the same.
/// </summary>
internal sealed class KnownBrowsers(IDataProtectionProvider protection, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(180);

    private readonly IDataProtector sealing = protection.CreateProtector("a browser that is known");

    /// <summary>By what tries of this request are counted, each with its rule.</summary>
    /// <param name="whose">The person's id, or what stands for nobody's.</param>
    /// <param name="stamp">The account's; of nobody's none.</param>
    public IReadOnlyList<(string Whose, TryRule Rule)> Counted(HttpContext context, string whose, string? stamp) =>
        Of(context, whose, stamp) is { } browser
            ? [($"password {whose} in {browser}", TryRule.Passwords)]
            :
            [
                ($"password {whose} from {context.NetworkOf()}", TryRule.Passwords),
                ($"password {whose}", TryRule.PasswordsFromEverywhere),
            ];

    /// <summary>Whether this person has signed in in this browser before, and their account was not changed at its root since.</summary>
    public bool IsKnown(HttpContext context, Person person) => Of(context, person.Id, person.SecurityStamp) is not null;

    /// <summary>This person has just signed in.</summary>
    public void Remember(HttpContext context, Person person) =>
        context.Response.Cookies.Append(
            NameOf(person.Id),
            sealing.Protect(
                string.Join(
                    '\n',
                    time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                    person.Id,
                    CallerPrincipal.MarkOf(person.SecurityStamp),
                    Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))
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

    private string? Of(HttpContext context, string personId, string? stamp)
    {
        if (stamp is null || context.Request.Cookies[NameOf(personId)] is not { Length: > 0 and < 1_000 } text)
        {
            return null;
        }
        try
        {
            return
                sealing.Unprotect(text).Split('\n') is [var at, var whose, var mark, var browser]
                && whose == personId
                && mark == CallerPrincipal.MarkOf(stamp)
                && time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(at, CultureInfo.InvariantCulture))
                    <= Lifetime
                ? browser
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
