using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>
/// What is read of Docker's answers, in its names. Only what is needed: a member that is strange and not asked for costs nothing.
/// </summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(Inspected))]
[JsonSerializable(typeof(StatsAnswer))]
[JsonSerializable(typeof(EventMessage))]
internal sealed partial class EngineJson : JsonSerializerContext;

/// <summary>An inspected container.</summary>
internal sealed record Inspected(
    string? Id,
    string? Name,
    string? Image,
    string? Created,
    string? AppArmorProfile,
    long RestartCount,
    InspectedState? State,
    InspectedConfig? Config,
    InspectedHost? HostConfig,
    InspectedNetworks? NetworkSettings,
    IReadOnlyList<InspectedMount>? Mounts
);

internal sealed record InspectedState(
    string? Status,
    bool Restarting,
    bool OOMKilled,
    long ExitCode,
    string? StartedAt,
    string? FinishedAt,
    InspectedHealth? Health
);

internal sealed record InspectedHealth(string? Status);

internal sealed record InspectedConfig(
    string? Image,
    string? User,
    IReadOnlyList<string>? Env,
    IReadOnlyDictionary<string, string>? Labels
)
{
    public InspectedHealthCheck? Healthcheck { get; init; }
    public IReadOnlyDictionary<string, InspectedNothing?>? ExposedPorts { get; init; }

    /// <summary>The image's own stands here too.</summary>
    public string? StopSignal { get; init; }
}

/// <param name="Test">Empty or <c>NONE</c> for none; the image's own stands here too.</param>
internal sealed record InspectedHealthCheck(IReadOnlyList<string>? Test);

/// <summary>Docker's sets are objects whose members are empty objects.</summary>
internal sealed record InspectedNothing;

internal sealed record InspectedHost(
    bool AutoRemove,
    string? NetworkMode,
    string? PidMode,
    string? IpcMode,
    IReadOnlyList<string>? VolumesFrom,
    IReadOnlyList<string>? Links,
    IReadOnlyDictionary<string, IReadOnlyList<PortBinding>?>? PortBindings,
    InspectedRestart? RestartPolicy,
    long Memory,
    long MemoryReservation,
    long NanoCpus,
    long CpuQuota,
    long CpuPeriod,
    bool Privileged,
    bool ReadonlyRootfs
)
{
    public IReadOnlyList<string>? CapAdd { get; init; }
    public IReadOnlyList<string>? CapDrop { get; init; }
    public IReadOnlyList<string>? SecurityOpt { get; init; }
    public string? UsernsMode { get; init; }
    public string? UTSMode { get; init; }
    public string? CgroupParent { get; init; }

    /// <summary>Null, 0 and -1 are no limit.</summary>
    public long? PidsLimit { get; init; }
    public long CpuShares { get; init; }
    public IReadOnlyList<InspectedDevice>? Devices { get; init; }
    public IReadOnlyList<InspectedUlimit>? Ulimits { get; init; }
}

internal sealed record InspectedDevice(string? PathOnHost, string? PathInContainer, string? CgroupPermissions);

internal sealed record InspectedUlimit(string? Name, long Soft, long Hard);

/// <param name="Name">Empty, <c>no</c>, <c>always</c>, <c>unless-stopped</c> or <c>on-failure</c>.</param>
internal sealed record InspectedRestart(string? Name, long MaximumRetryCount);

internal sealed record PortBinding(string? HostIp, string? HostPort);

internal sealed record InspectedNetworks(
    IReadOnlyDictionary<string, InspectedEndpoint?>? Networks,
    IReadOnlyDictionary<string, IReadOnlyList<PortBinding>?>? Ports
);

internal sealed record InspectedEndpoint(IReadOnlyList<string>? Aliases)
{
    public string? NetworkID { get; init; }
    public string? IPAddress { get; init; }
    public string? GlobalIPv6Address { get; init; }
}

/// <param name="RW">Absent means that it can be written to only where Docker says so.</param>
internal sealed record InspectedMount(string? Type, string? Name, string? Source, string? Destination, bool RW)
{
    public string? Propagation { get; init; }
}

/// <summary>One reading of <c>/containers/{id}/stats</c>.</summary>
/// <param name="Read">Of year 1 when the container does not run.</param>
internal sealed record StatsAnswer(
    DateTimeOffset Read,
    [property: JsonPropertyName("cpu_stats")] StatsProcessor? Processor,
    [property: JsonPropertyName("memory_stats")] StatsMemory? Memory,
    [property: JsonPropertyName("blkio_stats")] StatsDevices? Devices,
    [property: JsonPropertyName("pids_stats")] StatsProcesses? Processes,
    IReadOnlyDictionary<string, StatsNetwork?>? Networks
);

internal sealed record StatsProcessor([property: JsonPropertyName("cpu_usage")] StatsProcessorUsage? Usage);

internal sealed record StatsProcessorUsage([property: JsonPropertyName("total_usage")] ulong Total);

internal sealed record StatsMemory(ulong Usage, ulong Limit, IReadOnlyDictionary<string, ulong>? Stats);

internal sealed record StatsDevices(
    [property: JsonPropertyName("io_service_bytes_recursive")] IReadOnlyList<StatsDevice>? Bytes
);

internal sealed record StatsDevice(ulong Major, ulong Minor, string? Op, ulong Value);

internal sealed record StatsProcesses(ulong Current);

internal sealed record StatsNetwork(
    [property: JsonPropertyName("rx_bytes")] ulong ReceivedBytes,
    [property: JsonPropertyName("tx_bytes")] ulong SentBytes
);

/// <summary>One line of <c>/events</c>.</summary>
internal sealed record EventMessage(string? Type, string? Action, EventActor? Actor, long? Time, long? TimeNano);

internal sealed record EventActor(string? Id, IReadOnlyDictionary<string, string>? Attributes);
