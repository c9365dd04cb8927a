using System.Net;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// The page for a browser while the store can't do its part. It stands on nothing: neither who asks nor what they may see
/// can be known without the store. It asks again by itself.
/// </summary>
internal static class OutagePage
{
    public const string TryAfterSeconds = "5";

    /// <summary>Catches what fails before a page is chosen, such as the look at who asks.</summary>
    public static void UseOutagePage(this WebApplication app) =>
        app.Use(
            (context, next) => RequestPaths.IsPage(context.Request.Path) ? CatchAsync(context, next) : next(context)
        );

    private static async Task CatchAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (!context.Response.HasStarted && StoreFault.In(exception) is { } fault)
        {
            await WriteAsync(context, fault);
        }
    }

    /// <summary>False when the answer is under way already.</summary>
    public static async Task<bool> WriteAsync(HttpContext context, StoreFault fault)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            return false;
        }
        context
            .RequestServices.GetRequiredService<ILoggerFactory>()
            .CreateLogger(typeof(OutagePage))
            .LogWarning("{Path} was answered with 503. {Fault}", context.Request.Path, fault.Message);
        response.Clear();
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.RetryAfter = TryAfterSeconds;
        response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return true;
        }
        // Asked again by itself only where that sends nothing a second time.
        var again = HttpMethods.IsGet(context.Request.Method)
            ? $"<meta http-equiv=\"refresh\" content=\"{TryAfterSeconds}\">"
            : "";
        await response.WriteAsync(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <meta name="color-scheme" content="dark light">
              {again}
              <title>{WebUtility.HtmlEncode(fault.Title)} · Sevensa</title>
              <link rel="stylesheet" href="{WebUtility.HtmlEncode(context.Request.PathBase + "/dist/app.css")}">
            </head>
            <body>
              <main class="plain-page">
                <div class="plain-head"><span class="brand"><i></i><span>Sevensa</span></span></div>
                <h1>{WebUtility.HtmlEncode(fault.Title)}</h1>
                <p class="lead">{WebUtility.HtmlEncode($"It says: {fault.Words.TrimEnd('.')}. {fault.Remedy}")}</p>
                <p class="lead">What runs on your hosts goes on meanwhile. This page asks again every few seconds.</p>
              </main>
            </body>
            </html>
            """
        );
        return true;
    }
}
