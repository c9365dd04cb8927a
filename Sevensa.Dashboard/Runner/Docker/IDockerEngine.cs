using System.Net;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>The Docker Engine of one host, as far as the runner asks it.</summary>
internal interface IDockerEngine : IDisposable
{
    /// <summary>Who is asked, as people are told of it.</summary>
    string Named => "Docker";

    /// <exception cref="EngineException">It does not answer.</exception>
    Task<EngineInfo> InfoAsync(CancellationToken cancellation);

    /// <summary>All containers, running or not, each inspected.</summary>
    Task<IReadOnlyList<ContainerFacts>> ContainersAsync(CancellationToken cancellation);

    /// <summary>One inspect; null when there is no such container.</summary>
    Task<ContainerFacts?> InspectAsync(string containerId, CancellationToken cancellation);

    /// <summary>The container's first process as it was last inspected, in the numbers of the engine's own machine; 0 when it has none or none is known.</summary>
    int ProcessOf(string containerId) => 0;

    /// <summary>False when it already ran.</summary>
    Task<bool> StartAsync(string containerId, CancellationToken cancellation);

    /// <summary>False when it was not running.</summary>
    Task<bool> StopAsync(string containerId, int graceSeconds, CancellationToken cancellation);

    Task RestartAsync(string containerId, int graceSeconds, CancellationToken cancellation);

    /// <summary>Sends its first process a signal, <c>HUP</c>.</summary>
    Task SignalAsync(string containerId, string signal, CancellationToken cancellation);

    /// <summary>Container events from <paramref name="sinceUnixMs"/> (0: from now) on, until cancelled or the engine hangs up.</summary>
    IAsyncEnumerable<EngineEvent> EventsAsync(long sinceUnixMs, CancellationToken cancellation);

    /// <summary>One reading; null when the container does not run.</summary>
    Task<ContainerReading?> ReadAsync(string containerId, CancellationToken cancellation);

    Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
        string containerId,
        int tail,
        long sinceUnixMs,
        CancellationToken cancellation
    );

    /// <summary>The last lines, then new ones as they come, until the container ends or nobody wants them; read only as they are taken.</summary>
    /// <param name="sinceUnixNs">Only lines from then on; 0 for all.</param>
    IAsyncEnumerable<IReadOnlyList<ContainerLogLine>> FollowLogsAsync(
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        CancellationToken cancellation
    );
}

/// <summary>What Docker says of itself and its host.</summary>
internal sealed record EngineInfo(
    string Version,
    string ApiVersion,
    string OperatingSystem,
    string KernelVersion,
    string Architecture,
    int Cpus,
    long MemoryBytes,
    string StorageDriver,
    EngineSettings? Settings = null
);

/// <summary>One container's counters as Docker's stats gave them, in Docker's units.</summary>
/// <param name="WorkingSetBytes">Usage without inactive file pages, as <c>docker stats</c> and cAdvisor count.</param>
internal sealed record ContainerReading(
    string ContainerId,
    DateTimeOffset At,
    ulong CpuNanoseconds,
    ulong MemoryUsageBytes,
    ulong WorkingSetBytes,
    ulong MemoryLimitBytes,
    IReadOnlyList<InterfaceReading> Interfaces,
    IReadOnlyList<DeviceReading> Devices,
    int Pids
);

internal sealed record InterfaceReading(string Name, ulong ReceivedBytes, ulong SentBytes);

/// <param name="Device"><c>major:minor</c>.</param>
internal sealed record DeviceReading(string Device, ulong ReadBytes, ulong WrittenBytes);

/// <summary>Docker refused, failed or could not be reached; the message keeps its own words.</summary>
/// <param name="status">Null when there was no answer.</param>
internal sealed class EngineException(HttpStatusCode? status, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public HttpStatusCode? Status { get; } = status;
}
