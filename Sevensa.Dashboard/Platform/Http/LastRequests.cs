using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// While the program stops, nothing new begins. A runner or a browser whose connection ends comes back at once; let in, it
/// would hold a connection that nobody closes any more, and with it the stop for the whole of its patience. While it drains before
/// that, a browser that comes anew is sent to another dashboard; everything else is still answered.
/// </summary>
internal static class LastRequests
{
    public static void UseLastRequests(this WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        var draining = app.Services.GetService<Draining>();
        app.Use(
            (context, next) =>
                stopping.IsCancellationRequested ? RefuseAsync(context)
                : draining is { HasBegun: true } && IsNew(context.Request) ? DrainPage.WriteAsync(context)
                : next(context)
        );
    }

    /// <summary>
    /// Ends with the reader, with what lets them read, or with the program, whichever is first: for answers that have no end of
    /// their own.
    /// </summary>
    public static CancellationTokenSource UntilTheEnd(this HttpContext context) =>
        CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
            context.Features.Get<CallerRight>()?.Ended ?? CancellationToken.None
        );

    /// <summary>It would begin a circuit here: a page, or a circuit's own first question.</summary>
    private static bool IsNew(HttpRequest request) =>
        request.Path.StartsWithSegments("/_blazor/negotiate")
        || (
            HttpMethods.IsGet(request.Method)
            && RequestPaths.IsPage(request.Path)
            && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        );

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "2";
        context.Response.Headers.Connection = "close";
        return Results
            .Problem(
                "The dashboard is stopping. Ask again when it runs.",
                statusCode: StatusCodes.Status503ServiceUnavailable
            )
            .ExecuteAsync(context);
    }
}
