using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.ForwardAuth;

/// <summary>
/// The request that a proxy asks about, told by X-Forwarded-Method, -Proto, -Host and -Uri alone: method, query, body and
/// Content-Type of the asking request are the proxy's, and what else it carries was the client's.
/// </summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>; that of the page for a WebSocket.</param>
/// <param name="Host">With its port where it has one, lower case.</param>
/// <param name="Path">As it was sent, escapes kept.</param>
/// <param name="Query">With its question mark; empty without one.</param>
/// <param name="Overrides">What a header of the client's tells the service in place of method or path.</param>
internal sealed record ForwardedRequest(
    string Method,
    string Scheme,
    string Host,
    string Path,
    string Query,
    ToldOtherwise Overrides = ToldOtherwise.Nothing
)
{
    private const int Longest = 8192;

    /// <summary>Frameworks take these for the method, some of them whatever the method was.</summary>
    private static readonly string[] methods = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];

    /// <summary>And these for the path. Some proxies set them too, to the address that is asked about.</summary>
    private static readonly string[] paths = ["X-Original-URL", "X-Original-URI", "X-Rewrite-URL", "X-Override-URL"];

    /// <summary>It would change nothing, however the service reads it.</summary>
    public bool IsSafe => IsSafeWord(Method) && !Overrides.HasFlag(ToldOtherwise.Method);

    public bool IsHttps => Scheme == "https";

    public string HostName => Host.IndexOf(':', StringComparison.Ordinal) is > 0 and var port ? Host[..port] : Host;

    /// <summary>The address as a person has it in the browser.</summary>
    public string Address => $"{Scheme}://{Host}{Path}{Query}";

    /// <returns>Null when it says of no request, or of one that no browser sends.</returns>
    public static ForwardedRequest? From(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (
            headers["X-Forwarded-Host"] is not [{ Length: > 0 and < 300 } host]
            || headers["X-Forwarded-Uri"] is not [{ Length: > 0 and < Longest } target]
            || target[0] != '/'
        )
        {
            return null;
        }
        var scheme = context.ForwardedScheme() switch
        {
            "https" or "wss" => "https",
            "http" or "ws" => "http",
            _ => null,
        };
        var method = headers["X-Forwarded-Method"] is [{ Length: > 0 and < 30 } told]
            ? told.ToUpperInvariant()
            : HttpMethods.Get;
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var request = new ForwardedRequest(
            method,
            scheme ?? "",
            host.TrimEnd('.').ToLowerInvariant(),
            mark < 0 ? target : target[..mark],
            mark < 0 ? "" : target[mark..]
        );
        return scheme is not null && Uri.TryCreate(request.Address, UriKind.Absolute, out _)
            ? request with
            {
                Overrides = request.ToldBy(headers),
            }
            : null;
    }

    private ToldOtherwise ToldBy(IHeaderDictionary headers)
    {
        var told = ToldOtherwise.Nothing;
        if (methods.Any(name => headers[name].Any(word => !IsSafeWord(word?.Trim().ToUpperInvariant()))))
        {
            told |= ToldOtherwise.Method;
        }
        var target = Path + Query;
        if (paths.Any(name => headers[name].Any(text => text != target && text != Address)))
        {
            told |= ToldOtherwise.Path;
        }
        return told;
    }

    private static bool IsSafeWord(string? method) => method is "GET" or "HEAD" or "OPTIONS";

    /// <summary>A person's browser that can be led to a page: not a program, a script of a page, or a WebSocket.</summary>
    public bool WantsPage(IHeaderDictionary headers) =>
        Method is "GET" or "HEAD"
        && headers["Sec-WebSocket-Key"].Count == 0
        && headers["X-Requested-With"].Count == 0
        && headers.Authorization.Count == 0
        && headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && headers["Sec-Fetch-Mode"].ToString() is "" or "navigate";
}

/// <summary>What of a request a header names a second time, and not as the request itself has it.</summary>
[Flags]
internal enum ToldOtherwise
{
    Nothing = 0,
    Method = 1,
    Path = 2,
}
