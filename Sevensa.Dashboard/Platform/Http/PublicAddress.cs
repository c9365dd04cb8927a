using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// The address that people and programs use. Every address that the program gives out begins with it: links in messages,
/// redirects, discovery, the command that enrols a host. What a request says of itself in <c>Host</c> counts only while none is set.
/// </summary>
public sealed class PublicAddress
{
    /// <summary>The setting that names it.</summary>
    public const string Key = "Identity:PublicUrl";

    /// <summary>Item of a request: the host as the caller named it, where the set address took its place.</summary>
    public const string NamedHostItem = "Sevensa.NamedHost";

    private readonly IServer? server;

    public PublicAddress(IConfiguration configuration, IOptions<PlatformOptions> options, IServer? server = null)
    {
        this.server = server;
        Set = Of(configuration, options.Value);
        PathBase = PathOf(configuration, options.Value);
    }

    /// <summary>As it is set, with the path and without a slash at the end; null when none is.</summary>
    public string? Set { get; }

    /// <summary>Path below which everything is served; empty at the root of its host.</summary>
    public PathString PathBase { get; }

    /// <summary>People come by TLS, wherever that ends.</summary>
    public bool IsHttps => Set?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The address without a slash at the end; where none is set, that on which the program listens.</summary>
    public string Base => Set ?? Listening + PathBase;

    /// <summary>The address of something here.</summary>
    /// <param name="path">From the root of the program, e.g. <c>/approvals/1</c>.</param>
    public Uri Of(string path) => new(Base + path);

    /// <summary>As <see cref="Base"/>; where none is set, as this request names it.</summary>
    public string BaseFor(HttpRequest request) => Set ?? $"{request.Scheme}://{request.Host}{request.PathBase}";

    /// <summary>The address from configuration alone, before there are services; null when none is set.</summary>
    public static string? Of(IConfiguration configuration, PlatformOptions options) =>
        Read(configuration) is { } url ? url.GetLeftPart(UriPartial.Authority) + PathOf(configuration, options) : null;

    private static PathString PathOf(IConfiguration configuration, PlatformOptions options) =>
        (options.PathBase is { Length: > 0 } path ? path : Read(configuration)?.AbsolutePath ?? "").TrimEnd('/')
            is { Length: > 0 } set
            ? new PathString(set)
            : PathString.Empty;

    private static Uri? Read(IConfiguration configuration) =>
        Uri.TryCreate(configuration[Key], UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : null;

    private string Listening =>
        // Listening on all addresses is not an address that a browser can open.
        (server?.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://localhost")
            .Replace("[::]", "localhost", StringComparison.Ordinal)
            .Replace("0.0.0.0", "localhost", StringComparison.Ordinal)
            .Replace("//+", "//localhost", StringComparison.Ordinal)
            .Replace("//*", "//localhost", StringComparison.Ordinal)
            .TrimEnd('/');
}
