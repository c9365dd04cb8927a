using Microsoft.Extensions.Logging.Abstractions;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using Sevensa.Dashboard.Runner.Snapshots;
using RunnerEngine = Sevensa.Dashboard.Runner.Docker.DockerEngine;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>The runner's own hands on a real engine: what an approved plan would be carried out with, without the approval.</summary>
public sealed class HostBench : IAsyncLifetime
{
    private readonly string folder = Workspace.NewFolder("bench");
    private StateFolder? state;
    private Journal? journal;
    private RunnerEngine? engine;
    private DockerWorks? works;
    private Workbench? bench;
    private Executor? executor;
    private int plans;
    private LaidFiles? files;

    public Fixtures.DockerEngine Docker { get; } = new(ownNetwork: true);

    internal Workbench Bench => bench!;

    internal RunnerEngine Engine => engine!;

    internal SpecificationReader Reader => bench!.Reader;

    public string StateFolderPath => folder;

    /// <summary>Secrets that this host hands out.</summary>
    internal LaidFiles Files => files!;

    public async ValueTask InitializeAsync()
    {
        await Docker.InitializeAsync();
        var endpoint = new Uri(Docker.Endpoint);
        var ownership = new Ownership(new Dictionary<string, string>());
        state = StateFolder.Open(folder);
        journal = Journal.Open(state, TimeProvider.System);
        engine = new RunnerEngine(
            endpoint,
            new FactsReader(ownership, state.Secret("environment.secret", 32), new OwnContainers(null))
        );
        works = new DockerWorks(endpoint, new RegistryCredentials(null));
        var verification = new Verification(engine, new ContainerSignals(), TimeProvider.System);
        files = new LaidFiles(Path.Combine(folder, "handed"));
        bench = new Workbench(
            engine,
            works,
            state,
            journal,
            verification,
            ownership,
            new WorkbenchSettings(10, new SnapshotSettings(Path.Combine(folder, "snapshots"), 3, 30, 0)),
            TimeProvider.System,
            NullLogger.Instance,
            files
        );
        executor = new Executor(engine, bench.Verbs, journal, verification, TimeProvider.System);
    }

    /// <summary>Carries out one step as a plan of its own.</summary>
    public async Task<ActionOutcome> RunAsync(
        string verb,
        string on,
        System.Text.Json.JsonElement? arguments = null,
        string verification = VerificationKinds.None,
        IReadOnlyList<string>? containers = null
    )
    {
        var planned = new List<PlanContainer>();
        foreach (var id in containers ?? [])
        {
            planned.Add(World.Planned((await engine!.InspectAsync(id, CancellationToken.None))!));
        }
        var plan = new ActionPlan(
            $"p{Interlocked.Increment(ref plans):0000}",
            verb,
            "rentguy",
            on,
            System.Text.Json.JsonSerializer.SerializeToElement(new { }),
            new PlanExecutor(PlanExecutor.Runner, "h", "h"),
            planned,
            [],
            [new PlanStep(1, verb, on, verb, arguments)],
            [],
            new PlanVerification(verification, 120, verification),
            new PlanUndo(UndoKinds.Reverse, "taken back"),
            World.Fingerprint(planned)
        );
        return await executor!.RunAsync(plan, (_, _, _, _) => { }, () => false, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        bench?.Dispose();
        works?.Dispose();
        engine?.Dispose();
        journal?.Dispose();
        state?.Dispose();
        await Docker.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
