using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Sandbox;

namespace Sevensa.Dashboard.Tests.Sandbox;

public class SandboxUpstreamsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Outside_the_sandbox_there_is_none()
    {
        var builder = Builder("Production");
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => builder.AddSandboxAsync());
        Assert.Contains("Production", refused.Message, StringComparison.Ordinal);
        Assert.Null(builder.Configuration["Prometheus:Url"]);
    }

    [Fact]
    public async Task Fills_in_every_upstream_that_is_not_configured()
    {
        var builder = Builder("Sandbox");
        builder.Configuration["Loki:Url"] = "http://127.0.0.1:3100";
        var state = await builder.AddSandboxAsync(cancellation: Cancel);
        await using var app = await StartedAsync(builder);
        Assert.Equal(
            [
                ("Prometheus", true),
                ("Alertmanager", true),
                ("Loki", false),
                ("Vault", true),
                ("Ollama", true),
                ("n8n", true),
                ("LangGraph sandbox", true),
                ("Docker on vps-1", true),
                ("Docker on vps-2", true),
            ],
            state.Upstreams.Select(u => (u.Name, u.Simulated))
        );
        Assert.Equal("http://127.0.0.1:3100", app.Configuration["Loki:Url"]);
        Assert.Equal("sandbox-model", app.Configuration["Ollama:Model"]);
        Assert.Equal(
            ["vps-1", "vps-2"],
            [app.Configuration["Runner:Hosts:0:Name"], app.Configuration["Runner:Hosts:1:Name"]]
        );
        using var http = new HttpClient();
        (string Key, string Path)[] probes =
        [
            ("Prometheus:Url", "/-/ready"),
            ("Alertmanager:Url", "/-/ready"),
            ("Vault:Address", "/v1/sys/health"),
            ("Ollama:Url", "/api/version"),
            ("N8n:Url", "/healthz"),
            ("Graphs:Servers:0:Url", "/ok"),
            ("Runner:Hosts:0:Docker", "/_ping"),
            ("Runner:Hosts:1:Docker", "/_ping"),
        ];
        foreach (var (key, path) in probes)
        {
            var address = app.Configuration[key]!;
            Assert.StartsWith("http://127.0.0.1:", address, StringComparison.Ordinal);
            Assert.Equal(
                System.Net.HttpStatusCode.OK,
                (await http.GetAsync(new Uri(address + path), Cancel)).StatusCode
            );
        }
        var prometheus = app.Configuration["Prometheus:Url"]!;
        await app.StopAsync(Cancel);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri(prometheus + "/-/ready"), Cancel));
    }

    [Fact]
    public async Task A_configured_docker_is_one_host_named_by_the_machine()
    {
        var builder = Builder("Sandbox");
        builder.Configuration["Docker:Endpoint"] = "unix:///var/run/docker.sock";
        var state = await builder.AddSandboxAsync(cancellation: Cancel);
        await using var app = await StartedAsync(builder);
        Assert.Equal(Environment.MachineName.ToLowerInvariant(), app.Configuration["Runner:Hosts:0:Name"]);
        Assert.Equal("unix:///var/run/docker.sock", app.Configuration["Runner:Hosts:0:Docker"]);
        Assert.Null(app.Configuration["Runner:Hosts:1:Name"]);
        Assert.Contains(state.Upstreams, u => u is { Name: "Docker", Simulated: false });
    }

    [Fact]
    public async Task Starts_at_once()
    {
        await (await StartedAsync(await AddedAsync())).DisposeAsync();
        List<long> taken = [];
        for (var round = 0; round < 5; round++)
        {
            var watch = Stopwatch.StartNew();
            var builder = await AddedAsync();
            taken.Add(watch.ElapsedMilliseconds);
            await (await StartedAsync(builder)).DisposeAsync();
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{string.Join(", ", taken)} ms");
        // Of several, since others use the machine too.
        Assert.InRange(taken.Min(), 0, 1_500);
    }

    [Fact]
    public async Task The_seed_tells_of_releases_and_the_critical_finding()
    {
        var builder = await AddedAsync();
        await using var app = await StartedAsync(builder);
        var seed = app.Services.GetRequiredService<ISeed>();
        var api = seed.Releases.Where(r => r is { Tenant: "rentguy", Service: "api" }).TakeLast(2).ToArray();
        Assert.Equal(["sevensa/rentguy-api:2.4.0", "sevensa/rentguy-api:2.4.1"], api.Select(r => r.Image));
        Assert.Equal(new TimeSpan(16, 10, 0), api[1].At.TimeOfDay);

        var critical =
            from scan in seed.Scans
            let report = JsonNode.Parse(scan.Report)!
            from result in report["Results"]!.AsArray()
            from found in result!["Vulnerabilities"]!.AsArray()
            where (string?)found!["Severity"] == "CRITICAL"
            select (scan.Image, (string)found!["VulnerabilityID"]!, (string)found["FixedVersion"]!);
        Assert.Equal([("sevensa/claude-chat:1.7.0", "CVE-2025-7783", "2.5.4, 3.0.4, 4.0.4")], critical);
        Assert.All(seed.Scans, s => Assert.Contains("@sha256:", s.Digest, StringComparison.Ordinal));
    }

    private static async Task<WebApplicationBuilder> AddedAsync()
    {
        var builder = Builder("Sandbox");
        await builder.AddSandboxAsync(cancellation: Cancel);
        return builder;
    }

    private static WebApplicationBuilder Builder(string environment)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        return builder;
    }

    private static async Task<WebApplication> StartedAsync(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        await app.StartAsync(Cancel);
        return app;
    }
}
