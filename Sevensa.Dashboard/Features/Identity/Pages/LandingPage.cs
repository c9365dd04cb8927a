using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Pages;

internal static class LandingPage
{
    private static readonly string[] forClients = ["/portal", OidcServer.AuthorizePath + "?"];

    /// <summary>Where somebody comes out who just signed in. Only addresses of this program are followed.</summary>
    public static string For(Role role, string? returnUrl, HttpContext context)
    {
        var below = context.Local("/");
        var inside =
            IsLocal(returnUrl) && returnUrl!.StartsWith(below, StringComparison.Ordinal)
                ? returnUrl[(below.Length - 1)..]
                : null;
        if (
            inside is not null
            && !inside.StartsWith("/signin", StringComparison.OrdinalIgnoreCase)
            && (role != Role.Client || Array.Exists(forClients, inside.StartsWith))
        )
        {
            return returnUrl!;
        }
        return context.Local(role == Role.Client ? "/portal" : "/");
    }

    private static bool IsLocal(string? url) =>
        url is { Length: > 0 }
        && url[0] == '/'
        && (url.Length == 1 || url[1] is not ('/' or '\\'))
        && !url.Any(char.IsControl);
}
