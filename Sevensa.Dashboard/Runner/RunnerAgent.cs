using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Rules;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Flows;
using Sevensa.Dashboard.Runner.Link;
using Sevensa.Dashboard.Runner.Metrics;
using Sevensa.Dashboard.Runner.Releases;
using Sevensa.Dashboard.Runner.Reporting;
using Sevensa.Dashboard.Runner.Scanning;
using Sevensa.Dashboard.Runner.Secrets;

namespace Sevensa.Dashboard.Runner;

/// <summary>One host's runner, put together: in a process of its own, or inside the dashboard's.</summary>
internal sealed class RunnerAgent : IRunningAgent
{
    private const string EnvironmentSecretFile = "environment.secret";

    private readonly RunnerOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly StateFolder state;
    private readonly HostIdentity identity;
    private readonly IDockerEngine engine;
    private readonly Journal journal;
    private readonly HostBook book = new();
    private readonly HostNews news = new();
    private readonly UsagePace pace;
    private readonly HostWatch watch;
    private readonly ActionDesk desk;
    private readonly HubLink link;
    private readonly DockerWorks? ownWorks;
    private readonly Workbench bench;
    private readonly ReleaseRecorder releases;
    private readonly HostVault? vault;
    private readonly SecretFiles? files;
    private readonly ImageScans? scans;
    private readonly HandedOut? handed;

    private RunnerAgent(
        RunnerOptions options,
        StateFolder state,
        HubAddress? address,
        Func<FactsReader, (IDockerEngine, IDockerWorks)>? connect,
        TimeProvider time,
        ILogger log
    )
    {
        (this.options, this.state, this.time, this.log) = (options, state, time, log);
        pace = new UsagePace(time);
        identity = HostIdentity.Open(state);
        var ownership = new Ownership(options.Projects);
        var secret = state.Secret(EnvironmentSecretFile, 32);
        var facts = new FactsReader(ownership, secret, OwnContainers.OfThisProcess());
        IDockerWorks works;
        (engine, works) =
            connect?.Invoke(facts)
            ?? (
                new DockerEngine(new Uri(options.Docker), facts, time),
                ownWorks = new DockerWorks(
                    new Uri(options.Docker),
                    new RegistryCredentials(options.RegistryCredentialsFile),
                    time
                )
            );
        journal = Journal.Open(state, time);
        if (journal.WasTorn)
        {
            log.TornLine();
        }
        var signals = new ContainerSignals();
        var verification = new Verification(engine, signals, time);
        if (options.ForSecrets() is { } settings)
        {
            var folder = SecretFolder.Open(settings.Folder);
            // There before a container that mounts it: what Docker makes for one that came first is root's.
            foreach (var one in settings.Secrets)
            {
                folder.Make(one);
            }
            vault = new HostVault(settings, time);
            handed = new HandedOut(settings.Folder, [.. settings.Secrets.Select(one => one.Full)]);
            files = new SecretFiles(settings, vault, folder, book, engine, works, time, log);
        }
        if (options.ForScanner() is { } scanner)
        {
            scans = ImageScans.Of(scanner, book, works, state, time, log);
        }
        bench = new Workbench(
            engine,
            works,
            state,
            journal,
            verification,
            ownership,
            options.ForWorkbench(),
            time,
            log,
            files,
            scans is null ? [] : [new ScanVerb(scans, engine, time)]
        );
        var executor = new Executor(engine, bench.Verbs, journal, verification, time, Seen);
        var outbox = new ReportOutbox(journal, time, log);
        releases = new ReleaseRecorder(
            book,
            bench.Book,
            bench.Reader,
            bench.Specifications,
            new ReleaseView(secret),
            bench.Kept,
            journal,
            () => desk is { IsActing: true },
            time,
            log
        );
        watch = new HostWatch(engine, book, news, signals, pace, time, log, releases.Wake);
        desk = new ActionDesk(
            journal,
            Rules(),
            executor,
            new Recovery(engine, executor, journal, verification, time),
            outbox,
            time,
            log,
            releases.Wake
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
            bench.Stock,
            releases,
            new FlowWatch(engine, book, new NamespaceReader(), time).TellAsync,
            scans is null ? null : scans.RunAsync,
            time,
            log
        );
    }

    private void Seen(ContainerFacts facts)
    {
        book.Put(facts);
        news.Tell(new News(Changed: [facts], Removed: []));
    }

