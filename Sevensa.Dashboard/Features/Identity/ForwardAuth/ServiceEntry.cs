using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.ForwardAuth;

/// <summary>
/// How a session of the console comes to count at a service with a host of its own, which gets no cookie of the console's. The
/// service's host sets a mark in the browser; signing in gives a code for that mark and host, good for a minute; the code
/// becomes a cookie of that host. The cookie opens that host alone: the service itself can do nothing with it elsewhere, and it
/// ends with the session.
/// </summary>
internal sealed class ServiceEntry(IDataProtectionProvider protection, SessionCheck sessions)
{
    /// <summary>Parameter that brings the code to the service's address.</summary>
    public const string Parameter = "sevensa-entry";

    public static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(1);

    private const int MarkLength = 32;

    private readonly ITimeLimitedDataProtector codes = protection
        .CreateProtector("Sevensa.ForwardAuth.Code")
        .ToTimeLimitedDataProtector();

    /// <summary>The mark's hash, for the address of the sign-in; sets the mark where the browser has none yet.</summary>
    public static string Begin(HttpContext context, ForwardedRequest asked)
    {
        var mark = context.Request.Cookies[MarkCookie(asked)];
        if (mark is not { Length: MarkLength } || !mark.All(char.IsAsciiHexDigitLower))
        {
            mark = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(MarkLength / 2));
            context.Response.Cookies.Append(MarkCookie(asked), mark, Options(asked, maxAge: TimeSpan.FromMinutes(30)));
        }
        return HashOf(mark);
    }

    /// <summary>A code for whoever is signed in here.</summary>
    /// <param name="principal">Of a session.</param>
    /// <param name="host">Where it is to count, as the browser names it.</param>
    /// <param name="mark">Hash of the mark that the host set in this browser.</param>
    public string CodeFor(ClaimsPrincipal principal, string host, string mark) =>
        codes.Protect(JsonSerializer.Serialize(new Code(KeptOf(principal), host, mark)), CodeLifetime);

    /// <summary>Turns the code in an address into the cookie of its host.</summary>
    /// <returns>Who comes in; null when the code is over, or of another host or browser.</returns>
    public async ValueTask<Caller?> RedeemAsync(HttpContext context, ForwardedRequest asked, string code)
    {
        if (
            context.Request.Cookies[MarkCookie(asked)] is not { } mark
            || Read(code) is not { } read
            || read.Host != asked.Host
            || !CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(HashOf(mark)),
                Encoding.UTF8.GetBytes(read.Mark)
            )
            || await CallerOfAsync(read.Session, context.RequestAborted) is not { } caller
        )
        {
            return null;
        }
        context.Response.Cookies.Append(
            Cookie(asked),
            ProtectorOf(asked).Protect(JsonSerializer.Serialize(read.Session)),
            Options(asked, maxAge: null)
        );
        return caller;
    }

    /// <summary>Who has the cookie of this host, as they are today; null when nobody or no longer.</summary>
    public async ValueTask<Caller?> CallerAsync(HttpContext context, ForwardedRequest asked)
    {
        if (context.Request.Cookies[Cookie(asked)] is not { Length: > 0 } cookie)
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize<Kept>(ProtectorOf(asked).Unprotect(cookie)) is { } kept
                ? await CallerOfAsync(kept, context.RequestAborted)
                : null;
        }
        catch (CryptographicException)
        {
            // Of another host, of former keys, or no cookie of ours.
            return null;
        }
    }

    /// <summary>The code in a query, and the address without it.</summary>
    public static (string? Code, string Address) CodeIn(ForwardedRequest asked)
    {
        if (!asked.Query.Contains(Parameter, StringComparison.Ordinal))
        {
            return (null, asked.Address);
        }
        // Only this one is taken out: the others stay as they were written.
        var pairs = asked.Query[1..].Split('&');
        var own = pairs.Where(pair => pair.StartsWith(Parameter + "=", StringComparison.Ordinal)).ToList();
        var rest = string.Join('&', pairs.Except(own));
        return (
            own is [var one] ? Uri.UnescapeDataString(one[(Parameter.Length + 1)..]) : null,
            $"{asked.Scheme}://{asked.Host}{asked.Path}{(rest.Length > 0 ? "?" + rest : "")}"
        );
    }

    private async ValueTask<Caller?> CallerOfAsync(Kept kept, CancellationToken cancellation)
    {
        var then = new ClaimsPrincipal(
            new ClaimsIdentity(
                [
                    new Claim(CallerClaims.Subject, kept.Subject),
                    new Claim(CallerPrincipal.Session, kept.Session),
                    new Claim(CallerPrincipal.Stamp, kept.Stamp),
                ],
                IdentityConstants.ApplicationScheme
            )
        );
        return await sessions.RefreshAsync(then, cancellation) is { } today ? Caller.From(today) : null;
    }

    private Code? Read(string code)
    {
        try
        {
            return JsonSerializer.Deserialize<Code>(codes.Unprotect(code));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static Kept KeptOf(ClaimsPrincipal principal) =>
        new(
            principal.FindFirstValue(CallerClaims.Subject)!,
            principal.FindFirstValue(CallerPrincipal.Session)!,
            principal.FindFirstValue(CallerPrincipal.Stamp)!
        );

    private IDataProtector ProtectorOf(ForwardedRequest asked) =>
        protection.CreateProtector("Sevensa.ForwardAuth.Cookie", asked.Host);

    private static string HashOf(string mark) =>
        Base64UrlTextEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(mark)));

    // A browser takes a name with this beginning only over TLS, for the host itself and all of its paths.
    private static string Cookie(ForwardedRequest asked) =>
        asked.IsHttps ? "__Host-sevensa-service" : "sevensa-service";

    private static string MarkCookie(ForwardedRequest asked) =>
        asked.IsHttps ? "__Host-sevensa-entry" : "sevensa-entry";

    private static CookieOptions Options(ForwardedRequest asked, TimeSpan? maxAge) =>
        new()
        {
            HttpOnly = true,
            Secure = asked.IsHttps,
            SameSite = SameSiteMode.Lax,
            Path = "/",
            MaxAge = maxAge,
        };

    private sealed record Kept(string Subject, string Session, string Stamp);

    private sealed record Code(Kept Session, string Host, string Mark);
}
