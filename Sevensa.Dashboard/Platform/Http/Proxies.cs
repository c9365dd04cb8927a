using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// What a proxy in front changes: whose word on the caller's address and scheme counts, and the public address and path that
/// requests are read by.
/// </summary>
public static class Proxies
{
    private const string DirectItem = "Sevensa.Direct";
    private const string SchemeItem = "Sevensa.ForwardedScheme";
    private const string AskedByProxies = "/forward-auth";

    // What a proxy that takes the path away says about it: Traefik's StripPrefix by itself, others when told to.
    private const string PrefixHeader = "X-Forwarded-Prefix";

    // Not every proxy says for whom it passes something on; each of these is said by one that does pass on.
    private static readonly string[] PassedOn = ["Forwarded", "Via", "X-Real-Ip", "X-Original-For", "X-Client-Ip"];

    public static void AddProxies(this IServiceCollection services)
    {
        services.AddSingleton<PublicAddress>();
        // Last, so that no other setting (ASPNETCORE_FORWARDEDHEADERS_ENABLED trusts everybody) widens what is trusted.
        services
            .AddOptions<ForwardedHeadersOptions>()
            .PostConfigure<IOptions<PlatformOptions>>(
                (headers, platform) =>
                {
                    headers.KnownProxies.Clear();
                    headers.KnownIPNetworks.Clear();
                    foreach (var network in platform.Value.Proxies.Select(proxy => proxy.Network).OfType<IPNetwork>())
                    {
                        headers.KnownIPNetworks.Add(network);
                    }
                    headers.ForwardedHeaders =
                        headers.KnownIPNetworks.Count > 0
                            ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto
                            : ForwardedHeaders.None;
                    // Through as many known proxies as there are; the first unknown address is the caller's.
                    headers.ForwardLimit = null;
                }
            );
    }

    /// <summary>First of all, so that everything after it sees the caller's own address and the public one.</summary>
    public static void UseProxies(this WebApplication app)
    {
        Warn(app);
        app.Use(
            (context, next) =>
            {
                context.Items[DirectItem] = !context.Request.Headers.Keys.Any(IsOfProxies);
                // Taken away with what a known proxy told of itself.
                if (context.Request.Headers["X-Forwarded-Proto"] is [{ } scheme])
                {
                    context.Items[SchemeItem] = scheme.ToLowerInvariant();
                }
                return next(context);
            }
        );
        app.UseForwardedHeaders();
        var address = app.Services.GetRequiredService<PublicAddress>();
        var set = address.Set is { } url ? new Uri(url) : null;
        app.Use(
            (context, next) =>
            {
                var request = context.Request;
                // The scheme of a WebSocket, as some proxies tell it, is that of the page it belongs to.
                request.Scheme =
                    set?.Scheme ?? (request.Scheme.ToLowerInvariant() is "https" or "wss" ? "https" : "http");
                // One caller has one address, whichever way the server listens or a proxy writes it.
                if (context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped)
                {
                    context.Connection.RemoteIpAddress = mapped.MapToIPv4();
                }
                if (set is not null)
                {
                    context.Items[PublicAddress.NamedHostItem] = request.Host.Value;
                    request.Host = new HostString(set.Authority);
                }
                Below(address.PathBase, request);
                if (address.PathBase.HasValue)
                {
                    context.Response.OnStarting(FoundBelow, context);
                }
                // A machine's own name is everybody's; and what the proxy asks here, it answers under other names.
                if (address.IsHttps && set is { IsLoopback: false } && !request.Path.StartsWithSegments(AskedByProxies))
                {
                    context.Response.OnStarting(OverTlsAlone, context);
                }
                return next(context);
            }
        );
    }

    /// <summary>For this host alone: what else is below its name is not ours to say. Browsers pass it over where there is no TLS.</summary>
    private static Task OverTlsAlone(object state)
    {
        ((HttpContext)state).Response.Headers.StrictTransportSecurity = "max-age=31536000";
        return Task.CompletedTask;
    }

    /// <summary>What was made is found below the path too; endpoints name it from the root of the program.</summary>
    private static Task FoundBelow(object state)
    {
        var (request, response) = (((HttpContext)state).Request, ((HttpContext)state).Response);
        if (
            response.StatusCode == StatusCodes.Status201Created
            && response.Headers.Location is [{ } made]
            && made.StartsWith("/api/", StringComparison.Ordinal)
        )
        {
            response.Headers.Location = request.PathBase + made;
        }
        return Task.CompletedTask;
    }

    /// <summary>No proxy said that it passes this request on for somebody.</summary>
    public static bool IsDirect(this HttpContext context) => context.Items[DirectItem] is true;

    /// <summary>The scheme that <c>X-Forwarded-Proto</c> names, whoever sent it; null where it names none or several.</summary>
    public static string? ForwardedScheme(this HttpContext context) => context.Items[SchemeItem] as string;

    /// <summary>The address on its own host of something here: what a redirect names.</summary>
    /// <param name="path">From the root of the program, with what follows it.</param>
    public static string Local(this HttpContext context, string path) => context.Request.PathBase + path;

    private static bool IsOfProxies(string header) =>
        header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
        || PassedOn.Contains(header, StringComparer.OrdinalIgnoreCase);

    private static void Below(PathString pathBase, HttpRequest request)
    {
        if (!pathBase.HasValue)
        {
            return;
        }
        var taken = string.Equals(
            request.Headers[PrefixHeader].ToString().TrimEnd('/'),
            pathBase,
            StringComparison.Ordinal
        );
        if (!taken && request.Path.StartsWithSegments(pathBase, StringComparison.OrdinalIgnoreCase, out var rest))
        {
            request.Path = rest.HasValue ? rest : "/";
        }
        request.PathBase = pathBase;
    }

    private static void Warn(WebApplication app)
    {
        var log = app
            .Services.GetRequiredService<ILoggerFactory>()
            .CreateLogger("Sevensa.Dashboard.Platform.Http.Proxies");
        var known = app.Services.GetRequiredService<IOptions<PlatformOptions>>().Value.Proxies.Any();
        if (app.Services.GetRequiredService<PublicAddress>() is { IsHttps: true } address && !known)
        {
            log.LogWarning(
                "People come by {Address}, and Platform:KnownProxies names no proxy: sessions, the record and the hold-off after failures see the proxy's address instead of the caller's. Set it to the proxy's address or network.",
                address.Set
            );
        }
        if (
            !known
            && string.Equals(app.Configuration["FORWARDEDHEADERS_ENABLED"], "true", StringComparison.OrdinalIgnoreCase)
        )
        {
            log.LogWarning(
                "ASPNETCORE_FORWARDEDHEADERS_ENABLED has no effect, as it would trust everybody. Name the proxies in Platform:KnownProxies instead."
            );
        }
    }
}