    // Not the informational version: reading one attribute of an assembly loads whatever any of the others come from.
    public static string Version { get; } = typeof(RunnerAgent).Assembly.GetName().Version!.ToString(3);

    /// <inheritdoc cref="HubLink.Told"/>
    public Task Told => link.Told;

    /// <summary>Where <c>/metrics</c> is served, once it is.</summary>
    public string? MetricsAddress { get; private set; }

    /// <param name="address">Where to connect, when not by the options.</param>
    /// <param name="connect">Makes the engine, when not by the options.</param>
    /// <exception cref="RunnerException">It can't start; the message says why.</exception>
    public static RunnerAgent Start(
        RunnerOptions options,
        TimeProvider time,
        ILoggerFactory logs,
        HubAddress? address = null,
        Func<FactsReader, (IDockerEngine, IDockerWorks)>? connect = null
    )
    {
        var state = StateFolder.Open(options.State);
        try
        {
            return new RunnerAgent(
                options,
                state,
                address,
                connect,
                time,
                logs.CreateLogger($"Sevensa.Dashboard.Runner.{options.HostName}")
            );
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        log.Starting(Version, options.HostName, options.Docker, options.Hub ?? new Uri("about:blank"));
        MustBeEnrolled(options, identity);
        await using var metrics = options.MetricsEndPoint() is null
            ? null
            : await MetricsServer.StartAsync(options, book, pace, time);
        if (metrics is not null)
        {
            MetricsAddress = metrics.Address;
            log.MetricsAt(metrics.Address);
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watching = watch.RunAsync(ending.Token);
        desk.Recover();
        await watch.Looked.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var linking = link.RunAsync(ending.Token);
        var recording = releases.RunAsync(ending.Token);
        List<Task> work = [watching, linking, recording];
        if (files is not null)
        {
            work.Add(files.RunAsync(ending.Token));
        }
        try
        {
            await await Task.WhenAny(work);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(work);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await desk.DisposeAsync();
            engine.Dispose();
            ownWorks?.Dispose();
            files?.Dispose();
            scans?.Dispose();
            vault?.Dispose();
            bench.Dispose();
            journal.Dispose();
            identity.Dispose();
        }
        finally
        {
            // Whatever can't be ended: the next runner of this folder may not find it held by this one.
            state.Dispose();
        }
    }

    /// <exception cref="RunnerException">It is not, and was given nothing to enrol with.</exception>
    internal static void MustBeEnrolled(RunnerOptions options, HostIdentity identity)
    {
        if (identity.HostId is null && options is { Hub: not null, EnrolmentTokenFile: null or "" })
        {
            throw new RunnerException(
                "Runner:EnrolmentTokenFile: this host is not enrolled yet. Issue a token on the dashboard's Hosts page, put it into a file and name it with --enrolment-token-file."
            );
        }
    }

    private Verifier Rules() =>
        new(
            [new SignatureRule(() => identity.Pinned), new ProtocolRule(), new HostRule(() => identity.HostId)],
            [
                new ExpiryRule(time),
                new PlanHashRule(),
                new StepsRule(bench.Verbs),
                new KnownContainersRule(engine),
                new OwnContainersRule(),
                new TenantRule(),
                new SharedNamespacesRule(() => book.Containers),
                new StepTargetsRule(bench.Verbs),
                new LocalPolicyRule(options.Policy, time),
                new WorldRule(),
            ]
        );

    private HostFacts Facts()
    {
        var info = watch.Engine;
        return new HostFacts(
            options.HostName,
            Version,
            RunnerProtocol.Current,
            info?.Version ?? "",
            info?.ApiVersion ?? "",
            info?.OperatingSystem ?? "",
            info?.KernelVersion ?? "",
            info?.Architecture ?? "",
            info?.Cpus ?? 0,
            info?.MemoryBytes ?? 0,
            info?.StorageDriver ?? "",
            time.GetUtcNow().ToUnixTimeMilliseconds(),
            bench.Verbs.All,
            identity.Pinned?.Id,
            info?.Settings,
            handed,
            Orchestrators.Docker
        );
    }

    private Task<string> EnrolmentTokenAsync(CancellationToken cancellation) =>
        EnrolmentTokenAsync(options.EnrolmentTokenFile!, cancellation);

    internal static async Task<string> EnrolmentTokenAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return (await File.ReadAllTextAsync(file, cancellation)).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"The enrolment token can't be read: {exception.Message}", exception);
        }
    }
}
