using System.Net;
using System.Net.Sockets;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>By what a caller's attempts are counted.</summary>
public static class CallerNetwork
{
    /// <summary>One line has one address, or as many as it likes of one network of 64 bits, which is one then.</summary>
    public static string NetworkOf(this HttpContext context) => Of(context.Connection.RemoteIpAddress);

    public static string Of(IPAddress? address) =>
        address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false }
            ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8))
            : address?.MapToIPv4().ToString() ?? "";
}
