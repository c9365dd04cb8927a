using System.Collections.Concurrent;
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
using Sevensa.Dashboard.Platform.Storage;

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
        using var store = services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContext();
        store.Database.EnsureCreated();
        if (store.Database.IsSqlite())
        {
            store.Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL");
        }
    }

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
        if (postgres is not null)
        {
            collection.AddDbContextFactory<PostgresStore>(options => options.UseNpgsql(postgres));
            collection.AddSingleton<IDbContextFactory<Store>, Factory<PostgresStore>>();
        }
        else
        {
            collection.AddDbContextFactory<SqliteStore>(options =>
                options.UseSqlite($"Data Source={Path.Combine(folder, "test.db")};Pooling=False;Default Timeout=30")
            );
            collection.AddSingleton<IDbContextFactory<Store>, Factory<SqliteStore>>();
        }
        collection.AddSingleton<IAuditLog>(Audit);
        collection.AddSingleton<IFleet>(Fleet);
        collection.AddSingleton<IRunnerLink>(Link);
        collection.AddSingleton<IActionSigner, StubSigner>();
        collection.AddSingleton<ITenantScopes, StubScopes>();
        collection.AddSingleton<IPeople, StubPeople>();
        collection.AddSingleton<IStrangers>(Strangers);
        collection.AddSingleton<IStepUp>(StepUp);
        ActionsFeature.AddActions(collection);
    }

    public Task SweepAsync() => services.GetRequiredService<ActionSweep>().SweepAsync(CancellationToken.None);

    public Task<Proposal> ProposeAsync(
        string kind = "container.restart",
        string target = "rentguy-api",
        string? parameters = null,
        Caller? caller = null
    ) =>
        Proposals.ProposeAsync(
            caller ?? Callers.Operator,
            new ProposalRequest(
                kind,
                "rentguy",
                target,
                parameters is null ? default : JsonDocument.Parse(parameters).RootElement,
                "it leaks",
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

    public async Task<Proposal> FindAsync(string id) =>
        (await Proposals.FindAsync(Callers.Admin, id, CancellationToken.None))!;

    /// <summary>Waits for a state by the proposal's own events.</summary>
    public async Task<Proposal> UntilAsync(string id, params ProposalState[] states)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
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
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class Factory<T>(IDbContextFactory<T> factory) : IDbContextFactory<Store>
        where T : Store
    {
        public Store CreateDbContext() => factory.CreateDbContext();
    }
}

/// <summary>Tests that run the same on both stores.</summary>
public abstract class OnAStore
{
    /// <summary>Connection string of an empty PostgreSQL database; null for SQLite.</summary>
    protected virtual Task<string?> DatabaseAsync() => Task.FromResult<string?>(null);

    private protected async Task<Workshop> ShopAsync() => new(postgres: await DatabaseAsync());
}

internal static class Callers
{
    public static Caller Admin { get; } = Person("admin", Role.Admin);
    public static Caller Operator { get; } = Person("operator", Role.Operator, "rentguy", "witcom");
    public static Caller Approver { get; } = Person("approver", Role.Approver, "rentguy", "witcom");
    public static Caller Viewer { get; } = Person("viewer", Role.Viewer, "rentguy");
    public static Caller Client { get; } = Person("client-rentguy", Role.Client, "rentguy");
    public static Caller Stranger { get; } = Person("stranger", Role.Operator, "psra-ltsd");
    public static Caller Program { get; } =
        Person("sandbox-automation", Role.Operator, "rentguy") with
        {
            IsPerson = false,
            Scopes = ApiScopes.Read | ApiScopes.Propose | ApiScopes.ScansWrite,
        };

    public static Caller Person(string name, Role role, params string[] tenants) =>
        new($"id-{name}", name, role, true, role == Role.Admin ? TenantSet.All : TenantSet.Of(tenants), ApiScopes.All);
}

internal sealed class StubAudit : IAuditLog
{
    private readonly ConcurrentQueue<AuditEntry> entries = new();

    public IReadOnlyList<AuditEntry> Entries => [.. entries];

    public bool Broken { get; set; }

    public Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellation = default)
    {
        if (Broken)
        {
            throw new AuditUnavailableException("The record can't be written.", new IOException("disk full"));
        }
        entries.Enqueue(entry);
        return Task.FromResult((long)entries.Count);
    }
}

