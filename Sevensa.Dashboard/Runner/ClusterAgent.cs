using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Rules;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Kubernetes;
using Sevensa.Dashboard.Runner.Kubernetes.Steps;
using Sevensa.Dashboard.Runner.Link;
using Sevensa.Dashboard.Runner.Releases;

namespace Sevensa.Dashboard.Runner;

/// <summary>One cluster's runner, put together. It stands beside <see cref="RunnerAgent"/>, and what both do is the same code.</summary>
internal sealed class ClusterAgent : IRunningAgent
{
    private readonly RunnerOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly StateFolder folder;
    private readonly HostIdentity identity;
    private readonly Journal journal;
    private readonly KubeApi api;
    private readonly ClusterState state;
    private readonly ClusterEngine engine;
    private readonly ClusterWatch watch;
    private readonly Verbs verbs;
    private readonly ActionDesk desk;
    private readonly HubLink link;

    private ClusterAgent(
        RunnerOptions options,
        ClusterSettings settings,
        StateFolder folder,
        HubAddress? address,
        TimeProvider time,
        ILogger log
    )
    {
        (this.options, this.folder, this.time, this.log) = (options, folder, time, log);
        identity = HostIdentity.Open(folder);
        journal = Journal.Open(folder, time);
        if (journal.WasTorn)
        {
            log.TornLine();
        }
        var book = new HostBook();
        var news = new HostNews();
        var pace = new UsagePace(time);
        try
        {
            api = new KubeApi(settings.Address(), time);
        }
        catch (FormatException exception)
        {
            throw new RunnerException($"Runner:Kubernetes: {exception.Message}.", exception);
        }
        state = new ClusterState(settings.Tenants);
        engine = new ClusterEngine(api, state, Info);
        watch = new ClusterWatch(api, settings, state, book, news, pace, time, log);
        verbs = new Verbs(WorkloadVerbs());
        var verification = new Verification(engine, new ContainerSignals(), time);
        var executor = new Executor(engine, verbs, journal, verification, time);
        var outbox = new ReportOutbox(journal, time, log);
        desk = new ActionDesk(
            journal,
            Rules(),
            executor,
            new Recovery(engine, executor, journal, verification, time),
            outbox,
            time,
            log
        );
        link = new HubLink(
            address ?? new HubAddress(options.Hub!, EnrolmentTokenAsync),
            identity,
            Facts,
            book,
            news,
            pace,
            desk,
            outbox,
            engine,
            null,
            null,
            (_, ending) => Task.Delay(Timeout.Infinite, ending),
            null,
            time,
            log,
            state.Whole,
            new StepPreview(new WorkloadDoor(api, state), new AutoscalerVerb(api), time).AskAsync
        );
    }

    /// <inheritdoc cref="HubLink.Told"/>
    public Task Told => link.Told;

    /// <exception cref="RunnerException">It can't start; the message says why.</exception>
    public static ClusterAgent Start(
        RunnerOptions options,
        ClusterSettings settings,
        TimeProvider time,
        ILoggerFactory logs,
        HubAddress? address = null
    )
    {
        var folder = StateFolder.Open(options.State);
        try
        {
            return new ClusterAgent(
                options,
                settings,
                folder,
                address,
                time,
                logs.CreateLogger($"Sevensa.Dashboard.Runner.{options.HostName}")
            );
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        log.Starting(
            RunnerAgent.Version,
            options.HostName,
            $"cluster {options.Kubernetes}",
            options.Hub ?? new Uri("about:blank")
        );
        RunnerAgent.MustBeEnrolled(options, identity);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watching = watch.RunAsync(ending.Token);
        desk.Recover();
        await watch.Looked.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var linking = link.RunAsync(ending.Token);
        try
        {
            await await Task.WhenAny(watching, linking);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(watching, linking);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await desk.DisposeAsync();
            engine.Dispose();
            journal.Dispose();
            identity.Dispose();
        }
        finally
        {
            folder.Dispose();
        }
    }

    /// <summary>What may be done to this cluster's workloads.</summary>
    private IEnumerable<IStepVerb> WorkloadVerbs() =>
        WorkloadVerb.All(api, state, new KeptTemplates(SpecificationStore.Open(folder)), time);

    private Verifier Rules() =>
        new(
            [new SignatureRule(() => identity.Pinned), new ProtocolRule(), new HostRule(() => identity.HostId)],
            [
                new ExpiryRule(time),
                new PlanHashRule(),
                new StepsRule(verbs),
                new KnownContainersRule(engine),
                new OwnContainersRule(),
                new TenantRule(),
                new StepTargetsRule(verbs),
                new LocalPolicyRule(options.Policy, time),
                new WorldRule(),
            ]
        );

    private EngineInfo Info()
    {
        var nodes = state.Nodes;
        var first = nodes is [var one, ..] ? one : null;
        return new EngineInfo(
            watch.Version,
            watch.Version,
            first?.OperatingSystem ?? "Kubernetes",
            first?.KernelVersion ?? "",
            first?.Architecture ?? "",
            (int)nodes.Sum(node => node.Cpu),
            nodes.Sum(node => node.MemoryBytes),
            ""
        );
    }

    private HostFacts Facts()
    {
        var info = Info();
        return new HostFacts(
            options.HostName,
            RunnerAgent.Version,
            RunnerProtocol.Current,
            info.Version,
            info.ApiVersion,
            info.OperatingSystem,
            info.KernelVersion,
            info.Architecture,
            info.Cpus,
            info.MemoryBytes,
            info.StorageDriver,
            time.GetUtcNow().ToUnixTimeMilliseconds(),
            verbs.All,
            identity.Pinned?.Id,
            Orchestrator: Orchestrators.Kubernetes,
            Cluster: watch.Summary
        );
    }

    private Task<string> EnrolmentTokenAsync(CancellationToken cancellation) =>
        RunnerAgent.EnrolmentTokenAsync(options.EnrolmentTokenFile!, cancellation);
}
