using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>The dashboard as a process of its own, with <see cref="BarePassThrough"/> beside it.</summary>
internal sealed class BenchDashboard : IAsyncDisposable
{
    private readonly string folder = Workspace.NewFolder("bench");
    private ServerProcess? process;

    public Uri Url { get; } = new($"http://127.0.0.1:{Workspace.FreePort()}");

    public int Process => process!.Id;

    /// <summary>Where its store lies.</summary>
    public string DataFolder => Path.Combine(folder, "data");

    public static Task<BenchDashboard> StartAsync(params (string Key, string Value)[] settings) =>
        StartAsync(null, beside: true, settings);

    /// <param name="assembly">Another build of the program than the one that was built with this bench.</param>
    /// <param name="beside">Whether what this bench puts beside it is put there.</param>
    public static Task<BenchDashboard> StartAsync(
        string? assembly,
        bool beside,
        params (string Key, string Value)[] settings
    ) => StartAsync(assembly, beside, isOnOneCore: false, settings);

    /// <param name="isOnOneCore">It runs on the first core alone (util-linux' <c>taskset</c>), and who asks on the others.</param>
    public static async Task<BenchDashboard> StartAsync(
        string? assembly,
        bool beside,
        bool isOnOneCore,
        params (string Key, string Value)[] settings
    )
    {
        var dashboard = new BenchDashboard();
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Sandbox",
            ["ASPNETCORE_URLS"] = dashboard.Url.ToString().TrimEnd('/'),
            ["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = typeof(BarePassThrough).Assembly.GetName().Name,
            ["DOTNET_STARTUP_HOOKS"] = typeof(BarePassThrough).Assembly.Location,
            ["Storage__Folder"] = dashboard.DataFolder,
            // As it ships: no line for each request to Prometheus.
            ["Logging__LogLevel__Default"] = "Warning",
            ["CI"] = null,
        };
        if (!beside)
            environment["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = environment["DOTNET_STARTUP_HOOKS"] = null;
        foreach (var (key, value) in settings)
            environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        dashboard.process = ServerProcess.Start(
            "bench-dashboard",
            isOnOneCore ? "taskset" : "dotnet",
            isOnOneCore
                ? ["-c", "0", "dotnet", assembly ?? Workspace.DashboardAssembly]
                : [assembly ?? Workspace.DashboardAssembly],
            environment,
            dashboard.folder
        );
        using var http = new HttpClient();
        await dashboard.process.ReadyAsync(
            async token =>
            {
                using var answer = await http.GetAsync(new Uri(dashboard.Url, "/healthz"), token);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            TimeSpan.FromMinutes(1)
        );
        return dashboard;
    }

    public async Task<HttpClient> ClientOfAsync(string person, TimeSpan? patience = null)
    {
        var client = new HttpClient { BaseAddress = Url };
        if (patience is { } given)
        {
            client.Timeout = given;
        }
        using var form = new FormUrlEncodedContent([
            new("grant_type", "client_credentials"),
            new("client_id", $"sandbox-{person}"),
            new("client_secret", $"sandbox-{person}"),
        ]);
        using var answer = await client.PostAsync(new Uri("/connect/token", UriKind.Relative), form);
        var token = (await answer.Content.ReadFromJsonAsync<JsonNode>())!["access_token"]!.GetValue<string>();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