internal sealed class StubSigner : IActionSigner
{
    public ValueTask<SignedEnvelope> SignAsync(string hostId, byte[] payload, CancellationToken cancellation) =>
        ValueTask.FromResult(new SignedEnvelope("k1", payload, [1]));
}

internal sealed class StubStrangers : IStrangers
{
    public ConcurrentQueue<string> Asked { get; } = new();

    public ValueTask RecordAsync(Caller caller, string what, CancellationToken cancellation)
    {
        Asked.Enqueue($"{caller.Name}: {what}");
        return ValueTask.CompletedTask;
    }
}

/// <summary>Names are the ids without their prefix.</summary>
internal sealed class StubPeople : IPeople
{
    public ValueTask<string?> UserNameAsync(string subject, CancellationToken cancellation) =>
        ValueTask.FromResult(subject.StartsWith("id-", StringComparison.Ordinal) ? subject[3..] : null);
}

/// <summary>The password is "right"; a proof fits its person and deed once.</summary>
internal sealed class StubStepUp : IStepUp
{
    private readonly ConcurrentDictionary<string, (string Subject, string Deed)> proofs = new();

    public Task<StepUpProof> ProveAsync(Caller caller, string password, string deed, CancellationToken cancellation)
    {
        if (password != "right")
        {
            throw new ForbiddenException("That is not your password.", "stepUpRequired");
        }
        var proof = Guid.NewGuid().ToString("n");
        proofs[proof] = (caller.Subject, deed);
        return Task.FromResult(new StepUpProof(proof, DateTimeOffset.MaxValue));
    }

    public Task<bool> RedeemAsync(Caller caller, string proof, string deed, CancellationToken cancellation) =>
        Task.FromResult(proofs.TryRemove(KeyValuePair.Create(proof, (caller.Subject, deed))));
}

internal sealed class StubScopes : ITenantScopes
{
    private static readonly string[] Known = ["rentguy", "witcom", "psra-ltsd"];

    public ValueTask<TenantScope> ForAsync(Caller caller, string tenant, CancellationToken cancellation = default) =>
        Known.Contains(tenant) && caller.MaySee(tenant)
            ? ValueTask.FromResult(new TenantScope([tenant]))
            : throw new UnknownTenantException(tenant);

    public ValueTask<TenantScope> ForAllAsync(Caller caller, CancellationToken cancellation = default) =>
        ValueTask.FromResult(new TenantScope(Known.Where(caller.MaySee)));

    public TenantScope ForSystem(string tenant) => new([tenant]);
}

internal sealed class StubFleet : IFleet
{
    private readonly ConcurrentDictionary<string, HostedContainer> containers = new();

    public StubFleet()
    {
        Put("rentguy", "api", "rentguy-api", id: new string('a', 64), health: "healthy");
        Put("rentguy", "worker", "rentguy-worker-1", id: new string('b', 64));
        Put("rentguy", "worker", "rentguy-worker-2", id: $"bc{new string('0', 62)}");
        Put("rentguy", "db", "rentguy-db", id: new string('d', 64));
        Put("witcom", "psra-api", "witcom-psra-api", id: new string('e', 64));
        Put("platform", "dashboard", "sevensa-dashboard", id: new string('f', 64), selfOf: "dashboard");
    }

    public IReadOnlyList<DockerHost> Hosts =>
        [new("h1", "vps-1", HostPresence.Connected, default, null, null, Facts(), 0, null)];

    /// <summary>What its runner can do.</summary>
    public IReadOnlyList<string> Kinds { get; set; } =
    [
        .. typeof(StepVerbs)
            .GetFields()
            .Where(field => field.Name != nameof(StepVerbs.GraceSeconds))
            .Select(field => (string)field.GetValue(null)!),
    ];

    private HostFacts Facts() =>
        new(
            "vps-1",
            "1.0",
            RunnerProtocol.Current,
            "20.10",
            "1.41",
            "Debian",
            "6.1",
            "amd64",
            4,
            8L << 30,
            "overlay2",
            0,
            Kinds
        );

    public IReadOnlyList<HostedContainer> Containers => [.. containers.Values.OrderBy(found => found.Facts.Name)];

