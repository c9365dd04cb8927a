using System.Diagnostics;
using System.Text.Encodings.Web;

namespace Sevensa.Dashboard.Ui;

/// <summary>
/// What a browser is shown when a page failed and the page that says so failed too, or when a form was refused before a page
/// saw it: never an empty answer.
/// </summary>
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
                if (response is { HasStarted: false, ContentLength: null or 0 })
                {
                    if (response is { StatusCode: >= 500, ContentType: null })
                    {
                        var trace = HtmlEncoder.Default.Encode(Activity.Current?.Id ?? context.TraceIdentifier);
                        await WriteAsync(
                            context,
                            "This page failed",
                            $"The dashboard made a mistake; nothing was changed on any host. Try again, and if it fails again, look for this trace in the dashboard's log.</p><p><code>{trace}</code>"
                        );
                    }
                    // A form that can't be read or was not given out by this dashboard: only a form is answered so.
                    else if (response.StatusCode == 400 && HttpMethods.IsPost(context.Request.Method))
                    {
                        await WriteAsync(
                            context,
                            "This form could not be read",
                            "It was open for too long, or what was sent is cut off. Nothing was changed. Open the page again and send it once more."
                        );
                    }
                }
            }
        );

    private static Task WriteAsync(HttpContext context, string title, string words)
    {
        var start = HtmlEncoder.Default.Encode(context.Request.PathBase + "/");
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            $"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="dark light"><title>{title} · Sevensa</title></head>
            <body style="font-family: sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
            <h1>{title}</h1>
            <p>{words}</p>
            <p><a href="{start}">Go to the overview</a></p>
            </body></html>
            """
        );
    }
}
