using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Providers;

internal enum ArrivalKind
{
    /// <summary>It went wrong, there or here.</summary>
    Failed,

    /// <summary>They are signed out here, and can't be there from here.</summary>
    StaysThere,

    /// <summary>It is known who they are, and nobody has given them access.</summary>
    Stranger,

    /// <summary>Their account here asks for a code besides.</summary>
    CodeNeeded,

    /// <summary>They are about to link who they are there, and the provider does not say that they proved it just now.</summary>
    LinkAsked,
}

/// <summary>How somebody came back from a provider, for the page that tells them.</summary>
/// <param name="Passed">Where a code, or a yes to linking, is asked for: of <see cref="Accounts.Factors.PasswordPassed"/>.</param>
/// <param name="Link">There, the row by which the provider knows them.</param>
/// <param name="Session">There, the provider's own session, where it names one.</param>
internal sealed record Arrival(
    ArrivalKind Kind,
    string Provider,
    string? Name = null,
    string? Words = null,
    string? Passed = null,
    string? Link = null,
    string? ReturnUrl = null,
    string? Session = null
);

/// <summary>Carries an arrival to the next page in the browser, sealed, and remembers by whom a browser was let in.</summary>
internal sealed class Arrivals(
    IDataProtectionProvider protection,
    SessionStore sessions,
    IOptions<IdentityOptions> identity
)
{
    private const string Cookie = "sevensa.arrival";
    private const string LetInBy = "sevensa.provider";
    private const int LongestReturnUrl = 1_800;

    private readonly IDataProtector sealing = protection.CreateProtector("arrivals from providers");

    /// <returns>The address of the page that tells them.</returns>
    public string Keep(HttpContext context, Arrival arrival)
    {
        arrival = arrival with { ReturnUrl = arrival.ReturnUrl?.Length > LongestReturnUrl ? null : arrival.ReturnUrl };
        context.Response.Cookies.Append(
            Cookie,
            sealing.Protect(JsonSerializer.Serialize(arrival)),
            Options(context, TimeSpan.FromMinutes(5))
        );
        return context.Local(ProviderSchemes.Path);
    }

    /// <summary>What was asked for is done.</summary>
    public void Forget(HttpContext context) => context.Response.Cookies.Delete(Cookie, Options(context, null));

    public Arrival? Read(HttpContext context)
    {
        try
        {
            return context.Request.Cookies[Cookie] is { Length: > 0 } kept
                ? JsonSerializer.Deserialize<Arrival>(sealing.Unprotect(kept))
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>They were let in: the page is not needed any more, and signing out tells of the provider.</summary>
    public void LetIn(HttpContext context, string provider)
    {
        Forget(context);
        context.Response.Cookies.Append(LetInBy, provider, Options(context, null, "/"));
    }

    /// <summary>The provider by which this browser's session began, before it ends; null for none.</summary>
    public async Task<string?> LeaveAsync(HttpContext context)
    {
        if (
            context.Request.Cookies[LetInBy] is not { } name
            || context.User.FindFirstValue(CallerClaims.Session) is not { } session
            || await sessions.ProofAsync(session, context.RequestAborted) is not { } proof
            || !proof.Methods.StartsWith(SignInMethods.Provider, StringComparison.Ordinal)
        )
        {
            return null;
        }
        context.Response.Cookies.Delete(LetInBy, Options(context, null, "/"));
        return identity.Value.Providers.ContainsKey(name) ? name : null;
    }

    private static CookieOptions Options(HttpContext context, TimeSpan? age, string below = "/signin") =>
        new()
        {
            HttpOnly = true,
            IsEssential = true,
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
            MaxAge = age,
            Path = context.Local(below),
        };
}
