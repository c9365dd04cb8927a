namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// While the program stops, nothing new begins. A runner or a browser whose connection ends comes back at once; let in, it
/// would hold a connection that nobody closes any more, and with it the stop for the whole of its patience.
/// </summary>
internal static class LastRequests
{
    public static void UseLastRequests(this WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        app.Use((context, next) => stopping.IsCancellationRequested ? RefuseAsync(context) : next(context));
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
