using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.ForwardAuth;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Pages;

internal static class LandingPage
{
    /// <summary>Where the answer sends people on to another program.</summary>
    private static readonly string[] outward = [OidcServer.AuthorizePath + "?", ForwardAuthEndpoint.SignInPath + "?"];

    private static readonly string[] forClients =
    [
        "/portal",
        DeviceCodes.PagePath,
        "/me/second-factor",
        "/me/passkeys",
        "/me/providers",
        .. outward,
    ];

    /// <summary>
    /// Whether the way from here may lead out of this program. Browsers hold a form to where the page with it allowed forms to lead,
    /// redirect by redirect, so such a way begins anew on a page.
    /// </summary>
    public static bool LeadsOut(string url, HttpContext context) =>
        Array.Exists(outward, path => url.StartsWith(context.Local(path), StringComparison.Ordinal));

    /// <summary>Where somebody comes out who just signed in. Only addresses of this program are followed.</summary>
    /// <param name="may">What their role allows.</param>
    public static string For(RolePermissions may, string? returnUrl, HttpContext context)
    {
        var isStaff = may.HasFlag(RolePermissions.Read);
        var below = context.Local("/");
        var inside =
            IsLocal(returnUrl) && returnUrl!.StartsWith(below, StringComparison.Ordinal)
                ? returnUrl[(below.Length - 1)..]
                : null;
        if (
            inside is not null
            && !inside.StartsWith("/signin", StringComparison.OrdinalIgnoreCase)
            && (isStaff || Array.Exists(forClients, inside.StartsWith))
        )
        {
            return returnUrl!;
        }
        return context.Local(isStaff ? "/" : "/portal");
    }

    private static bool IsLocal(string? url) =>
        url is { Length: > 0 }
        && url[0] == '/'
        && (url.Length == 1 || url[1] is not ('/' or '\\'))
        && !url.Any(char.IsControl);
}
