using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Protocol;

/// <summary>What a runner says of its host when it connects and whenever it changes.</summary>
/// <param name="Name">The host's own name, unique among hosts (<c>vps-1</c>).</param>
/// <param name="RunnerVersion">Version of the runner program.</param>
/// <param name="Protocol">Number of the hub protocol it speaks; see <see cref="RunnerProtocol"/>.</param>
/// <param name="MemoryBytes">Memory of the host.</param>
/// <param name="ClockUnixMs">The host's clock when this was written, for the skew.</param>
/// <param name="PinnedKeyId">Id of the dashboard's action key that it trusts.</param>
/// <param name="Settings">Null from runners that do not tell it, and while Docker does not answer.</param>
/// <param name="Handed">Null from runners that hand out no secrets as files, or do not tell of it.</param>
/// <param name="Orchestrator">One of <see cref="Orchestrators"/>; null from older runners, which are all of Docker.</param>
/// <param name="Cluster">Of a cluster; null of a Docker host, and while the cluster's API has not answered yet.</param>
public sealed record HostFacts(
    string Name,
    string RunnerVersion,
    int Protocol,
    string EngineVersion,
    string EngineApiVersion,
    string OperatingSystem,
    string KernelVersion,
    string Architecture,
    int Cpus,
    long MemoryBytes,
    string StorageDriver,
    long ClockUnixMs,
    IReadOnlyList<string> Kinds,
    string? PinnedKeyId = null,
    EngineSettings? Settings = null,
    HandedOut? Handed = null,
    string? Orchestrator = null,
    ClusterSummary? Cluster = null
)
{
    /// <summary>It is a cluster with many machines, not one host with Docker.</summary>
    [JsonIgnore]
    public bool IsCluster => Orchestrator == Orchestrators.Kubernetes;
}

/// <summary>One container as its runner sees it. Environment values never leave the host: only names and a hash.</summary>
/// <param name="Id">Full container id, 64 hex digits.</param>
/// <param name="Tenant">From the label <c>sevensa.tenant</c>, else the mapping of the Compose project; null when neither says.</param>
/// <param name="Service">From <c>sevensa.service</c>, else <c>com.docker.compose.service</c>, else the name.</param>
/// <param name="Image">The reference it was created from, <c>rentguy/api:2.4.1</c>.</param>
/// <param name="ImageDigest"><c>repo@sha256:…</c> when the image has a repository digest, else the image id <c>sha256:…</c>.</param>
/// <param name="ConfigHash">SHA-256 (hex) of the canonical specification without times and ids.</param>
/// <param name="State">Docker's word: created, running, paused, restarting, removing, exited, dead.</param>
/// <param name="Health">healthy, unhealthy, starting, or none.</param>
/// <param name="StartedAtUnixMs">Zero when it never started.</param>
/// <param name="SelfOf">"dashboard" or "runner" when it is one of the product's own containers, which are never acted on.</param>
/// <param name="Settings">Null from runners before <see cref="RunnerProtocol.WithSettings"/>, and for a container that could not be read.</param>
/// <param name="Unread">
/// Why Docker's description of it could not be read, in words; null when it was. The other members are then what the list of
/// containers says, the configuration hash is empty, and nothing is to be done to it.
/// </param>
/// <param name="Isolation">Null from runners that do not tell it, and for a container that could not be read.</param>
/// <param name="Exposed">Environment variables that look like secrets; null from runners that do not tell, and for a container that could not be read.</param>
public sealed record ContainerFacts(
    string Id,
    string Name,
    string? Tenant,
    string Service,
    string? Project,
    string Image,
    string ImageId,
    string ImageDigest,
    string ConfigHash,
    string State,
    string Health,
    int? ExitCode,
    bool OomKilled,
    int RestartCount,
    string RestartPolicy,
    long CreatedAtUnixMs,
    long StartedAtUnixMs,
    long FinishedAtUnixMs,
    long MemoryLimitBytes,
    double CpuLimit,
    string User,
    bool Privileged,
    bool ReadOnlyRootFs,
    IReadOnlyList<string> Networks,
    IReadOnlyList<string> Ports,
    IReadOnlyList<string> Mounts,
    IReadOnlyList<string> EnvironmentNames,
    IReadOnlyDictionary<string, string> Labels,
    string? SelfOf,
    ContainerSettings? Settings = null,
    string? Unread = null,
    ContainerIsolation? Isolation = null,
    IReadOnlyList<ExposedVariable>? Exposed = null
);

