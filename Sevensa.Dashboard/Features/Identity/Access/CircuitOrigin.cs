using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// The circuit of a page is opened from our own pages alone. A browser sends the session's cookie along with a WebSocket that a
/// page of a neighbouring host opens (it is of the same site), and no form token stands in its way: what says so is <c>Origin</c>.
/// </summary>
internal static class CircuitOrigin
{
    public const string Path = "/_blazor";

    public static void UseCircuitOrigin(this WebApplication app)
    {
        var address = app.Services.GetRequiredService<PublicAddress>();
        app.Use(
            (context, next) =>
            {
                if (!context.Request.Path.StartsWithSegments(Path) || IsOurs(context.Request, address))
                {
                    return next(context);
                }
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                context.Response.ContentType = "text/plain; charset=utf-8";
                return context.Response.WriteAsync(
                    $"A page of another address asked for a circuit. Where that is the console itself, set {PublicAddress.Key} to the address that browsers show.\n",
                    context.RequestAborted
                );
            }
        );
    }

    /// <summary>Whoever sends none is no browser: each sends it with a WebSocket, and with a POST.</summary>
    private static bool IsOurs(HttpRequest request, PublicAddress address) =>
        request.Headers.Origin is not { Count: > 0 } given
        || (
            given is [{ } origin]
            && Uri.TryCreate(origin, UriKind.Absolute, out var from)
            // Whether it was https is for the proxy in front to know.
            && (
                string.Equals(from.Authority, NamedHostOf(request), StringComparison.OrdinalIgnoreCase)
                || (address.Set is { } set && IsAt(from, set))
            )
        );

    private static string? NamedHostOf(HttpRequest request) =>
        request.HttpContext.Items[PublicAddress.NamedHostItem] as string ?? request.Host.Value;

    private static bool IsAt(Uri from, string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var ours)
        && from.Scheme == ours.Scheme
        && from.Port == ours.Port
        && string.Equals(from.Host, ours.Host, StringComparison.OrdinalIgnoreCase);
}
