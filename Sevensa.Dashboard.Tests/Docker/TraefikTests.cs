using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Tests.Docker;

/// <summary>
/// Traefik's files by Traefik's own rules: one mistake in its dynamic folder and every address is 404, while its health check
/// stays green.
/// </summary>
public sealed partial class TraefikTests
{
    private const string Host = "console.example.test";

    private static readonly string folder = Path.Combine(ComposeFile.Folder, "traefik");

    public static TheoryData<string> Files =>
        [
            .. Directory
                .EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(folder, file)),
        ];

    private static IEnumerable<string> Dynamic =>
        Directory.EnumerateFiles(Path.Combine(folder, "dynamic"), "*.yaml").Order();

    /// <summary>As Traefik reads it: the templates filled in from the environment that compose.yaml gives it.</summary>
    private static string Rendered(string text) =>
        Template()
            .Replace(
                text,
                match =>
                {
                    Assert.Contains(match.Groups["name"].Value, ComposeFile.Real.Services["traefik"].Environment.Keys);
                    return Host;
                }
            );

    private static Dictionary<string, object?> Read(string path) =>
        ComposeFile
            .Parse(
                Rendered(File.ReadAllText(path)) is { Length: > 0 } text && HasContent(text)
                    ? text
                    : "{ nothing: true }"
            )
            .Root;

    private static bool HasContent(string text) =>
        text.Split('\n').Any(line => line.Trim() is { Length: > 0 } trimmed && trimmed[0] != '#');

    private static Dictionary<string, object?> All(string protocol, string section) =>
        Dynamic
            .SelectMany(file =>
                ComposeFile.Map(ComposeFile.Map(Read(file).GetValueOrDefault(protocol)).GetValueOrDefault(section))
            )
            .ToDictionary(pair => pair.Key, pair => pair.Value);

    [Theory, MemberData(nameof(Files))]
    public void NoKeyIsEmpty(string file) => Assert.Empty(Empty(Read(Path.Combine(folder, file)), ""));

    private static IEnumerable<string> Empty(object? node, string at) =>
        node switch
        {
            null => [at],
            IDictionary<object, object?> { Count: 0 } => [at],
            IDictionary<object, object?> map => map.SelectMany(pair => Empty(pair.Value, $"{at}.{pair.Key}")),
            IDictionary<string, object?> map => map.SelectMany(pair => Empty(pair.Value, $"{at}.{pair.Key}")),
            string => [],
            System.Collections.IEnumerable list when !list.Cast<object?>().Any() => [at],
            System.Collections.IEnumerable list => list.Cast<object?>().SelectMany(item => Empty(item, at + "[]")),
            _ => [],
        };

    [Fact]
    public void EveryRuleNamesAHost() =>
        Assert.All(
            All("http", "routers"),
            router => Assert.Matches(@"Host\(`[a-z0-9.-]+`\)", (string)ComposeFile.Map(router.Value)["rule"]!)
        );

    [Fact]
    public void TheConsoleIsServedAtThePublicHost() =>
        Assert.Equal($"Host(`{Host}`)", ComposeFile.Map(All("http", "routers")["platform-dashboard"])["rule"]);

    [Fact]
    public void WhatIsReferredToExists()
    {
        var entryPoints = ComposeFile.Map(Read(Path.Combine(folder, "traefik.yaml"))["entryPoints"]);
        var (services, middlewares) = (All("http", "services").Keys, All("http", "middlewares").Keys);
        var options = All("tls", "options").Keys;
        Assert.All(
            All("http", "routers").Values.Select(ComposeFile.Map),
            router =>
            {
                Assert.Contains((string)router["service"]!, services);
                Assert.NotEmpty(ComposeFile.List(router["entryPoints"]));
                Assert.Empty(ComposeFile.List(router["entryPoints"]).Except(entryPoints.Keys));
                Assert.Empty(
                    ComposeFile.List(router.GetValueOrDefault("middlewares")).Select(Bare).Except(middlewares)
                );
            }
        );
        foreach (
            var http in entryPoints.Values.Select(point =>
                ComposeFile.Map(ComposeFile.Map(point).GetValueOrDefault("http"))
            )
        )
        {
            Assert.Empty(ComposeFile.List(http.GetValueOrDefault("middlewares")).Select(Bare).Except(middlewares));
            Assert.Empty(
                ComposeFile
                    .List(ComposeFile.Map(http.GetValueOrDefault("tls")).GetValueOrDefault("options"))
                    .Select(Bare)
                    .Except(options)
            );
        }
        var secrets = ComposeFile.Real.Services["traefik"].Secrets.Select(name => $"/run/secrets/{name}");
        var certificates = Dynamic
            .Select(file => ComposeFile.Map(Read(file).GetValueOrDefault("tls")).GetValueOrDefault("certificates"))
            .OfType<IEnumerable<object>>()
            .SelectMany(list => list)
            .SelectMany(one => ComposeFile.Map(one).Values.Cast<string>());
        Assert.Equal(secrets.Order(), certificates.Order());

        // Here all names are this provider's own.
        static string Bare(string name) =>
            name.EndsWith("@file", StringComparison.Ordinal) ? name[..^"@file".Length] : name;
    }

    [Fact]
    public void TheExampleOfATenantKeepsTheSameRules()
    {
        var lines = File.ReadAllLines(Path.Combine(folder, "dynamic", "tenants.yaml"))
            .Select(line => line.TrimStart('#'));
        var example = ComposeFile.Parse(
            string.Join(
                '\n',
                lines.SkipWhile(line => line.Trim() != "http:").Select(line => line.Length > 0 ? line[1..] : line)
            )
        );
        Assert.Empty(Empty(example.Root, ""));
        var http = ComposeFile.Map(example.Root["http"]);
        var router = ComposeFile.Map(ComposeFile.Map(http["routers"]).Single().Value);
        Assert.Contains("Host(`", (string)router["rule"]!, StringComparison.Ordinal);
        Assert.Contains((string)router["service"]!, ComposeFile.Map(http["services"]).Keys);
    }

    [Fact]
    public void ARestartOfTheDashboardAndALinkToItAreThoughtOf()
    {
        var balancer = ComposeFile.Map(ComposeFile.Map(All("http", "services")["platform-dashboard"])["loadBalancer"]);
        var probe = ComposeFile.Map(balancer["healthCheck"]);
        Assert.Equal("1s", probe["unhealthyInterval"]);
        var cookie = ComposeFile.Map(ComposeFile.Map(balancer["sticky"])["cookie"]);
        Assert.Equal(("lax", true), (cookie["sameSite"], cookie["secure"]));
        var points = ComposeFile.Map(Read(Path.Combine(folder, "traefik.yaml"))["entryPoints"]);
        foreach (var name in new[] { "web", "websecure" })
        {
            Assert.Equal("delete", ComposeFile.Map(ComposeFile.Map(points[name])["http"])["aliasHeadersStrategy"]);
        }
        Assert.DoesNotContain(
            "readTimeout",
            File.ReadAllText(Path.Combine(folder, "traefik.yaml")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    [Trait("Needs", "Traefik")]
    public async Task ARealTraefikServesTheConsole()
    {
        var traefik = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Select(path => Path.Combine(path, "traefik"))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(traefik is null, "There is no traefik on the PATH: its files are read by its rules only.");
        await using var console = await ConsoleAsync();
        var work = Directory.CreateTempSubdirectory("traefik-");
        try
        {
            var port = Workspace.FreePort();
            var made = Secret(work.FullName);
            Directory.CreateDirectory(Path.Combine(work.FullName, "dynamic"));
            foreach (var file in Dynamic)
            {
                await File.WriteAllTextAsync(
                    Path.Combine(work.FullName, "dynamic", Path.GetFileName(file)),
                    (await File.ReadAllTextAsync(file))
                        .Replace("/run/secrets", work.FullName, StringComparison.Ordinal)
                        .Replace("http://dashboard:8080", console.Urls.First(), StringComparison.Ordinal)
                );
            }
            var config = (await File.ReadAllTextAsync(Path.Combine(folder, "traefik.yaml")))
                .Replace("/etc/traefik", work.FullName, StringComparison.Ordinal)
                .Replace("\":8443\"", $"\"127.0.0.1:{port}\"", StringComparison.Ordinal)
                .Replace("\":8080\"", $"\"127.0.0.1:{Workspace.FreePort()}\"", StringComparison.Ordinal)
                .Replace("\":8082\"", $"\"127.0.0.1:{Workspace.FreePort()}\"", StringComparison.Ordinal)
                .Replace("127.0.0.1:8083", $"127.0.0.1:{Workspace.FreePort()}", StringComparison.Ordinal);
            var path = Path.Combine(work.FullName, "traefik.yaml");
            await File.WriteAllTextAsync(path, config);
            await using var process = ServerProcess.Start(
                "traefik",
                traefik!,
                [$"--configFile={path}"],
                new Dictionary<string, string?> { ["PUBLIC_HOST"] = Host },
                work.FullName
            );
            using var client = new HttpClient(
                new SocketsHttpHandler
                {
                    SslOptions =
                    {
                        RemoteCertificateValidationCallback = (_, shown, _, _) =>
                            shown?.GetCertHashString(HashAlgorithmName.SHA256) == made,
                    },
                    ConnectCallback = async (_, token) =>
                    {
                        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                        await socket.ConnectAsync(IPAddress.Loopback, port, token);
                        return new NetworkStream(socket, ownsSocket: true);
                    },
                }
            );
            var page = await Eventually.GetAsync(
                "the console behind Traefik",
                async token =>
                {
                    using var answer = await client.GetAsync(new Uri($"https://{Host}/"), token);
                    return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(token) : null;
                },
                because: () => process.Tail()
            );
            Assert.Equal("the console", page);
            using var other = await client.GetAsync(new Uri("https://other.example.test/"));
            Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static async Task<WebApplication> ConsoleAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync("the console"));
        await app.StartAsync();
        return app;
    }

    /// <returns>The certificate's SHA-256.</returns>
    private static string Secret(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Host}", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "tls_certificate"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "tls_key"), key.ExportPkcs8PrivateKeyPem());
        return certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }

    [GeneratedRegex("""{{ env "(?<name>[A-Z_]+)" }}""")]
    private static partial Regex Template();
}
