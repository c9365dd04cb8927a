using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Sevensa.Dashboard.Features.Identity.ForwardAuth;

/// <summary>
/// A small page that a proxy shows at another host in this program's name: it stands on no file, since there the host is the
/// service's.
/// </summary>
internal static class ForwardAuthPage
{
    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1.25rem}h1{font-size:1.25rem}";

    private static readonly string Policy =
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; style-src 'sha256-"
        + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))
        + "'";

    /// <param name="link">Where to go on: its address and words.</param>
    public static async Task WriteAsync(
        HttpContext context,
        int status,
        string title,
        string text,
        (string Address, string Words)? link = null
    )
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = Policy;
        var way = link is { } to
            ? $"<p><a href=\"{WebUtility.HtmlEncode(to.Address)}\">{WebUtility.HtmlEncode(to.Words)}</a></p>"
            : "";
        await response.WriteAsync(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <meta name="color-scheme" content="dark light">
              <title>{WebUtility.HtmlEncode(title)} · Sevensa</title>
              <style>{Style}</style>
            </head>
            <body>
              <main>
                <h1>{WebUtility.HtmlEncode(title)}</h1>
                <p>{WebUtility.HtmlEncode(text)}</p>
                {way}
              </main>
            </body>
            </html>
            """,
            context.RequestAborted
        );
    }
}
