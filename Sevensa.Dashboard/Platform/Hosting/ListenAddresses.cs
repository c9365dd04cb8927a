using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>The addresses that the program is told to listen on, tried before anything is started.</summary>
internal static class ListenAddresses
{
    private const string Default = "http://localhost:5000";

    /// <summary>Each that can't be listened on, in words with its key first. Kestrel's own section is left to Kestrel.</summary>
    public static IEnumerable<string> Mistakes(IConfiguration configuration)
    {
        if (configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            yield break;
        }
        foreach (
            var url in Of(configuration)
                .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        )
        {
            if (Mistake(url) is { } mistake)
            {
                yield return $"ASPNETCORE_URLS: {mistake}";
            }
        }
    }

    private static string Of(IConfiguration configuration) =>
        configuration["urls"] is { Length: > 0 } urls ? urls
        : configuration["http_ports"] is { Length: > 0 } ports
            ? string.Join(';', ports.Split(';').Select(port => $"http://*:{port}"))
        : Default;

    private static string? Mistake(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException)
        {
            return $"\"{url}\" is not an address such as http://127.0.0.1:8080";
        }
        if (address.Scheme is not ("http" or "https"))
        {
            return $"\"{url}\" is neither http nor https";
        }
        if (address.IsUnixPipe || address.IsNamedPipe || address.Port == 0)
        {
            return null;
        }
        try
        {
            Bind(address);
            return null;
        }
        catch (SocketException exception)
        {
            var port = address.Port.ToString(CultureInfo.InvariantCulture);
            return $"{url} can't be listened on: {exception.Message}. "
                + (
                    exception.SocketErrorCode is SocketError.AddressAlreadyInUse
                        ? $"End the program that has port {port}, or give another port"
                        : "Give an address of this machine, and a port that this user may take"
                );
        }
    }

    private static void Bind(BindingAddress address)
    {
        var at =
            address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
            : IPAddress.TryParse(address.Host.Trim('[', ']'), out var parsed) ? parsed
            : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any
            : IPAddress.Any;
        using var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (at.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }
        socket.Bind(new IPEndPoint(at, address.Port));
    }
}
