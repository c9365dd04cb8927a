using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>
/// A host as it is in earnest: a Docker Engine with labelled containers, the runner as a process of its own, Prometheus scraping
/// that runner, and the dashboard. Only Loki, Vault and the chat model are stand-ins.
/// </summary>
public sealed class RealFleet : IAsyncLifetime
{
    public const string Api = "rentguy-api-1";
    public const string Other = "witcom-psra-api-1";

    private RunnerProcess? runner;
    private PrometheusServer? prometheus;
    private DashboardProcess? dashboard;

    private readonly string folder = Workspace.NewFolder("fleet");

    /// <summary>Another build of the program than the one that was built with the tests.</summary>
    public string? Program { get; init; }

    /// <summary>Another build of the runner: the native one, or of the program above.</summary>
    public string? RunnerProgram { get; init; }

    /// <summary>Of the dashboard, besides those that the fleet needs.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    public DockerEngine Engine { get; } = new();

    /// <summary>What the runner's host keeps of private registries; empty until somebody writes to it.</summary>
    public string RegistryCredentialsFile => Path.Combine(folder, "registries.json");

    public DashboardProcess Dashboard => dashboard ?? throw new InvalidOperationException("The fleet was not started");

    public RunnerProcess Runner => runner ?? throw new InvalidOperationException("The fleet was not started");

    public PrometheusServer Prometheus =>
        prometheus ?? throw new InvalidOperationException("The fleet was not started");

    public string ApiId { get; private set; } = "";

    public string OtherId { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await Engine.InitializeAsync();
        await Engine.ImageAsync("rentguy/api:2.4.0");
        await Engine.ImageAsync("witcom/psra-api:1.8.0");
        ApiId = await Engine.ContainerAsync(Api, "rentguy/api:2.4.0", Labels("rentguy", "api"));
        OtherId = await Engine.ContainerAsync(Other, "witcom/psra-api:1.8.0", Labels("witcom", "psra-api"));

        await File.WriteAllTextAsync(RegistryCredentialsFile, "{}");

        var metrics = $"127.0.0.1:{Workspace.FreePort()}";
        prometheus = new PrometheusServer(new ScrapeTarget("runner", metrics));
        await prometheus.InitializeAsync();
        dashboard = DashboardProcess.With(
            new Dictionary<string, string?>(Settings)
            {
                ["Prometheus:Url"] = prometheus.Url.ToString(),
                // No engine of the dashboard's own: the host has a runner.
                ["Docker:Endpoint"] = "none",
                ["Metrics:RateWindow"] = "10s",
                ["Releases:WatchEvery"] = "00:00:01",
            },
            Program
        );
        await dashboard.StartAsync();
        using var admin = await dashboard.ClientOfAsync("admin");
        using var issued = await admin.PostAsJsonAsync("/api/v1/hosts/enrolment-tokens", new { });
        var body = await issued.Content.ReadAsStringAsync();
        Assert.True(issued.IsSuccessStatusCode, body);
        runner = new RunnerProcess(
            dashboard.Url,
            JsonNode.Parse(body)!["token"]!.GetValue<string>(),
            new Dictionary<string, string?>
            {
                ["Runner:Name"] = "vps-real",
                ["Runner:Docker"] = Engine.Endpoint,
                ["Runner:Metrics"] = metrics,
                ["Runner:RegistryCredentialsFile"] = RegistryCredentialsFile,
            },
            RunnerProgram ?? Program
        );
        await runner.StartAsync();
        await Eventually.GetAsync(
            "the runner to tell of the containers",
            async token =>
            {
                var hosts = await admin.GetFromJsonAsync<JsonNode>("/api/v1/hosts", token);
                return hosts!["items"]!.AsArray().SingleOrDefault(host => host!["containers"]!.GetValue<int>() == 2);
            },
            Patience.Usual,
            () => runner.Process!.Tail() + dashboard.Process.Tail()
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (runner is not null)
        {
            await runner.DisposeAsync();
        }
        if (dashboard is not null)
        {
            await dashboard.DisposeAsync();
        }
        if (prometheus is not null)
        {
            await prometheus.DisposeAsync();
        }
        await Engine.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static Dictionary<string, string> Labels(string tenant, string service) =>
        new() { ["sevensa.tenant"] = tenant, ["sevensa.service"] = service };
}

/// <summary>One host for stories that each look at containers of their own.</summary>
[CollectionDefinition(nameof(OneFleet))]
public sealed class OneFleet : ICollectionFixture<RealFleet>;
