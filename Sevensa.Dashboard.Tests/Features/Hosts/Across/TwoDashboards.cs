using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Link;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts.Across;

/// <summary>Two real programs on one real PostgreSQL and one real Redis, and runners that connect to one of them.</summary>
internal sealed class TwoDashboards : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("two-").FullName;
    private readonly RunningAgents runners = new();
    private readonly HashSet<ConfiguredApp> ended = [];

    public RedisServer Redis { get; } = new();
    public ConfiguredApp First { get; private set; } = null!;
    public ConfiguredApp Second { get; private set; } = null!;

    public static async Task<TwoDashboards> StartAsync(
        PostgresCluster cluster,
        params (string Key, string Value)[] more
    )
    {
        var two = new TwoDashboards();
        await two.Redis.InitializeAsync();
        (string, string)[] settings =
        [
            ("Storage:Postgres", await StoreTemplate.DatabaseAsync(cluster)),
            ("Security:KeyFile", Path.Combine(two.folder, "store.key")),
            ("Redis:ConnectionString", two.Redis.ConnectionString),
            ("Redis:PasswordFile", two.Redis.PasswordFile),
            .. more,
        ];
        two.First = await ConfiguredApp.StartAsync(settings);
        two.Second = await ConfiguredApp.StartAsync(settings);
        return two;
    }

    /// <summary>Starts a runner that connects to one of the two; with the same name, as the same host.</summary>
    public RunnerAgent AddRunner(ConfiguredApp at, string name, FakeEngine engine) =>
        runners.Start(
            new RunnerOptions
            {
                Name = name,
                State = Path.Combine(folder, "runner", name),
                Metrics = "none",
            },
            new HubAddress(
                at.Address,
                token => at.Services.GetRequiredService<IEnrolmentTokens>().IssueForOwnRunnerAsync(name, token)
            ),
            engine
        );

    public Task EndRunnerAsync(RunnerAgent agent) => runners.EndAsync(agent);

    public async Task EndAsync(ConfiguredApp app)
    {
        if (ended.Add(app))
        {
            await app.DisposeAsync();
        }
    }

    /// <summary>Waits until one of the two knows something of its fleet.</summary>
    public static Task<T> WhenAsync<T>(ConfiguredApp app, Func<IFleet, T?> look)
        where T : class =>
        WhenAsync(() => Task.FromResult(look(app.Services.GetRequiredService<IFleet>())), "the fleet");

    public static async Task<T> WhenAsync<T>(Func<Task<T?>> look, string what)
        where T : class
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (!patience.IsCancellationRequested)
        {
            if (await look() is { } found)
            {
                return found;
            }
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"Waited in vain for {what}.");
    }

    /// <summary>The container, as soon as one of the two shows it as of a connected host.</summary>
    public static Task<HostedContainer> ContainerAsync(ConfiguredApp app, string name) =>
        WhenAsync(
            app,
            fleet => fleet.Containers.SingleOrDefault(found => found.Facts.Name == name && found.HostConnected)
        );

    public static Task<DockerHost> HostAsync(ConfiguredApp app, string name, Func<DockerHost, bool> isSo) =>
        WhenAsync(app, fleet => fleet.Hosts.FirstOrDefault(host => host.Name == name && isSo(host)));

    /// <summary>Proposes at one and approves at one; the proposal's address.</summary>
    public static async Task<string> ApproveAsync(ConfiguredApp proposing, ConfiguredApp approving, string target)
    {
        using var operators = await proposing.ApiAsAsync("operator");
        using var made = await operators.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target,
                reason = "it leaks",
            }
        );
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        var proposal = await made.Content.ReadFromJsonAsync<JsonElement>();
        var address = $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}";
        using var approver = await approving.ApiAsAsync("approver");
        using var approved = await approver.PostAsJsonAsync(
            $"{address}/approve",
            new { planHash = proposal.GetProperty("planHash").GetString() }
        );
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        return address;
    }

    public static async Task<JsonElement> StateAsync(ConfiguredApp at, string address, params string[] states)
    {
        using var viewer = await at.ApiAsAsync("viewer");
        JsonElement last = default;
        await WhenAsync(
            async () =>
            {
                last = await viewer.GetFromJsonAsync<JsonElement>(address);
                return states.Contains(last.GetProperty("state").GetString()) ? "so" : null;
            },
            $"{address} to be {string.Join(" or ", states)}"
        );
        return last;
    }

    public async ValueTask DisposeAsync()
    {
        await runners.DisposeAsync();
        await EndAsync(Second);
        await EndAsync(First);
        await Redis.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
