namespace Sevensa.Dashboard.Features.Hosts.Contracts;

public enum HostPresence
{
    /// <summary>Enrolled, never seen since.</summary>
    Never,
    Connected,
    Lost,
    Revoked,
}

/// <summary>A Docker host with its runner.</summary>
/// <param name="ClockSkewMs">Host clock minus dashboard clock when last heard, milliseconds.</param>
public sealed record DockerHost(
    string Id,
    string Name,
    HostPresence Presence,
    DateTimeOffset EnrolledAt,
    DateTimeOffset? LastSeenAt,
    DateTimeOffset? PresenceSince,
    HostFacts? Facts,
    long ClockSkewMs,
    string? Trouble
);

/// <summary>A container and the host it runs on.</summary>
public sealed record HostedContainer(
    string HostId,
    string HostName,
    bool HostConnected,
    ContainerFacts Facts,
    ContainerUsage? Usage
);

/// <summary>The hosts and what runs on them, from memory; kept current by runners.</summary>
public interface IFleet
{
    IReadOnlyList<DockerHost> Hosts { get; }

    /// <summary>All containers of all hosts. Callers narrow to a tenant by <see cref="ContainersOf"/> before showing anything.</summary>
    IReadOnlyList<HostedContainer> Containers { get; }

    IReadOnlyList<HostedContainer> ContainersOf(string tenant);

    HostedContainer? Find(string containerId);

    /// <summary>
    /// Whether a host has told the whole of what runs there since it connected. Until then a container that is not found may
    /// only not have been told of.
    /// </summary>
    bool Knows(string hostId) => true;

    IReadOnlyList<(string HostName, EngineEvent Event)> RecentEvents(string tenant, int most);

    /// <summary>Called back (off the hub's thread, throttled) when anything changed; dispose to stop.</summary>
    IDisposable OnChange(Func<Task> callback);
}

/// <summary>The way down to a connected runner. Every call has a deadline.</summary>
public interface IRunnerLink
{
    bool IsConnected(string hostId);

    /// <exception cref="RunnerUnreachableException">Not connected, or no answer within the deadline: the outcome is unknown.</exception>
    Task<Delivery> DeliverAsync(string hostId, SignedEnvelope action, CancellationToken cancellation);

    Task<bool> CancelAsync(string hostId, string actionId, CancellationToken cancellation);

    /// <summary>The journal's last report of an action (JSON of <c>ActionReport</c>), or null when the host never saw it.</summary>
    Task<byte[]?> RecallAsync(string hostId, string actionId, CancellationToken cancellation);

    Task<ContainerFacts?> InspectAsync(string hostId, string containerId, CancellationToken cancellation);

    /// <summary>Images, volumes, networks and snapshots of a host, read now.</summary>
    /// <exception cref="RunnerUnreachableException">Also when the runner is too old to tell.</exception>
    Task<HostResources> ResourcesAsync(string hostId, CancellationToken cancellation);

    /// <summary>What a reference to an image means on a host; its registry is asked when it is not there.</summary>
    /// <exception cref="RunnerUnreachableException">Also when the runner is too old to tell.</exception>
    Task<ResolvedImage> ResolveImageAsync(string hostId, string reference, CancellationToken cancellation);

    Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
        string hostId,
        string containerId,
        int tail,
        long sinceUnixMs,
        CancellationToken cancellation
    );

    /// <summary>
    /// A container's log as Docker has it, in Docker's order; with follow it goes on until the container ends. Read as fast as
    /// it is taken.
    /// </summary>
    /// <param name="sinceUnixNs">Only lines from then on; 0 for all.</param>
    /// <exception cref="RunnerUnreachableException">The runner is or goes away.</exception>
    /// <exception cref="Platform.Http.UpstreamException">Docker could not go on.</exception>
    IAsyncEnumerable<ContainerLogLine> FollowLogsAsync(
        string hostId,
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        CancellationToken cancellation
    );
}

public sealed class RunnerUnreachableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>News of runners that a later feature listens to (implemented by Actions; all registered ones are called).</summary>
public interface IRunnerListener
{
    /// <summary>A runner said hello: deliver what waits, reconcile what is unknown.</summary>
    Task OnConnectedAsync(string hostId, CancellationToken cancellation);

    Task OnLostAsync(string hostId, CancellationToken cancellation);

    /// <summary>JSON of <c>ActionReport</c> from this host.</summary>
    Task OnReportAsync(string hostId, byte[] actionReport, CancellationToken cancellation);
}

/// <summary>What waits for a host or is under way there. Implemented by Actions.</summary>
public interface IHostBacklog
{
    /// <summary>Approved actions that have not ended, by the id of their host.</summary>
    Task<IReadOnlyDictionary<string, int>> CountAsync(CancellationToken cancellation);
}

/// <summary>Signs what goes down to runners with the product's action key (ECDSA P-256).</summary>
public interface IActionSigner
{
    /// <summary>Signs for one host, with the key that it has pinned.</summary>
    ValueTask<SignedEnvelope> SignAsync(string hostId, byte[] payload, CancellationToken cancellation);
}
