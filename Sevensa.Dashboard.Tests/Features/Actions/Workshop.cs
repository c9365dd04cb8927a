using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Duties;
using Sevensa.Dashboard.Tests.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>The whole feature on a real store; hosts, audit and tenants are stood in for.</summary>
internal sealed class Workshop : IAsyncDisposable
{
    private readonly string? postgres;
    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-actions-").FullName;
    private readonly bool shared;
    private readonly ServiceProvider services;

    public Workshop(
        Action<IServiceCollection>? add = null,
        Action<ActionsOptions>? options = null,
        Workshop? sharing = null,
        string? postgres = null
    )
    {
        this.postgres = sharing?.postgres ?? postgres;
        if (sharing is not null)
        {
            // A second dashboard on the same store, beside the same hosts and record.
            shared = true;
            folder = sharing.folder;
            (Time, Audit, Fleet, Link) = (sharing.Time, sharing.Audit, sharing.Fleet, sharing.Link);
        }
        var collection = new ServiceCollection();
        Register(collection);
        add?.Invoke(collection);
        if (options is not null)
        {
            collection.Configure(options);
        }
        services = collection.BuildServiceProvider();
        Audit.Stores = services.GetRequiredService<IDbContextFactory<Store>>();
        if (this.postgres is not null)
        {
            using var store = Audit.Stores.CreateDbContext();
            store.Database.EnsureCreated();
        }
        else if (!shared)
        {
            SqliteTemplate.Put(SqliteFile);
        }
    }

