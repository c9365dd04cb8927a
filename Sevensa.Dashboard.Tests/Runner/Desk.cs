using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Rules;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Link;
using Sevensa.Dashboard.Runner.Snapshots;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>A host's action desk on a fake engine, a fake clock and a real state folder.</summary>
internal sealed class Desk : IAsyncDisposable
{
    private readonly bool ownsFolder;
    private readonly StateFolder state;
    private readonly Workbench bench;

    public Desk(
        string? folder = null,
        ECDsa? key = null,
        FakeEngine? engine = null,
        FakeTimeProvider? time = null,
        string? policy = null,
        FakeWorks? works = null,
        FillingDisk? disk = null,
        ILogger? log = null,
        IHandedFiles? files = null,
        IReadOnlyList<IStepVerb>? more = null
    )
    {
        ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("runner-").FullName;
        Key = key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Time = time ?? new FakeTimeProvider(new DateTimeOffset(2026, 1, 30, 12, 0, 0, TimeSpan.Zero));
        Engine = engine ?? new FakeEngine(Time);
        Works = works ?? new FakeWorks(Engine);
        state = StateFolder.Open(Folder, disk is null ? null : disk.Open);
        Journal = Journal.Open(state, Time);
        Signals = new ContainerSignals();
        var verification = new Verification(Engine, Signals, Time);
        bench = new Workbench(
            Engine,
            Works,
            state,
            Journal,
            verification,
            new Ownership(new Dictionary<string, string>()),
            new WorkbenchSettings(10, new SnapshotSettings(Path.Combine(Folder, "snapshots"), 2, 30, 0)),
            Time,
            NullLogger.Instance,
            files,
            more
        );
        var executor = new Executor(Engine, bench.Verbs, Journal, verification, Time);
        var pinned = Key.ExportSubjectPublicKeyInfo();
        var verifier = new Verifier(
            [
                new SignatureRule(() => new PinnedKey(ActionKeyId.Of(pinned), pinned)),
                new ProtocolRule(),
                new HostRule(() => Samples.HostId),
            ],
            [
                new ExpiryRule(Time),
                new PlanHashRule(),
                new StepsRule(bench.Verbs),
                new KnownContainersRule(Engine),
                new OwnContainersRule(),
                new TenantRule(),
                new SharedNamespacesRule(() => [.. Engine.Containers.Values]),
                new StepTargetsRule(bench.Verbs),
                new LocalPolicyRule(policy, Time),
                new WorldRule(),
            ]
        );
        Outbox = new ReportOutbox(Journal, Time, NullLogger.Instance);
        Actions = new ActionDesk(
            Journal,
            verifier,
            executor,
            new Recovery(Engine, executor, Journal, verification, Time),
            Outbox,
            Time,
            log ?? NullLogger.Instance
        );
    }

    public string Folder { get; }
    public ECDsa Key { get; }
    public FakeTimeProvider Time { get; }
    public FakeEngine Engine { get; }
    public FakeWorks Works { get; }
    public Workbench Bench => bench;
    public Journal Journal { get; }
    public ContainerSignals Signals { get; }
    public ReportOutbox Outbox { get; }
    public ActionDesk Actions { get; }

    public SignedAction Signed(ActionPlan plan) => Samples.Signed(plan, Time.GetUtcNow());

    public Task<Delivery> DeliverAsync(ActionPlan plan) => Actions.DeliverAsync(Samples.Envelope(Signed(plan), Key));

    /// <summary>Delivers, lets it end, and gives the outcome.</summary>
    public async Task<ActionOutcome> RunAsync(ActionPlan plan)
    {
        var delivery = await DeliverAsync(plan);
        Assert.True(delivery.Accepted, delivery.Refusal);
        await Actions.IdleAsync();
        return Journal.Find(plan.ProposalId)!.Outcome!.Outcome!;
    }

    /// <summary>Lets the clock go on until nothing runs any more.</summary>
    public Task IdleAsync() => GoOnUntilAsync(Actions.IdleAsync());

    public async ValueTask DisposeAsync()
    {
        // What is under way waits by the clock, and after a failed assertion nobody else moves that on.
        await GoOnUntilAsync(Actions.DisposeAsync().AsTask());
        Journal.Dispose();
        bench.Dispose();
        state.Dispose();
        if (ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private async Task GoOnUntilAsync(Task end)
    {
        while (!end.IsCompleted)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await end;
    }
}
