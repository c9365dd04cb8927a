using Microsoft.Extensions.Configuration.Memory;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Sandbox.Alertmanager;
using Sevensa.Dashboard.Sandbox.Docker;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.LangGraph;
using Sevensa.Dashboard.Sandbox.Loki;
using Sevensa.Dashboard.Sandbox.N8n;
using Sevensa.Dashboard.Sandbox.Ollama;
using Sevensa.Dashboard.Sandbox.Prometheus;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Sandbox.Vault;

namespace Sevensa.Dashboard.Sandbox;

/// <summary>The Sandbox's one door.</summary>
public static class SandboxUpstreams
{
    /// <summary>Value of <c>Docker:Endpoint</c> for a dashboard whose hosts all have runners of their own.</summary>
    private const string NoEngine = "none";

    /// <summary>The stand-in for a server of graphs, as its state is shown.</summary>
    private const string Graphs = $"LangGraph {LangGraphSeed.Server}";

    /// <summary>
    /// Starts a stand-in on a loopback port for every upstream that is not configured, and configures it in memory.
    /// Call it before the features, which read that configuration.
    /// </summary>
    /// <exception cref="InvalidOperationException">The environment is another one: production never invents data.</exception>
    public static async Task<SandboxState> AddSandboxAsync(
        this WebApplicationBuilder builder,
        TimeProvider? time = null,
        CancellationToken cancellation = default
    )
    {
        if (!builder.Environment.IsSandbox())
        {
            throw new InvalidOperationException(
                $"Stand-in upstreams exist in the {SandboxEnvironment.Name} environment only; this is {builder.Environment.EnvironmentName}."
            );
        }
        var fleet = new SimulatedFleet(time ?? TimeProvider.System);
        var metrics = new CurrentMetrics(fleet);
        var wanted = Choose(builder.Configuration, fleet, metrics);
        var server = await StandInServer.StartAsync(wanted.ToDictionary(w => w.Name, w => w.StandIn), cancellation);

        var settings = wanted.SelectMany(w => w.Settings(server.AddressOf(w.Name))).ToList();
        if (
            builder.Configuration["Docker:Endpoint"] is { Length: > 0 } engine
            && engine != NoEngine
            && !HasHosts(builder.Configuration)
        )
        {
            settings.Add(("Runner:Hosts:0:Name", Environment.MachineName.ToLowerInvariant()));
            settings.Add(("Runner:Hosts:0:Docker", engine));
        }
        builder.Configuration.Sources.Add(
            new MemoryConfigurationSource
            {
                InitialData = settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)),
            }
        );

        var state = new SandboxState([.. Describe(builder.Configuration, wanted, server)]);
        builder.Services.AddSingleton(state);
        foreach (var standIn in state.Upstreams.Where(upstream => upstream.Simulated))
        {
            builder.Services.AddSingleton(new SimulatedUpstream(standIn.Name));
        }
        builder.Services.AddSingleton<ISeed>(
            new SandboxSeed(fleet, wanted.Exists(IsEngine))
            {
                Threads = wanted.Find(one => one.Name == Graphs)?.StandIn is LangGraphStandIn graphs
                    ? graphs.Filled(fleet)
                    : [],
            }
        );
        builder.Services.AddHostedService(_ => new Ending(server));
        return state;
    }

    private static List<Wanted> Choose(IConfiguration configuration, SimulatedFleet fleet, CurrentMetrics metrics)
    {
        var wanted = new List<Wanted>();
        var folder = Path.GetFullPath(
            configuration["Alerts:RuleFolder"] is { Length: > 0 } named
                ? named
                : Path.Combine(configuration["Storage:Folder"] ?? "data", "rules")
        );
        var rules = new LoadedRules(Missing("Prometheus:Url") ? folder : null, fleet, metrics);
        rules.Reload();
        if (Missing("Prometheus:Url"))
        {
            wanted.Add(
                new(
                    "Prometheus",
                    new PrometheusStandIn(fleet, metrics, rules),
                    a =>
                        [
                            ("Prometheus:Url", a),
                            ("Metrics:JobDurations:0", "psra_certificate_generation_seconds"),
                            ("Alerts:RuleFolder", folder),
                        ]
                )
            );
        }
        if (Missing("Alertmanager:Url"))
        {
            wanted.Add(
                new("Alertmanager", new AlertmanagerStandIn(fleet, metrics, rules), a => [("Alertmanager:Url", a)])
            );
        }
        if (Missing("Loki:Url"))
        {
            wanted.Add(new("Loki", new LokiStandIn(fleet), a => [("Loki:Url", a), ("Loki:Tenancy", "Header")]));
        }
        if (Missing("Vault:Address"))
        {
            wanted.Add(
                new(
                    "Vault",
                    new VaultStandIn(fleet, VaultManner.OpenBao),
                    a =>
                        [
                            ("Vault:Address", a),
                            ("Vault:Token", VaultStandIn.RootToken),
                            .. Missing("Loki:Url") && Missing("Vault:AuditLogs")
                                ? new[] { ("Vault:AuditLogs", VaultAuditLog.Selector) }
                                : [],
                        ]
                )
            );
        }
        if (Missing("Ollama:Url"))
        {
            wanted.Add(
                new(
                    "Ollama",
                    new OllamaStandIn(fleet),
                    a =>
                        [
                            ("Ollama:Url", a),
                            ("Ollama:Model", OllamaStandIn.Model),
                            .. configuration.GetSection("Ollama:Models").Exists()
                                ? []
                                : new[] { ("Ollama:Models:0:Name", OllamaStandIn.Another) },
                        ]
                )
            );
        }
        if (Missing("N8n:Url"))
        {
            wanted.Add(new("n8n", new N8nStandIn(fleet).Filled(), a => [("N8n:Url", a), ("N8n:Key", N8nStandIn.Key)]));
        }
        if (!configuration.GetSection("Graphs:Servers").Exists())
        {
            wanted.Add(
                new(
                    Graphs,
                    new LangGraphStandIn(LangGraphManner.JavaScript, fleet.Time) { Manager = new VpsDecision(fleet) },
                    a =>
                        [
                            ("Graphs:Servers:0:Name", LangGraphSeed.Server),
                            ("Graphs:Servers:0:Url", a),
                            ("Graphs:Servers:0:Input", "Text"),
                            .. VpsDecision.Graphs.Select((graph, n) => ($"Graphs:Servers:0:Graphs:{n}", graph)),
                            .. FleetCatalogue
                                .Services.Select(service => service.Tenant)
                                .Distinct()
                                .Select((tenant, n) => ($"Graphs:Servers:0:Tenants:{n}", tenant)),
                        ]
                )
            );
        }
        if (Missing("Docker:Endpoint") && !HasHosts(configuration))
        {
            wanted.AddRange(
                FleetCatalogue.Hosts.Select(
                    (host, n) =>
                        new Wanted(
                            $"Docker on {host.Name}",
                            new DockerStandIn(fleet, host.Name),
                            a => [($"Runner:Hosts:{n}:Name", host.Name), ($"Runner:Hosts:{n}:Docker", a)]
                        )
                )
            );
        }
        return wanted;

        bool Missing(string key) => string.IsNullOrWhiteSpace(configuration[key]);
    }

    private static bool IsEngine(Wanted wanted) => wanted.Name.StartsWith("Docker", StringComparison.Ordinal);

    private static bool HasHosts(IConfiguration configuration) => configuration.GetSection("Runner:Hosts").Exists();

    private static IEnumerable<SandboxUpstream> Describe(
        IConfiguration configuration,
        List<Wanted> wanted,
        StandInServer server
    )
    {
        (string Name, string Key)[] keys =
        [
            ("Prometheus", "Prometheus:Url"),
            ("Alertmanager", "Alertmanager:Url"),
            ("Loki", "Loki:Url"),
            ("Vault", "Vault:Address"),
            ("Ollama", "Ollama:Url"),
            ("n8n", "N8n:Url"),
        ];
        foreach (var (name, key) in keys)
        {
            yield return new SandboxUpstream(name, wanted.Exists(w => w.Name == name), configuration[key]!);
        }
        yield return wanted.Find(one => one.Name == Graphs) is { } graphs
            ? new SandboxUpstream(Graphs, true, server.AddressOf(graphs.Name))
            : new SandboxUpstream("LangGraph", false, configuration["Graphs:Servers:0:Url"] ?? "");
        var engines = wanted.Where(IsEngine).ToArray();
        foreach (var engine in engines)
        {
            yield return new SandboxUpstream(engine.Name, true, server.AddressOf(engine.Name));
        }
        if (engines.Length == 0)
        {
            yield return new SandboxUpstream("Docker", false, configuration["Runner:Hosts:0:Docker"] ?? "");
        }
    }

    private sealed record Wanted(
        string Name,
        IStandIn StandIn,
        Func<string, IEnumerable<(string Key, string Value)>> Settings
    );

    /// <summary>Registered first, so stopped last.</summary>
    private sealed class Ending(StandInServer server) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => server.DisposeAsync().AsTask();
    }
}
