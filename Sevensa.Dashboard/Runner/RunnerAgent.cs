using System.Reflection;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Rules;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Link;
using Sevensa.Dashboard.Runner.Metrics;

namespace Sevensa.Dashboard.Runner;

/// <summary>One host's runner, put together: in a process of its own, or inside the dashboard's.</summary>
internal sealed class RunnerAgent : IAsyncDisposable
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
    private readonly HostWatch watch;
    private readonly ActionDesk desk;
    private readonly HubLink link;

    private RunnerAgent(
        RunnerOptions options,
        StateFolder state,
        HubAddress? address,
        Func<FactsReader, IDockerEngine>? connect,
        TimeProvider time,
        ILogger log
    )
    {
        (this.options, this.state, this.time, this.log) = (options, state, time, log);
        identity = HostIdentity.Open(state);
        var facts = new FactsReader(
            options.Projects,
            state.Secret(EnvironmentSecretFile, 32),
            OwnContainers.OfThisProcess()
        );
        engine = connect?.Invoke(facts) ?? new DockerEngine(new Uri(options.Docker), facts);
        journal = Journal.Open(state, time);
        if (journal.WasTorn)
        {
            log.TornLine();
        }
        var signals = new ContainerSignals();
        var verification = new Verification(engine, signals, time);
        var executor = new Executor(engine, verification, time);
        var outbox = new ReportOutbox(journal, time, log);
        watch = new HostWatch(engine, book, news, signals, time, log);
        desk = new ActionDesk(
            journal,
            Rules(),
            executor,
            new Recovery(engine, executor, verification, time),
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
            desk,
            outbox,
            engine,
            time,
            log
        );
    }

    public static string Version { get; } =
        typeof(RunnerAgent)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "0";

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
        Func<FactsReader, IDockerEngine>? connect = null
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
        if (identity.HostId is null && options is { Hub: not null, EnrolmentTokenFile: null or "" })
        {
            throw new RunnerException(
                "Runner:EnrolmentTokenFile: this host is not enrolled yet. Issue a token on the dashboard's Hosts page, put it into a file and name it with --enrolment-token-file."
            );
        }
        await using var metrics = options.MetricsAddress is null
            ? null
            : await MetricsServer.StartAsync(options, book, time);
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
        await desk.DisposeAsync();
        engine.Dispose();
        journal.Dispose();
        identity.Dispose();
        state.Dispose();
    }

    private Verifier Rules() =>
        new(
            [new SignatureRule(() => identity.Pinned), new ProtocolRule(), new HostRule(() => identity.HostId)],
            [
                new ExpiryRule(time),
                new PlanHashRule(),
                new StepsRule(),
                new KnownContainersRule(engine),
                new OwnContainersRule(),
                new TenantRule(),
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
            Verbs.All
        );
    }

    private async Task<string> EnrolmentTokenAsync(CancellationToken cancellation)
    {
        try
        {
            return (await File.ReadAllTextAsync(options.EnrolmentTokenFile!, cancellation)).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"The enrolment token can't be read: {exception.Message}", exception);
        }
    }
}
