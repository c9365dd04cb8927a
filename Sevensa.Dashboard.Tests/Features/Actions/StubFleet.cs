using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

internal sealed class StubFleet : IFleet, IUsageViewers
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
        [new("h1", "vps-1", HostPresence.Connected, default, null, null, Facts(), 0, null) { Tenants = Tenants }];

    /// <summary>The tenants that it is bound to; null for any.</summary>
    public IReadOnlyList<string>? Tenants { get; set; }

    /// <summary>What its runner can do.</summary>
    public IReadOnlyList<string> Kinds { get; set; } =
    [
        .. typeof(StepVerbs)
            .GetFields()
            .Where(field => field.Name != nameof(StepVerbs.GraceSeconds))
            .Select(field => (string)field.GetValue(null)!),
    ];

    /// <summary>How its engine is set up.</summary>
    public EngineSettings? Settings { get; set; }

    /// <summary>What its runner lays down as files.</summary>
    public HandedOut? Handed { get; set; }

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
            Kinds,
            Settings: Settings,
            Handed: Handed
        );

    /// <summary>Clusters that have told.</summary>
    public IReadOnlyList<HostedCluster> Clusters { get; set; } = [];

    public IReadOnlyList<HostedContainer> Containers => [.. containers.Values.OrderBy(found => found.Facts.Name)];

    public IReadOnlyList<HostedContainer> ContainersOf(string tenant) =>
        [.. Containers.Where(found => found.Facts.Tenant == tenant)];

    public HostedContainer? Find(string containerId) => containers.GetValueOrDefault(containerId);

    /// <summary>What engines told.</summary>
    public List<EngineEvent> Events { get; } = [];

    public IReadOnlyList<(string HostName, EngineEvent Event)> RecentEvents(string tenant, int most) =>
        [
            .. Events
                .Where(told => told.Tenant == tenant)
                .OrderByDescending(told => told.TimeUnixMs)
                .Take(most)
                .Select(told => ("vps-1", told)),
        ];

    public IDisposable OnChange(Func<Task> callback) => new MemoryStream();

    public Task LookAsync(string tenant, CancellationToken cancellation) => Task.CompletedTask;

    public Task LookAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Whether hosts have told what runs there.</summary>
    public bool Told { get; set; } = true;

    public bool Knows(string hostId) => Told;

    /// <summary>Settings of a container that asks for nothing.</summary>
    public static ContainerSettings Plain { get; } = new(false, "default", "", "private", [], [], [], 0, 0, 0, []);

    /// <summary>A container that lives in the network of another.</summary>
    public HostedContainer PutSharer(string tenant, string name, string of, string id, string state = "running")
    {
        Put(tenant, name, name, id, state);
        Change(id, facts => facts with { Networks = [], Settings = Plain with { NetworkMode = $"container:{of}" } });
        return Find(id)!;
    }

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
