using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>Where programs look up how to sign in (RFC 9728 for what is protected; RFC 8414 and discovery are the token server's own).</summary>
internal static class WellKnown
{
    /// <summary>What describes <c>/mcp</c>; a refusal there names it.</summary>
    public const string McpResourcePath = "/.well-known/oauth-protected-resource/mcp";

    public static void MapWellKnown(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/.well-known/oauth-protected-resource/{*path}",
                IResult (HttpContext context, PublicAddress address, string? path) =>
                    path is null or "" or "mcp"
                        ? TypedResults.Json(Describe(address, context.Request, path))
                        : TypedResults.NotFound()
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
        // A program that tries what others have is told that it is not there; a sign-in page it would take for an answer.
        app.MapGet("/.well-known/{**rest}", () => TypedResults.NotFound()).AllowAnonymous().ExcludeFromDescription();
    }

    private static Dictionary<string, object> Describe(PublicAddress address, HttpRequest request, string? path)
    {
        var here = address.BaseFor(request);
        var isMcp = !string.IsNullOrEmpty(path);
        return new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["resource"] = isMcp ? $"{here}/{path}" : here,
            // Letter by letter what discovery calls the issuer.
            ["authorization_servers"] = new[] { address.Set is { } set ? new Uri(set).AbsoluteUri : $"{here}/" },
            // What a client asks for that was told nothing else: there is nothing to approve or administer by tools.
            ["scopes_supported"] = isMcp ? ["read", "propose"] : ScopeWords.All.Select(scope => scope.Word).ToArray(),
            ["bearer_methods_supported"] = new[] { "header" },
            ["resource_name"] = "Sevensa Dashboard",
        };
    }
}