    private string SqliteFile => Path.Combine(folder, "test.db");

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 9, 0, 0, TimeSpan.Zero));
    public StubAudit Audit { get; } = new();
    public StubFleet Fleet { get; } = new();
    public StubLink Link { get; } = new();
    public StubStepUp StepUp { get; } = new();
    public StubStrangers Strangers { get; } = new();
    public IServiceProvider Services => services;
    public IProposals Proposals => services.GetRequiredService<IProposals>();
    public IEmergencyStop Stop => services.GetRequiredService<IEmergencyStop>();
    public IRunnerListener Hub => services.GetRequiredService<IRunnerListener>();

    public void Register(IServiceCollection collection)
    {
        collection.AddLogging();
        collection.AddOptions<ActionsOptions>();
        collection.AddSingleton<TimeProvider>(Time);
        collection.AddSingleton<IHostApplicationLifetime, Microsoft.Extensions.Hosting.Internal.ApplicationLifetime>();
        collection.AddSingleton<StartWork>();
        collection.Configure<StorageOptions>(storage => storage.Folder = folder);
        collection.AddSingleton<StoreKey>();
        collection.AddSingleton<StoreLocks>();
        collection.AddSingleton<IDuties, OwnDuties>();
        if (postgres is not null)
        {
            collection.AddDbContextFactory<PostgresStore>(options => options.UseNpgsql(postgres));
            collection.AddSingleton<IDbContextFactory<Store>, StoreFactory<PostgresStore>>();
        }
        else
        {
            collection.AddDbContextFactory<SqliteStore>(options =>
                options.UseSqlite(SqliteTemplate.ConnectionTo(SqliteFile)).AddInterceptors(new NoPowerFailure())
            );
            collection.AddSingleton<IDbContextFactory<Store>, StoreFactory<SqliteStore>>();
        }
        collection.AddSingleton<IAuditLog>(Audit);
        collection.AddSingleton<IFleet>(Fleet);
        collection.AddSingleton<IUsageViewers>(Fleet);
        collection.AddSingleton<IRunnerLink>(Link);
        collection.AddSingleton<IActionSigner, StubSigner>();
        collection.AddSingleton<ITenantScopes, StubScopes>();
        collection.AddSingleton<ITenants, StubTenants>();
        collection.AddSingleton<StubPeople>();
        collection.AddSingleton<IPeople>(provider => provider.GetRequiredService<StubPeople>());
        collection.AddSingleton<ICallersToday>(provider => provider.GetRequiredService<StubPeople>());
        collection.AddSingleton<IStandingRights>(provider => provider.GetRequiredService<StubPeople>());
        collection.AddSingleton<IStrangers>(Strangers);
        collection.AddSingleton<IStepUp>(StepUp);
        ActionsFeature.AddActions(collection);
        // What is shown a moment later is so by the wall clock, while the shop's own time stands still.
        collection.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<ProposalChanges>(provider, TimeProvider.System)
        );
    }

    public Task SweepAsync() => services.GetRequiredService<ActionSweep>().SweepAsync(CancellationToken.None);

    public Task<Proposal> ProposeAsync(
        string kind = "container.restart",
        string target = "rentguy-api",
        string? parameters = null,
        Caller? caller = null,
        string reason = "it leaks"
    ) =>
        Proposals.ProposeAsync(
            caller ?? Callers.Operator,
            new ProposalRequest(
                kind,
                "rentguy",
                target,
                parameters is null ? default : JsonDocument.Parse(parameters).RootElement,
                reason,
                [],
                "api"
            ),
            CancellationToken.None
        );

    public Task<Proposal> ApproveAsync(Proposal proposal, Caller? caller = null, string? hash = null) =>
        Proposals.ApproveAsync(
            caller ?? Callers.Approver,
            proposal.Id,
            hash ?? proposal.PlanHash,
            null,
            CancellationToken.None
        );

    /// <summary>Nobody is at work on it any more, as after a death: whoever lives may take it over.</summary>
    public async Task AbandonAsync(string id)
    {
        await using var store = await Audit.Stores!.CreateDbContextAsync();
        var over = Time.GetUtcNow().AddSeconds(-1);
        Assert.Equal(
            1,
            await store
                .Set<ProposalRow>()
                .Where(row => row.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.LeaseUntil, (DateTimeOffset?)over))
        );
    }

    public async Task<Proposal> FindAsync(string id) =>
        (await Proposals.FindAsync(Callers.Admin, id, CancellationToken.None))!;

    /// <summary>Waits for a state by the proposal's own events.</summary>
    public async Task<Proposal> UntilAsync(string id, params ProposalState[] states)
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        var words = states.Select(state => JsonNamingPolicy.CamelCase.ConvertName(state.ToString())).ToList();
        await foreach (var told in Proposals.EventsAsync(Callers.Admin, id, 0, patience.Token))
        {
            if (told.Type == "state" && words.Contains(told.Data.GetProperty("state").GetString()!))
            {
                if (Array.IndexOf(states, (await FindAsync(id)).State) >= 0)
                {
                    break;
                }
            }
        }
        var proposal = await FindAsync(id);
        Assert.Contains(proposal.State, states);
        return proposal;
    }

    public Task ReportAsync(
        string id,
        long sequence,
        string type,
        string? status = null,
        ActionOutcome? outcome = null,
        string host = "h1"
    ) =>
        Hub.OnReportAsync(
            host,
            Bytes(
                new ActionReport(id, sequence, Time.GetUtcNow(), type, type == "step" ? 1 : null, status, null, outcome)
            ),
            CancellationToken.None
        );

    public static byte[] Bytes(ActionReport report) =>
        JsonSerializer.SerializeToUtf8Bytes(report, ActionJson.Default.ActionReport);

    public async Task<IReadOnlyList<ProposalEvent>> EventsOfAsync(string id, long after = 0)
    {
        var rows = await services.GetRequiredService<ProposalStore>().EventsAsync(id, after, CancellationToken.None);
        return
        [
            .. rows.Select(row => new ProposalEvent(
                row.Id,
                row.ProposalId,
                row.Type,
                row.At,
                JsonDocument.Parse(row.DataJson).RootElement
            )),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        if (!shared)
        {
            SqliteTemplate.LetGo(SqliteFile);
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>Tests that run the same on both stores.</summary>
public abstract class OnAStore
{
    /// <summary>Connection string of an empty PostgreSQL database; null for SQLite.</summary>
    protected virtual Task<string?> DatabaseAsync() => Task.FromResult<string?>(null);

    /// <summary>One of a cluster, with the store's tables: they are made once in it and copied, which takes a tenth of the time.</summary>
    protected static async Task<string?> DatabaseAsync(PostgresCluster cluster)
    {
        var made = templates.GetValue(cluster, given => new Lazy<Task<string>>(() => MakeAsync(given)));
        return await cluster.CopyAsync(await made.Value);
    }

    private static readonly ConditionalWeakTable<PostgresCluster, Lazy<Task<string>>> templates = [];

    private static async Task<string> MakeAsync(PostgresCluster cluster)
    {
        const string name = "template_of_shops";
        // A database to which anybody is connected can't be copied.
        var connection = $"{await cluster.DatabaseAsync(name)};Pooling=False";
        await using var store = new PostgresStore(
            new DbContextOptionsBuilder<PostgresStore>().UseNpgsql(connection).Options
        );
        await store.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        return name;
    }

    private protected async Task<Workshop> ShopAsync() => new(postgres: await DatabaseAsync());
}
