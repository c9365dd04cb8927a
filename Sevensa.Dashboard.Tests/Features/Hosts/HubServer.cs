using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability.Observed;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Link;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>The hosts feature alone on a real server and a real store, and runners that really connect to it.</summary>
internal sealed class HubServer : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hub-").FullName;
    private readonly RunningAgents runners = new();
    private WebApplication app = null!;
    private Action<IServiceCollection>? more;

    /// <summary>Where its store is.</summary>
    public string Folder => folder;

    /// <summary>The dashboard's clock for tokens; runners keep the real time unless a test says otherwise.</summary>
    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    public AuditRows Audit { get; } = new();
    public Listener News { get; } = new();
    public ScansTold Scans { get; } = new();
    public Actions.StubStepUp StepUp { get; } = new();
    public Uri Address { get; private set; } = null!;
    public IServiceProvider Services => app.Services;
    public IFleet Fleet => app.Services.GetRequiredService<IFleet>();
    public IRunnerLink Link => app.Services.GetRequiredService<IRunnerLink>();
    public KeyRotations Rotations => app.Services.GetRequiredService<KeyRotations>();
    public HostsStore Store => app.Services.GetRequiredService<HostsStore>();
    public Enrolments Enrolments => app.Services.GetRequiredService<Enrolments>();

    public static async Task<HubServer> StartAsync(Action<IServiceCollection>? more = null)
    {
        var server = new HubServer { more = more };
        await server.RestartAsync();
        return server;
    }

    /// <summary>Begins anew on the same address and store, as after a crash.</summary>
    public async Task RestartAsync()
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Testing" });
        builder.Configuration["Storage:Folder"] = folder;
        builder.Logging.ClearProviders();
        // Of those that the system gives nobody: it comes back on the same one, which is free for a while in between.
        builder.WebHost.UseUrls(Address?.ToString() ?? $"http://127.0.0.1:{Workspace.FreePort()}");
        builder.AddPlatform();
        builder.AddHosts();
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton<IAuditLog>(Audit);
        builder.Services.AddSingleton<ITenants, KnownTenants>();
        builder.Services.AddSingleton<IStepUp>(StepUp);
        builder.Services.AddSingleton<IRunnerListener>(News);
        builder.Services.AddSingleton<IReleaseListener>(News);
        builder.Services.AddSingleton<IScanListener>(Scans);
        builder.Services.AddSingleton<ObservedFlowStore>();
        builder.Services.AddSingleton<ObservedFlows>();
        builder.Services.AddSingleton<IFlowListener>(services => services.GetRequiredService<ObservedFlows>());
        more?.Invoke(builder.Services);
        app = builder.Build();
        await StoreTemplate.PutAsync(folder);
        await app.Services.GetRequiredService<StoreMigration>().ApplyAsync();
        await app.Services.GetRequiredService<StartWork>().NeedAsync();
        app.MapHosts();
        await app.StartAsync();
        Address = new Uri(app.Urls.First());
    }

    public async Task<SignedEnvelope> SignAsync(SignedAction action) =>
        await app
            .Services.GetRequiredService<IActionSigner>()
            .SignAsync(
                action.HostId,
                CanonicalJson.Of(action, ActionJson.Default.SignedAction),
                CancellationToken.None
            );

    public Task<string> TokenAsync(string name) => Enrolments.IssueForOwnRunnerAsync(name, CancellationToken.None);

    /// <summary>Starts a runner with an engine of its own; it enrols by itself.</summary>
    /// <param name="token">Asked for an enrolment token, when not the server itself.</param>
    public RunnerAgent AddRunner(
        string name,
        FakeEngine engine,
        string? state = null,
        TimeProvider? time = null,
        Func<Task<string>>? token = null,
        string? scanner = null,
        FakeWorks? works = null
    ) =>
        runners.Start(
            new RunnerOptions
            {
                Name = name,
                State = state ?? Path.Combine(folder, "runner", name),
                Metrics = "none",
                Scanner = scanner,
            },
            new HubAddress(Address, _ => token is null ? TokenAsync(name) : token()),
            engine,
            time,
            works
        );

    public Task EndRunnerAsync(RunnerAgent agent) => runners.EndAsync(agent);

    /// <summary>All runners go away without a word.</summary>
    public async Task LoseRunnersAsync() => await runners.DisposeAsync();

    /// <summary>
    /// The dashboard's clock goes on by as much as it took: on a busy machine that is more, and the runners' clocks, which are
    /// real, would seem to run ahead.
    /// </summary>
    private async Task MomentAsync(CancellationToken giveUp)
    {
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(10, giveUp);
        Time.Advance(Stopwatch.GetElapsedTime(began));
    }

    /// <summary>Waits until the fleet is as told; looks again at each of its changes.</summary>
    public async Task<T> WhenAsync<T>(Func<IFleet, T?> look)
        where T : class
    {
        using var giveUp = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            if (look(Fleet) is { } found)
            {
                return found;
            }
            await MomentAsync(giveUp.Token);
        }
    }

    /// <summary>Waits until the dashboard knows that a host trusts this action key.</summary>
    public Task WhenPinnedAsync(string name, string keyId) => WhenStoredAsync(name, row => row.ActionKeyId == keyId);

    /// <summary>Waits until the store says so of a host.</summary>
    public async Task<HostRow> WhenStoredAsync(string name, Func<HostRow, bool> isSo)
    {
        using var giveUp = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            if (await Store.FindByNameAsync(name, giveUp.Token) is { } row && isSo(row))
            {
                return row;
            }
            await Task.Delay(10, giveUp.Token);
        }
    }

    /// <summary>Waits until the store says so of which host has which container.</summary>
    public async Task WhenHeldAsync(Func<Dictionary<string, string>, bool> isSo)
    {
        using var giveUp = new CancellationTokenSource(Patience.Usual);
        var kept = app.Services.GetRequiredService<HeldContainerStore>();
        while (!isSo(new Dictionary<string, string>(await kept.AllAsync(giveUp.Token))))
        {
            await MomentAsync(giveUp.Token);
        }
    }

    public Task<DockerHost> PresenceAsync(string name, HostPresence presence) =>
        WhenAsync(fleet => fleet.Hosts.FirstOrDefault(host => host.Name == name && host.Presence == presence));

    public async ValueTask DisposeAsync()
    {
        await runners.DisposeAsync();
        await app.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    private sealed class KnownTenants : ITenants
    {
        private static readonly Tenant[] All =
        [
            new("rentguy", "RentGuy", "#000000", [], []),
            new("witcom", "WitCom", "#000000", [], []),
        ];

        public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) =>
            ValueTask.FromResult<IReadOnlyList<Tenant>>(All);

        public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
            AllAsync(cancellation);
    }

    internal sealed class AuditRows : IAuditLog
    {
        public ConcurrentQueue<AuditEntry> Rows { get; } = new();

        /// <summary>Runs before a row is taken; throw to fail it, wait to hold it.</summary>
        public Func<AuditEntry, Task> OnAppend { get; set; } = _ => Task.CompletedTask;

        public async Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellation = default)
        {
            await OnAppend(entry);
            Rows.Enqueue(entry);
            return Rows.Count;
        }

        public Task<long> AppendAsync(
            AuditEntry entry,
            Func<Store, CancellationToken, Task<ChainMark?>> write,
            CancellationToken cancellation
        ) => throw new NotSupportedException();
    }

    /// <summary>What scanners of hosts told.</summary>
    internal sealed class ScansTold : IScanListener
    {
        public Channel<ScannerReport> Reports { get; } = Channel.CreateUnbounded<ScannerReport>();
        public Channel<ScanPiece> Pieces { get; } = Channel.CreateUnbounded<ScanPiece>();

        public void OnScanner(string hostId, ScannerReport report) => Reports.Writer.TryWrite(report);

        public async Task<ScanAnswer> OnPieceAsync(string hostId, ScanPiece piece, CancellationToken cancellation)
        {
            await Pieces.Writer.WriteAsync(piece, cancellation);
            return new ScanAnswer(true, "taken in");
        }

        public Task<IReadOnlyList<PartsToMatch>> PartsToMatchAsync(
            string hostId,
            string scanner,
            CancellationToken cancellation
        ) => Task.FromResult<IReadOnlyList<PartsToMatch>>(new[] { new PartsToMatch($"{scanner}-1", "shop/web:1.0") });

        public Task<byte[]?> PartsAsync(string hostId, string id, CancellationToken cancellation) =>
            Task.FromResult<byte[]?>(null);
    }

    internal sealed class Listener : IRunnerListener, IReleaseListener
    {
        public Channel<ReleaseFacts> Releases { get; } = Channel.CreateUnbounded<ReleaseFacts>();

        public async Task OnReleasesAsync(
            string hostId,
            IReadOnlyList<ReleaseFacts> releases,
            CancellationToken cancellation
        )
        {
            if (Fails() is { } failure)
            {
                throw failure;
            }
            foreach (var release in releases)
            {
                await Releases.Writer.WriteAsync(release, cancellation);
            }
        }

        public Channel<string> Came { get; } = Channel.CreateUnbounded<string>();
        public Channel<ActionReport> Reports { get; } = Channel.CreateUnbounded<ActionReport>();
        public Func<Exception?> Fails { get; set; } = () => null;

        public async Task OnConnectedAsync(string hostId, CancellationToken cancellation) =>
            await Came.Writer.WriteAsync($"connected {hostId}", cancellation);

        public async Task OnLostAsync(string hostId, CancellationToken cancellation) =>
            await Came.Writer.WriteAsync($"lost {hostId}", CancellationToken.None);

        public async Task OnReportAsync(string hostId, byte[] actionReport, CancellationToken cancellation)
        {
            if (Fails() is { } failure)
            {
                throw failure;
            }
            await Reports.Writer.WriteAsync(
                JsonSerializer.Deserialize(actionReport, ActionJson.Default.ActionReport)!,
                cancellation
            );
        }
    }
}
