using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// Shows the token server only the requests that can concern it: its own paths, and those that carry tokens. Otherwise
/// every page would ask it first, and the first page would wait until its keys are read.
/// </summary>
internal sealed class TokenServerSchemes(IOptions<AuthenticationOptions> options, IHttpContextAccessor contexts)
    : AuthenticationSchemeProvider(options)
{
    /// <summary>Whether a request for this path can concern the token server.</summary>
    public static bool Concerns(PathString path) =>
        path.StartsWithSegments("/connect")
        || path.StartsWithSegments("/.well-known")
        || path.StartsWithSegments("/openapi")
        || Schemes.IsForPrograms(path);

    public override Task<IEnumerable<AuthenticationScheme>> GetRequestHandlerSchemesAsync() =>
        contexts.HttpContext is { } context && !Concerns(context.Request.Path)
            ? Task.FromResult<IEnumerable<AuthenticationScheme>>([])
            : base.GetRequestHandlerSchemesAsync();
}
