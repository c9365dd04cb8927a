using System.Net;
using System.Net.Sockets;
using IPNetwork = System.Net.IPNetwork;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Which addresses are anybody's on the internet. What is not, by IANA's registries of special-purpose addresses (RFC 6890), is a
/// machine of ours or of nobody, and is told only where it is allowed by name.
/// </summary>
internal static class PublicNetworks
{
    private static readonly IPNetwork[] own =
    [
        .. new[]
        {
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            // Within 2000::/3: protocol assignments and Teredo, documentation, 6to4 (which leads to any IPv4 address).
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "2620:4f:8000::/48",
            "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    private static readonly IPNetwork global = IPNetwork.Parse("2000::/3");

    public static bool Holds(IPAddress address)
    {
        var plain = Plain(address);
        return (plain.AddressFamily == AddressFamily.InterNetwork || global.Contains(plain))
            && !own.Any(network => network.Contains(plain));
    }

    /// <summary>An IPv4 address that is written as IPv6 is that IPv4 address.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
