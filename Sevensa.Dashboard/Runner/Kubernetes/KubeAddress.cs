using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>Where a cluster's API server is, and how to sign in there.</summary>
/// <param name="TokenFile">Read anew each minute: the cluster changes it while it runs.</param>
/// <param name="Authority">Certificates that the server's is checked against; null for the system's.</param>
internal sealed record KubeAddress(
    Uri Server,
    string? TokenFile = null,
    string? Token = null,
    X509Certificate2Collection? Authority = null,
    X509Certificate2? Client = null
) : IDisposable
{
    public const string InCluster = "in-cluster";

    private const string AccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <param name="where"><see cref="InCluster"/>, an address, or a kubeconfig's path.</param>
    /// <exception cref="FormatException">It says nothing that can be connected to.</exception>
    public static KubeAddress Of(string where, string? context, string? tokenFile, string? authorityFile)
    {
        if (where == InCluster)
        {
            return OfPod(AccountFolder, Environment.GetEnvironmentVariable);
        }
        if (Uri.TryCreate(where, UriKind.Absolute, out var server) && server.Scheme is "http" or "https")
        {
            return new KubeAddress(server, tokenFile, null, authorityFile is null ? null : AuthorityIn(authorityFile));
        }
        return KubeConfig.Read(where, context);
    }

    /// <summary>As the cluster tells its own pods.</summary>
    public static KubeAddress OfPod(string folder, Func<string, string?> environment)
    {
        if (
            environment("KUBERNETES_SERVICE_HOST") is not { Length: > 0 } host
            || environment("KUBERNETES_SERVICE_PORT") is not { Length: > 0 } port
        )
        {
            throw new FormatException(
                "this is no pod of a cluster (KUBERNETES_SERVICE_HOST is not set); name a kubeconfig instead"
            );
        }
        var token = Path.Combine(folder, "token");
        if (!File.Exists(token))
        {
            throw new FormatException(
                $"{token} is not there: give the pod its service account's token (automountServiceAccountToken: true)"
            );
        }
        var name = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        return new KubeAddress(
            new Uri($"https://{name}:{port}"),
            token,
            Authority: AuthorityIn(Path.Combine(folder, "ca.crt"))
        );
    }

    public SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            AutomaticDecompression = System.Net.DecompressionMethods.GZip,
            AllowAutoRedirect = false,
        };
        if (Client is not null)
        {
            handler.SslOptions.ClientCertificates = [Client];
        }
        if (Authority is { } roots)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                certificate is not null
                && (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0
                && Holds(certificate, roots);
        }
        return handler;
    }

    public void Dispose()
    {
        Client?.Dispose();
        foreach (var one in Authority ?? [])
        {
            one.Dispose();
        }
    }

    private static bool Holds(X509Certificate certificate, X509Certificate2Collection roots)
    {
        using var shown = new X509Certificate2(certificate);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(shown);
    }

    private static X509Certificate2Collection AuthorityIn(string file)
    {
        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPemFile(file);
            return found;
        }
        catch (Exception exception)
            when (exception
                    is IOException
                        or UnauthorizedAccessException
                        or System.Security.Cryptography.CryptographicException
            )
        {
            throw new FormatException($"{file}: {exception.Message}", exception);
        }
    }
}
