using System.Net;
using System.Net.Sockets;
using IPNetwork = System.Net.IPNetwork;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>The address is none that may be told.</summary>
internal sealed class ForbiddenAddressException(string message) : Exception(message);

/// <summary>
/// The way out to addresses that somebody typed in. Where a name leads is looked at when it is connected to, each time, so that a
/// name that leads elsewhere tomorrow opens nothing inside.
/// </summary>
/// <param name="networks">Asked each time: what is not public and may be told all the same.</param>
/// <param name="isTried">This machine may be told: everything is tried on it.</param>
/// <param name="setting">Where those networks are named, for the words of a refusal.</param>
internal abstract class OutwardDoor(Func<IEnumerable<IPNetwork>> networks, bool isTried, string setting)
{
    /// <summary>A message to it may not be sent plainly; null when nothing speaks against the address as far as it can be seen.</summary>
    public string? Trouble(Uri url) =>
        url.Scheme is not ("http" or "https") ? "The address begins with https://."
        : url.UserInfo.Length > 0 ? "The address holds a name or password; messages are signed instead."
        : url.Fragment.Length > 0 ? "The address has a part behind #, which is never sent."
        : IPAddress.TryParse(url.IdnHost.Trim('[', ']'), out var address) ? Trouble(url, address)
        : url.IdnHost is "localhost" || url.IdnHost.EndsWith(".localhost", StringComparison.Ordinal)
            ? Trouble(url, IPAddress.Loopback)
        : null;

    /// <summary>Redirects, proxies and cookies are not followed, used or kept.</summary>
    public SocketsHttpHandler Handler() =>
        new()
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxConnectionsPerServer = 16,
            ConnectCallback = async (context, cancellation) =>
                await ConnectAsync(context.InitialRequestMessage.RequestUri!, context.DnsEndPoint, cancellation),
        };

    private async ValueTask<Stream> ConnectAsync(Uri url, DnsEndPoint end, CancellationToken cancellation)
    {
        var found = await Dns.GetHostAddressesAsync(end.Host, cancellation);
        var open = found.Where(address => Trouble(url, address) is null).ToArray();
        if (open.Length == 0)
        {
            throw new ForbiddenAddressException(
                found.Length == 0
                    ? $"{end.Host} leads to no address."
                    : Trouble(url, found[0]) ?? $"{end.Host} leads to no address that may be told."
            );
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, end.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private string? Trouble(Uri url, IPAddress address)
    {
        var plain = PublicNetworks.Plain(address);
        if (networks().Any(network => network.Contains(plain)))
        {
            return null;
        }
        if (isTried && IPAddress.IsLoopback(plain))
        {
            return null;
        }
        return !PublicNetworks.Holds(plain)
                ? $"{url.IdnHost} leads to {plain}, which is not a public address. {setting} can allow it."
            : url.Scheme != Uri.UriSchemeHttps ? $"Events go over https; plain http only to what {setting} names."
            : null;
    }

    /// <summary>A network, or a single address as one; null when the text is neither.</summary>
    public static IPNetwork? Network(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
