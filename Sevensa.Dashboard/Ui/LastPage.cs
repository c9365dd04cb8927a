using System.Diagnostics;
using System.Text.Encodings.Web;

namespace Sevensa.Dashboard.Ui;

/// <summary>What a browser is shown when a page failed and the page that says so failed too: never an empty answer.</summary>
internal static class LastPage
{
    public static IApplicationBuilder UseLastPage(this IApplicationBuilder pages) =>
        pages.Use(
            async (context, next) =>
            {
                try
                {
                    await next(context);
                }
                catch (Exception exception)
                    when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
                {
                    // Whoever handled it before has logged what came first; this may be what came of that.
                    context
                        .RequestServices.GetRequiredService<ILoggerFactory>()
                        .CreateLogger(typeof(LastPage).FullName!)
                        .LogError(exception, "A page failed, and so did the page that says so");
                    context.Response.Clear();
                    context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                }
                var response = context.Response;
                if (response is { HasStarted: false, StatusCode: >= 500, ContentType: null, ContentLength: null or 0 })
                {
                    await WriteAsync(context);
                }
            }
        );

    private static Task WriteAsync(HttpContext context)
    {
        var trace = HtmlEncoder.Default.Encode(Activity.Current?.Id ?? context.TraceIdentifier);
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="dark light"><title>Error · Sevensa</title></head>
            <body style="font-family: sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
            <h1>This page failed</h1>
            <p>The dashboard made a mistake; nothing was changed on any host. Try again, and if it fails again, look for this trace in the dashboard's log.</p>
            <p><code>{trace}</code></p>
            </body></html>
            """
        );
    }
}
