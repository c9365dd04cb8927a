using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>The addresses that the program is told to listen on, tried before anything is started.</summary>
internal static class ListenAddresses
{
    private const string Default = "http://localhost:5000";

    /// <summary>Each that can't be listened on, in words with its key first: what Kestrel's own section names, else what the addresses' setting does.</summary>
    public static IEnumerable<string> Mistakes(IConfiguration configuration, IServiceProvider services)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().ToList();
        (string Key, string Url)[] addresses =
            endpoints.Count > 0
                ?
                [
                    .. endpoints
                        .Where(one => one["Url"] is { Length: > 0 })
                        .Select(one => ($"{one.Path}:Url", one["Url"]!)),
                ]
                :
                [
                    .. Of(configuration)
                        .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                        .Select(url => ("ASPNETCORE_URLS", url)),
                ];
        var mistakes = addresses
            .Select(one => Mistake(one.Url) is { } mistake ? $"{one.Key}: {mistake}" : null)
            .OfType<string>()
            .ToList();
        if (mistakes.Count == 0 && CertificateMistake(configuration, services, addresses) is { } certificate)
        {
            mistakes.Add(certificate);
        }
        return mistakes;
    }

    /// <summary>What Kestrel says of its section and of the certificate that an https address needs; null when it takes both, or none is asked for.</summary>
    private static string? CertificateMistake(
        IConfiguration configuration,
        IServiceProvider services,
        (string Key, string Url)[] addresses
    )
    {
        var section = configuration.GetSection("Kestrel");
        var secure = addresses
            .Where(one => one.Url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            .Select(one => one.Key)
            .FirstOrDefault();
        if (secure is null && !section.GetChildren().Any())
        {
            return null;
        }
        var trial = new KestrelServerOptions { ApplicationServices = services };
        try
        {
            trial.Configure(section).Load();
            if (secure?.StartsWith("Kestrel", StringComparison.Ordinal) is false)
            {
                trial.ListenLocalhost(0, listen => listen.UseHttps());
            }
            return null;
        }
        catch (Exception exception)
            when (exception
                    is InvalidOperationException
                        or IOException
                        or UnauthorizedAccessException
                        or CryptographicException
                        or FormatException
                        or ArgumentException
            )
        {
            return $"{secure ?? "Kestrel"}: {exception.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.')}. "
                + "For https give Kestrel:Certificates:Default:Path and KeyPath, or listen on http behind a proxy that ends TLS";
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
