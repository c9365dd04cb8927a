using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;

namespace Sevensa.Dashboard.Features.Identity.Pages;

internal static class LandingPage
{
    private static readonly string[] forClients = ["/portal", OidcServer.AuthorizePath + "?"];

    /// <summary>Where somebody comes out who just signed in. Only addresses of this program are followed.</summary>
    public static string For(Role role, string? returnUrl)
    {
        if (IsLocal(returnUrl) && (role != Role.Client || Array.Exists(forClients, returnUrl!.StartsWith)))
        {
            return returnUrl!;
        }
        return role == Role.Client ? "/portal" : "/";
    }

    private static bool IsLocal(string? url) =>
        url is { Length: > 0 }
        && url[0] == '/'
        && (url.Length == 1 || url[1] is not ('/' or '\\'))
        && !url.Any(char.IsControl)
        && !url.StartsWith("/signin", StringComparison.OrdinalIgnoreCase);
}
