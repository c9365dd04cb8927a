using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Providers;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// How a request proves who sends it, chosen by its path: programs' paths take a bearer token and nothing else, pages a
/// cookie and nothing else.
/// </summary>
internal static class Schemes
{
    public const string ByPath = "sevensa";
    public const string Bearer = "sevensa.bearer";
    public const string CookieName = "sevensa.session";

    private static readonly string[] ProgramPaths =
    [
        "/api",
        "/mcp",
        "/readyz",
        "/metrics",
        "/hubs",
        ProviderLogout.Path,
    ];

    public static bool IsForPrograms(PathString path) =>
        // /api itself is the browsable page of the contract.
        path != "/api"
        && path != "/api/"
        && ProgramPaths.Any(prefix => path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>The one that a request proves itself by.</summary>
    public static string Of(HttpContext context) =>
        IsForPrograms(context.Request.Path) || IsContractForProgram(context.Request)
            ? Bearer
            : IdentityConstants.ApplicationScheme;

    /// <summary>The contract alone is read by programs and, from the page that shows it, by browsers.</summary>
    private static bool IsContractForProgram(HttpRequest request) =>
        request.Path.StartsWithSegments("/openapi") && !request.Cookies.ContainsKey(CookieName);

    public static void AddSchemes(this IServiceCollection services)
    {
        services.AddSingleton<IAuthenticationSchemeProvider, TokenServerSchemes>();
        services
            .AddAuthentication(ByPath)
            .AddPolicyScheme(ByPath, null, options => options.ForwardDefaultSelector = Of)
            .AddScheme<AuthenticationSchemeOptions, BearerAuthentication>(Bearer, null)
            .AddCookie(IdentityConstants.ApplicationScheme, Cookie);
    }

    private static void Cookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = CookieName;
        options.Cookie.HttpOnly = true;
        // Lax: a cross-site POST carries no cookie. "Same as request": a request's scheme is that of the public address, or as a
        // known proxy tells it, since TLS may end before this program.
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = SessionStore.Lifetime;
        options.SlidingExpiration = true;
        options.LoginPath = "/signin";
        options.AccessDeniedPath = "/forbidden";
        options.ReturnUrlParameter = "returnUrl";
        // Where somebody goes on to who signed in is the page's to say.
        options.Events.OnRedirectToReturnUrl = _ => Task.CompletedTask;
        options.Events.OnValidatePrincipal = async context =>
        {
            var check = context.HttpContext.RequestServices.GetRequiredService<SessionCheck>();
            var fresh = await check.RefreshAsync(context.Principal!, context.HttpContext.RequestAborted);
            if (fresh is null)
            {
                context.RejectPrincipal();
                await context.HttpContext.SignOutAsync(IdentityConstants.ApplicationScheme);
                return;
            }
            context.ReplacePrincipal(fresh);
            if (Caller.From(fresh) is { Session: { } session } caller)
            {
                await context
                    .HttpContext.RequestServices.GetRequiredService<TravelWatch>()
                    .SeenAsync(
                        caller,
                        session,
                        context.HttpContext.Connection.RemoteIpAddress,
                        context.HttpContext.RequestAborted
                    );
            }
        };
    }
}
