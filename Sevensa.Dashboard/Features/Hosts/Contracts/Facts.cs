namespace Sevensa.Dashboard.Features.Hosts.Contracts;

/// <summary>What a runner says of its host when it connects and whenever it changes.</summary>
/// <param name="Name">The host's own name, unique among hosts (<c>vps-1</c>).</param>
/// <param name="RunnerVersion">Version of the runner program.</param>
/// <param name="Protocol">Number of the hub protocol it speaks; see <see cref="RunnerProtocol"/>.</param>
/// <param name="MemoryBytes">Memory of the host.</param>
/// <param name="ClockUnixMs">The host's clock when this was written, for the skew.</param>
/// <param name="PinnedKeyId">Id of the dashboard's action key that it trusts.</param>
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
    string? PinnedKeyId = null
);

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
    string? SelfOf
);

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
