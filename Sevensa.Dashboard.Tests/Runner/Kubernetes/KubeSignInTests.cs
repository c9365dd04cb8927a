using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Kubernetes;

namespace Sevensa.Dashboard.Tests.Runner.Kubernetes;

/// <summary>A kubeconfig's authority, client certificate and tokens against a server that speaks TLS.</summary>
public sealed class KubeSignInTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("kube-tls").FullName;
    private readonly FakeTimeProvider clock = new();
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 authority;
    private readonly X509Certificate2 server;
    private readonly WebApplication app;

    public KubeSignInTests()
    {
        authority = Authority("cluster");
        server = Issued("kube-apiserver", key);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(
                IPAddress.Loopback,
                0,
                listen =>
                    listen.UseHttps(
                        server,
                        https =>
                        {
                            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                            https.AllowAnyClientCertificate();
                        }
                    )
            )
        );
        app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(
                $$"""{"token":"{{context.Request.Headers.Authorization}}","client":"{{context.Connection.ClientCertificate?.Subject}}"}"""
            );
        });
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await app.StartAsync(Stop);

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        authority.Dispose();
        server.Dispose();
        key.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_authority_is_taken_from_the_file_itself_or_from_one_beside_it(bool within)
    {
        var answer = await AskAsync(
            Pem("certificate-authority", authority.ExportCertificatePem(), within),
            "token: shown"
        );

        Assert.Equal(("Bearer shown", ""), answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_certificate_is_shown(bool within)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var client = Issued("sevensa-runner", own);
        var user =
            Pem("client-certificate", client.ExportCertificatePem(), within)
            + "\n      "
            + Pem("client-key", own.ExportPkcs8PrivateKeyPem(), within);

        var answer = await AskAsync(Pem("certificate-authority", authority.ExportCertificatePem(), true), user);

        Assert.Equal(("", "CN=sevensa-runner"), answer);
    }

    [Fact]
    public async Task A_server_of_another_authority_gets_no_token()
    {
        using var other = Authority("other");

        var refused = await Assert.ThrowsAsync<KubeException>(() =>
            AskAsync(Pem("certificate-authority", other.ExportCertificatePem(), true), "token: shown")
        );

        Assert.Contains("can't be reached", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_authority_the_systems_own_decide() =>
        await Assert.ThrowsAsync<KubeException>(() => AskAsync("", "token: shown"));

    [Fact]
    public async Task A_pods_token_is_read_again_after_a_minute()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "token"), "first\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.crt"), authority.ExportCertificatePem(), Stop);
        var here = new Uri(app.Urls.First());
        using var api = new KubeApi(
            KubeAddress.OfPod(
                folder,
                name =>
                    name == "KUBERNETES_SERVICE_HOST"
                        ? here.Host
                        : here.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)
            ),
            clock
        );

        Assert.Equal("Bearer first", (await SeenAsync(api)).Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "token"), "second", Stop);
        Assert.Equal("Bearer first", (await SeenAsync(api)).Token);
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal("Bearer second", (await SeenAsync(api)).Token);
    }

    [Fact]
    public void A_key_without_its_certificate_is_said()
    {
        var file = Write("", "client-key-data: " + Convert.ToBase64String(Encoding.ASCII.GetBytes("key")));

        var refused = Assert.Throws<FormatException>(() => KubeConfig.Read(file, null));

        Assert.Contains("client-certificate and client-key", refused.Message, StringComparison.Ordinal);
    }

    private async Task<(string Token, string Client)> AskAsync(string cluster, string user)
    {
        using var api = new KubeApi(KubeConfig.Read(Write(cluster, user), null), clock);
        return await SeenAsync(api);
    }

    private static async Task<(string Token, string Client)> SeenAsync(KubeApi api)
    {
        var answer = await api.GetAsync("version", Stop);
        return (answer.Text("token"), answer.Text("client"));
    }

    private string Pem(string name, string text, bool within)
    {
        if (within)
        {
            return $"{name}-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(text))}";
        }
        File.WriteAllText(Path.Combine(folder, $"{name}.pem"), text);
        return $"{name}: {name}.pem";
    }

    private string Write(string cluster, string user)
    {
        var file = Path.Combine(folder, "config");
        File.WriteAllText(
            file,
            $"""
            apiVersion: v1
            kind: Config
            current-context: main
            contexts: [{"{"} name: main, context: {"{"} cluster: c, user: u {"}"} {"}"}]
            clusters:
              - name: c
                cluster:
                  server: {app.Urls.FirstOrDefault() ?? "https://127.0.0.1:1"}
                  {cluster}
            users:
              - name: u
                user:
                  {user}
            """
        );
        return file;
    }

    private X509Certificate2 Authority(string name)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }

    private X509Certificate2 Issued(string name, ECDsa own)
    {
        var request = new CertificateRequest($"CN={name}", own, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var bare = request.Create(
            authority,
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.UnixEpoch.AddYears(99),
            Encoding.ASCII.GetBytes(name)[..8]
        );
        using var whole = bare.CopyWithPrivateKey(own);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }
}
