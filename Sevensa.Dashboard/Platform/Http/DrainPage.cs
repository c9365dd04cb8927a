using System.Net;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// The page for a browser that comes to a dashboard which is about to stop. It asks again by itself: the proxy leads to another
/// dashboard as soon as it has asked <c>/readyz</c>.
/// </summary>
internal static class DrainPage
{
    private const string TryAfterSeconds = "1";

    public static Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.RetryAfter = TryAfterSeconds;
        response.Headers.CacheControl = "no-store";
        // So that the next question goes through the proxy's choice once more.
        response.Headers.Connection = "close";
        return response.WriteAsync(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <meta name="color-scheme" content="dark light">
              <meta http-equiv="refresh" content="{TryAfterSeconds}">
              <title>One moment · Sevensa</title>
              <link rel="stylesheet" href="{WebUtility.HtmlEncode(context.Request.PathBase + "/dist/app.css")}">
            </head>
            <body>
              <main class="plain-page">
                <div class="plain-head"><span class="brand"><i></i><span>Sevensa</span></span></div>
                <h1>One moment</h1>
                <p class="lead">This dashboard is about to stop, and another one goes on in its place. The page opens there by itself.</p>
              </main>
            </body>
            </html>
            """
        );
    }
}
