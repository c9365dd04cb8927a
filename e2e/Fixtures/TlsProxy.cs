using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Debian's HAProxy with a certificate of its own, which hands everything below one path to a dashboard that speaks plain HTTP.</summary>
/// <param name="dashboard">Where the dashboard will listen.</param>
/// <param name="path">The path, such as <c>/console</c>; what lies beside it is answered with 404.</param>
public sealed class TlsProxy(Uri dashboard, string path) : IAsyncDisposable
{
    private readonly string folder = Workspace.NewFolder("tls");
    private readonly int port = Workspace.FreePort();
    private readonly NeededParts needs = new();
    private ServerProcess? process;

    /// <summary>What people use, with the path.</summary>
    public Uri Url => new($"https://{Authority}{path}/");

    private string Authority => $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Starts it (again) at the same address.</summary>
    /// <param name="takesAway">Whether the dashboard is asked without the path.</param>
    public async Task StartAsync(bool takesAway)
    {
        if (process is not null)
            await process.DisposeAsync();
        var program = needs.Executable("haproxy", "/usr/sbin/haproxy");
        needs.Check();
        await File.WriteAllTextAsync(Path.Combine(folder, "tls.pem"), Certificate());
        await File.WriteAllTextAsync(
            Path.Combine(folder, "haproxy.cfg"),
            $"""
            defaults
              mode http
              timeout connect 10s
              timeout client 1h
              timeout server 1h
            frontend people
              bind {Authority} ssl crt {folder}/tls.pem
              http-request deny deny_status 404 unless {"{"} path_beg {path} {"}"}
              http-request set-header X-Forwarded-Proto https
              option forwardfor
              {(takesAway ? $"http-request set-header X-Forwarded-Prefix {path}" : "")}
              {(takesAway ? $"http-request replace-path {path}(/)?(.*) /\\2" : "")}
              default_backend dashboard
            backend dashboard
              server one {dashboard.Authority}

            """
        );
        process = ServerProcess.Start("haproxy", program, ["-db", "-f", $"{folder}/haproxy.cfg"], folder: folder);
        await process.ReadyAsync(async token =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), token);
            return true;
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        // Whoever connects holds it against the machine's clock.
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }
}
