using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Alerts.Intake;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>A host that tells of what is not its to tell of: an alert says so as long as it goes on, and to whom it may.</summary>
public sealed class HostAlarmTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-alarms-").FullName;
    private readonly ToldFleet fleet = new();
    private ServiceProvider services = null!;
    private HostAlarms alarms = null!;
    private AlertsStore store = null!;

    public async ValueTask InitializeAsync()
    {
        var collection = new ServiceCollection();
        collection.AddLogging();
        collection.AddDbContextFactory<SqliteStore>(options =>
            options.UseSqlite($"Data Source={Path.Combine(folder, "test.db")};Pooling=False;Default Timeout=30")
        );
        services = collection.BuildServiceProvider();
        var stores = new StoreFactory<SqliteStore>(services.GetRequiredService<IDbContextFactory<SqliteStore>>());
        await using (var made = stores.CreateDbContext())
        {
            await made.Database.EnsureCreatedAsync(Stop);
        }
        store = new AlertsStore(stores);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Begins to look, once the start is over.</summary>
    private async Task BeginAsync(string[] tenants, params IStartStep[] steps)
    {
        var collection = new ServiceCollection();
        foreach (var step in steps)
        {
            collection.AddSingleton(step);
        }
        var start = new StartWork(
            collection.BuildServiceProvider(),
            new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance),
            TimeProvider.System,
            NullLogger<StartWork>.Instance
        );
        var intake = new AlertIntake(
            store,
            new TenantsOf(tenants),
            new AlertNews(NullLogger<AlertNews>.Instance),
            TimeProvider.System
        );
        alarms = new HostAlarms(fleet, intake, store, start, TimeProvider.System, NullLogger<HostAlarms>.Instance);
        await alarms.StartAsync(Stop);
        await start.NeedAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static DockerHost Host(string name, bool told = true, params (string Container, string? HeldBy)[] claims) =>
        new(name, name, HostPresence.Connected, default, null, null, null, 0, null)
        {
            HasTold = told,
            RefusedClaims =
            [
                .. claims.Select(claim => new RefusedClaim(
                    $"id-{claim.Container}",
                    claim.Container,
                    "witcom",
                    claim.HeldBy,
                    claim.HeldBy is null ? $"{name} may not report containers of witcom." : $"{claim.HeldBy} was first."
                )),
            ],
        };

    private Task<IReadOnlyList<AlertRow>> UntilAsync(string tenant, Func<IReadOnlyList<AlertRow>, bool> isSo) =>
        Eventually.GetAsync(
            $"the alerts of \"{tenant}\" to be so",
            async token => await store.OpenAsync(tenant, token) is var open && isSo(open) ? open : null
        );

    [Fact]
    public async Task It_says_how_many_and_why_and_names_nobodys_containers()
    {
        await BeginAsync(["platform", "rentguy", "witcom"]);
        fleet.Tell(
            Host("vps-1", true, ("witcom-api-1", "vps-2"), ("witcom-secret-job", null), ("witcom-db-1", null)),
            Host("vps-2")
        );
        var alert = Assert.Single(await UntilAsync("platform", open => open.Count == 1)).ToAlert();
        Assert.Equal(("HostClaimsForeignContainers", "critical"), (alert.Name, alert.Severity));
        Assert.Equal("vps-1", alert.Labels["host"]);
        var text = string.Join(' ', alert.Annotations.Values.Concat(alert.Labels.Values));
        Assert.Contains(
            "one container that another host told of first and 2 containers of tenants",
            text,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("witcom", text, StringComparison.Ordinal);
        Assert.Empty(await store.OpenAsync("", Stop));

        // Another number is told in its place, and it ends with the last claim.
        fleet.Tell(Host("vps-1", true, ("witcom-api-1", "vps-2")), Host("vps-2"));
        await UntilAsync(
            "platform",
            open => open.Count == 1 && !open[0].Summary.Contains("2 containers", StringComparison.Ordinal)
        );
        fleet.Tell(Host("vps-1"), Host("vps-2"));
        await UntilAsync("platform", open => open.Count == 0);
    }

    [Fact]
    public async Task Without_a_tenant_of_the_platform_it_is_the_administrators()
    {
        await BeginAsync(["rentguy", "witcom"]);
        fleet.Tell(Host("vps-1", true, ("witcom-api-1", null)));
        Assert.Single(await UntilAsync("", open => open.Count == 1));
    }

    [Fact]
    public async Task A_host_that_has_not_told_yet_keeps_its_alert_and_one_that_is_revoked_loses_it()
    {
        await BeginAsync(["platform"]);
        fleet.Tell(Host("vps-1", true, ("a", null)), Host("vps-2", true, ("b", null)));
        await UntilAsync("platform", open => open.Count == 2);
        fleet.Tell(
            Host("vps-1", told: false),
            Host("vps-2", true, ("b", null)) with
            {
                Presence = HostPresence.Revoked,
            }
        );
        var left = await UntilAsync("platform", open => open.Count == 1);
        Assert.Equal("vps-1", left[0].ToAlert().Labels["host"]);
        fleet.Tell(Host("vps-1"));
        await UntilAsync("platform", open => open.Count == 0);
    }

    [Fact]
    public async Task A_start_that_fails_ends_it_without_a_word()
    {
        await BeginAsync(["platform"], new Failing());
        await alarms.ExecuteTask!.WaitAsync(Patience.Usual, Stop);
        fleet.Tell(Host("vps-1", true, ("a", null)));
        Assert.Empty(await store.OpenAsync("platform", Stop));
    }

    public async ValueTask DisposeAsync()
    {
        await alarms.StopAsync(CancellationToken.None);
        alarms.Dispose();
        await services.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private sealed class Failing : IStartStep
    {
        public Task RunAsync(CancellationToken cancellation) =>
            Task.FromException(new StoreException("Nothing works today."));
    }

    private sealed class ToldFleet : IFleet
    {
        private Func<Task>? changed;

        public IReadOnlyList<DockerHost> Hosts { get; private set; } = [];

        public IReadOnlyList<HostedContainer> Containers => [];

        public void Tell(params DockerHost[] hosts)
        {
            Hosts = hosts;
            _ = changed?.Invoke();
        }

        public IReadOnlyList<HostedContainer> ContainersOf(string tenant) => [];

        public HostedContainer? Find(string containerId) => null;

        public IReadOnlyList<(string HostName, EngineEvent Event)> RecentEvents(string tenant, int most) => [];

        public IDisposable OnChange(Func<Task> callback)
        {
            changed = callback;
            return new MemoryStream();
        }
    }

    private sealed class TenantsOf(string[] ids) : ITenants
    {
        public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) =>
            ValueTask.FromResult<IReadOnlyList<Tenant>>([.. ids.Select(id => new Tenant(id, id, "#000000", [], []))]);

        public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
            AllAsync(cancellation);
    }
}
