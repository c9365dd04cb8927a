using System.Security.Cryptography;
using System.Text;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>Response headers of every page. Scripts run by nonce or from ourselves; nothing is loaded from elsewhere.</summary>
public static class SecurityHeaders
{
    private const string NonceItem = "Sevensa.CspNonce";
    private const string FormTargetItem = "Sevensa.FormTarget";

    /// <summary>Opened as a page it loads nothing, runs nothing and stands in no frame.</summary>
    private const string OfData = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The nonce of this response, for the import map and the few inline scripts of the root document.</summary>
    public static string CspNonce(this HttpContext context)
    {
        if (context.Items[NonceItem] is not string nonce)
        {
            nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            context.Items[NonceItem] = nonce;
        }
        return nonce;
    }

    /// <summary>Lets the forms of this page lead to another origin as well.</summary>
    public static void AllowFormTarget(this HttpContext context, string origin) =>
        context.Items[FormTargetItem] = new Uri(origin).GetLeftPart(UriPartial.Authority);

    /// <summary>This response is a page that sends its form elsewhere by itself, and does nothing else.</summary>
    /// <param name="script">The whole of its one inline script.</param>
    /// <param name="target">Where its form leads.</param>
    public static void AllowOnlyToSend(this HttpContext context, string script, string target) =>
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
            + $"script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'; "
            + $"form-action {new Uri(target).GetLeftPart(UriPartial.Authority)}";

    public static void UseSecurityHeaders(this WebApplication app) =>
        app.Use(
            (context, next) =>
            {
                context.Response.OnStarting(Put, context);
                return next(context);
            }
        );

    private static Task Put(object state)
    {
        var context = (HttpContext)state;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers.XFrameOptions = "DENY";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        if (headers.ContentSecurityPolicy.Count == 0)
        {
            headers.ContentSecurityPolicy = IsData(context) ? OfData : OfPage(context);
        }
        return Task.CompletedTask;
    }

    /// <summary>What a program asked for: no page of ours, whose scripts would need a nonce.</summary>
    private static bool IsData(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api/v1") && !context.Items.ContainsKey(NonceItem);

    private static string OfPage(HttpContext context) =>
        "default-src 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'; "
        + $"form-action 'self' {context.Items[FormTargetItem]}; "
        + "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
        + $"script-src 'self' 'nonce-{context.CspNonce()}'; style-src 'self' 'unsafe-inline'";
}