/// <summary>What a container was asked to be that decides what an action on it does to it and to others, in Docker's words.</summary>
/// <param name="AutoRemove">Docker removes it, with the volumes that nobody named, when it ends (<c>--rm</c>).</param>
/// <param name="NetworkMode"><c>bridge</c>, <c>none</c>, <c>host</c>, a network's name, or <c>container:</c> with another's id or name.</param>
/// <param name="PidMode">Empty, <c>host</c>, or <c>container:</c> with another's id or name.</param>
/// <param name="IpcMode">The same; also <c>private</c>, <c>shareable</c>.</param>
/// <param name="VolumesFrom">Ids or names of containers whose volumes it uses.</param>
/// <param name="Links">Names of containers that it is linked to in Docker's old way.</param>
/// <param name="PortBindings">
/// Ports of the host that were asked for, as <c>docker run -p</c> writes them: <c>127.0.0.1:8080:80/tcp</c>. One that Docker
/// chooses has none: <c>127.0.0.1::80/tcp</c>.
/// </param>
/// <param name="CpuQuotaUs">Microseconds of processor time in each period; 0 when the limit is none or is set otherwise.</param>
/// <param name="CpuPeriodUs">Microseconds; 0 for Docker's default of 100,000.</param>
/// <param name="MemoryReservationBytes">The limit can't be below it; 0 for none.</param>
/// <param name="AnonymousVolumes">Places in the container where volumes are that nobody named.</param>
/// <param name="StopSignal">Docker's word, <c>SIGQUIT</c>; empty where none is named, null from runners that do not tell it.</param>
public sealed record ContainerSettings(
    bool AutoRemove,
    string NetworkMode,
    string PidMode,
    string IpcMode,
    IReadOnlyList<string> VolumesFrom,
    IReadOnlyList<string> Links,
    IReadOnlyList<string> PortBindings,
    long CpuQuotaUs,
    long CpuPeriodUs,
    long MemoryReservationBytes,
    IReadOnlyList<string> AnonymousVolumes,
    string? StopSignal = null
)
{
    /// <summary>Docker's period when none was asked for, microseconds.</summary>
    public const long DefaultCpuPeriodUs = 100_000;

    private const string ContainerMode = "container:";

    /// <summary>The limit is a quota of a period, which Docker does not let be changed by number of processors.</summary>
    public bool HasCpuQuota => CpuQuotaUs > 0 || CpuPeriodUs > 0;

    /// <summary>Those of <see cref="PortBindings"/> that name a port of the host, which only one can have.</summary>
    public IEnumerable<string> FixedPorts =>
        PortBindings.Where(binding =>
            binding.LastIndexOf(':') is > 0 and var end
            && binding[..end] is var asked
            && asked[(asked.LastIndexOf(':') + 1)..] is { Length: > 0 } port
            // Of a range Docker takes one that is free.
            && !port.Contains('-', StringComparison.Ordinal)
        );

    /// <summary>Ids or names of the containers whose namespaces it lives in, each with what it shares: network, pid, ipc.</summary>
    public IEnumerable<(string Container, string What)> SharedNamespaces()
    {
        foreach (var (mode, what) in new[] { (NetworkMode, "network"), (PidMode, "processes"), (IpcMode, "memory") })
        {
            if (mode?.StartsWith(ContainerMode, StringComparison.Ordinal) == true)
            {
                yield return (mode[ContainerMode.Length..], what);
            }
        }
    }
}

/// <summary>Something Docker told: container start, die, oom, health_status, destroy, …</summary>
public sealed record EngineEvent(
    long TimeUnixMs,
    string Type,
    string Action,
    string ContainerId,
    string ContainerName,
    string? Tenant,
    string? Service,
    IReadOnlyDictionary<string, string> Attributes
);

/// <summary>One reading of one container's use, at most every few seconds.</summary>
public sealed record ContainerUsage(
    string ContainerId,
    long TimeUnixMs,
    double CpuPercent,
    long MemoryBytes,
    long MemoryLimitBytes,
    long NetworkReceivedBytes,
    long NetworkSentBytes,
    long BlockReadBytes,
    long BlockWrittenBytes,
    int Pids
);
