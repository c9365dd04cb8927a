namespace Sevensa.Dashboard.Platform.Http;

/// <summary>Which requests are for people with a browser, and so are answered with pages when something is wrong.</summary>
public static class RequestPaths
{
    private static readonly string[] NoPages =
    [
        "/api",
        "/hubs",
        "/mcp",
        "/connect",
        "/openapi",
        "/metrics",
        "/healthz",
        "/readyz",
        "/_blazor",
        "/_framework",
        "/_content",
        "/dist",
    ];

    public static bool IsPage(PathString path) => !NoPages.Any(prefix => path.StartsWithSegments(prefix));
}
