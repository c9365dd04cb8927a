namespace Sevensa.Dashboard.Platform.Http;

/// <summary>Which requests are for people with a browser, and so are answered with pages when something is wrong.</summary>
public static class RequestPaths
{
    private static readonly string[] ForPrograms = ["/api", "/mcp", "/openapi", "/metrics", "/healthz", "/readyz"];

    private static readonly string[] NoPages =
    [
        .. ForPrograms,
        "/hubs",
        "/connect",
        "/_blazor",
        "/_framework",
        "/_content",
        "/dist",
    ];

    public static bool IsPage(PathString path) => !NoPages.Any(prefix => path.StartsWithSegments(prefix));

    /// <summary>Which are answered with a problem in words wherever nothing else is said.</summary>
    public static bool IsForPrograms(PathString path) => ForPrograms.Any(prefix => path.StartsWithSegments(prefix));
}
