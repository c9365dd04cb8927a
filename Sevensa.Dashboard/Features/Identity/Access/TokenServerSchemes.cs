using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Providers;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// Shows the token server only the requests for its own paths. Otherwise every request would ask it first, and the first page
/// would wait until its keys are read; a token that a request carries is read when its scheme is asked. Likewise other providers.
/// </summary>
internal sealed class TokenServerSchemes(IOptions<AuthenticationOptions> options, IHttpContextAccessor contexts)
    : AuthenticationSchemeProvider(options)
{
    /// <summary>Whether a request for this path can concern the token server.</summary>
    public static bool Concerns(PathString path) =>
        IsServers(path) || path.StartsWithSegments("/openapi") || Schemes.IsForPrograms(path);

    private static bool IsServers(PathString path) =>
        path.StartsWithSegments("/connect") || path.StartsWithSegments("/.well-known");

    /// <summary>A request is asked at once what its path takes, not first the scheme that would hand on to it.</summary>
    public override Task<AuthenticationScheme?> GetDefaultAuthenticateSchemeAsync() =>
        contexts.HttpContext is { } context
            ? GetSchemeAsync(Schemes.Of(context))
            : base.GetDefaultAuthenticateSchemeAsync();

    public override async Task<IEnumerable<AuthenticationScheme>> GetRequestHandlerSchemesAsync()
    {
        var path = contexts.HttpContext?.Request.Path ?? default;
        var isProviders = ProviderSchemes.Concern(path);
        return isProviders || contexts.HttpContext is null || IsServers(path)
            ? (await base.GetRequestHandlerSchemesAsync()).Where(scheme => ProviderSchemes.IsOne(scheme) == isProviders)
            : [];
    }
}
