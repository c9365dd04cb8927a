using Sevensa.Dashboard.Features.Identity.Shell;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// Holds requests until the start's work is done, a matter of a second. Not held are files and pages for somebody without a
/// session: all they can reach is the sign-in page, which needs nothing that is still being read.
/// </summary>
internal static class WaitForStart
{
    // What is no page and no file.
    private static readonly string[] Doors =
    [
        "/api",
        "/hubs",
        "/mcp",
        "/connect",
        "/openapi",
        "/metrics",
        "/readyz",
        "/forward-auth",
        // These ask for what the store sealed.
        "/signin/passkey",
        "/signin/external",
    ];

    public static void UseWaitForStart(this WebApplication app)
    {
        var start = app.Services.GetRequiredService<StartWork>();
        app.Use(
            (context, next) =>
                start.IsDone || NeedsNothing(context.Request) ? next(context) : WaitAsync(start, context, next)
        );
    }

    private static bool NeedsNothing(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && (
            request.Path == Health.AlivePath
            || !request.Cookies.ContainsKey(Schemes.CookieName)
                && !TokenServerSchemes.Concerns(request.Path)
                && !Doors.Any(door => request.Path.StartsWithSegments(door))
        );

    private static async Task WaitAsync(StartWork start, HttpContext context, RequestDelegate next)
    {
        await start.WaitAsync(context.RequestAborted);
        await next(context);
    }
}