    public IReadOnlyList<HostedContainer> ContainersOf(string tenant) =>
        [.. Containers.Where(found => found.Facts.Tenant == tenant)];

    public HostedContainer? Find(string containerId) => containers.GetValueOrDefault(containerId);

    public IReadOnlyList<(string HostName, EngineEvent Event)> RecentEvents(string tenant, int most) => [];

    public IDisposable OnChange(Func<Task> callback) => new MemoryStream();

    /// <summary>Whether hosts have told what runs there.</summary>
    public bool Told { get; set; } = true;

    public bool Knows(string hostId) => Told;

    public void Remove(string id) => containers.TryRemove(id, out _);

    public void Change(string id, Func<ContainerFacts, ContainerFacts> change) =>
        containers[id] = containers[id] with { Facts = change(containers[id].Facts) };

    public HostedContainer Put(
        string tenant,
        string service,
        string name,
        string id,
        string state = "running",
        string health = "none",
        string? selfOf = null,
        string host = "h1",
        bool connected = true
    ) =>
        containers[id] = new HostedContainer(
            host,
            host == "h1" ? "vps-1" : host,
            connected,
            new ContainerFacts(
                id,
                name,
                tenant,
                service,
                tenant,
                $"{tenant}/{service}:1.0",
                "sha256:1",
                "sha256:1",
                "c0ffee",
                state,
                health,
                null,
                false,
                0,
                "always",
                1,
                2,
                0,
                0,
                0,
                "app",
                false,
                false,
                [$"{tenant}_default"],
                [],
                ["data:/data"],
                [],
                new Dictionary<string, string>(),
                selfOf
            ),
            null
        );
}

/// <summary>A runner as the dashboard sees it.</summary>
internal sealed class StubLink : IRunnerLink
{
    private readonly ConcurrentQueue<SignedAction> delivered = new();

    public bool Connected { get; set; } = true;

    public Func<SignedAction, Task<Delivery>> OnDeliver { get; set; } = _ => Task.FromResult(new Delivery(true));

    public Func<string, byte[]?> OnRecall { get; set; } = _ => null;

    public Func<string, ContainerFacts?> OnInspect { get; set; } = _ => null;

    public ConcurrentQueue<string> Cancelled { get; } = new();

    public IReadOnlyList<SignedAction> Delivered => [.. delivered];

    public bool IsConnected(string hostId) => Connected;

    public Task<Delivery> DeliverAsync(string hostId, SignedEnvelope action, CancellationToken cancellation)
    {
        var signed = JsonSerializer.Deserialize(action.Payload, ActionJson.Default.SignedAction)!;
        delivered.Enqueue(signed);
        return OnDeliver(signed);
    }

    public Task<bool> CancelAsync(string hostId, string actionId, CancellationToken cancellation)
    {
        Cancelled.Enqueue(actionId);
        return Task.FromResult(true);
    }

    public Task<byte[]?> RecallAsync(string hostId, string actionId, CancellationToken cancellation) =>
        Connected
            ? Task.FromResult(OnRecall(actionId))
            : throw new RunnerUnreachableException("vps-1 is not connected.");

    public Task<ContainerFacts?> InspectAsync(string hostId, string containerId, CancellationToken cancellation) =>
        Task.FromResult(OnInspect(containerId));

    public HostResources Resources { get; set; } = new([], [], [], [], 0);

    public Func<string, ResolvedImage> OnResolve { get; set; } =
        reference => new ResolvedImage(reference, null, null, "no such image");

    public Task<HostResources> ResourcesAsync(string hostId, CancellationToken cancellation) =>
        Connected ? Task.FromResult(Resources) : throw new RunnerUnreachableException("vps-1 is not connected.");

    public Task<ResolvedImage> ResolveImageAsync(string hostId, string reference, CancellationToken cancellation) =>
        Task.FromResult(OnResolve(reference));

    public Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
        string hostId,
        string containerId,
        int tail,
        long sinceUnixMs,
        CancellationToken cancellation
    ) => Task.FromResult<IReadOnlyList<ContainerLogLine>>([]);

    public IAsyncEnumerable<ContainerLogLine> FollowLogsAsync(
        string hostId,
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        CancellationToken cancellation
    ) => AsyncEnumerable.Empty<ContainerLogLine>();
}
