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
/// <param name="ClockSkewMs">Host clock minus dashboard clock as the last round trip told, milliseconds.</param>
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
)
{
    /// <summary>Ids of the tenants whose containers it may report, as bound at enrolment or since; null for any.</summary>
    public IReadOnlyList<string>? Tenants { get; init; }

    /// <summary>It has told the whole of what runs there since this dashboard started.</summary>
    public bool HasTold { get; init; }

    /// <summary>Containers that it told of and that are not taken from it.</summary>
    public IReadOnlyList<RefusedClaim> RefusedClaims { get; init; } = [];

    /// <summary>Whether what it tells of this tenant is taken. What belongs to no tenant is.</summary>
    public bool MayReport(string? tenant) =>
        tenant is null || Tenants is null || Tenants.Contains(tenant, StringComparer.Ordinal);
}

/// <summary>A container that a host told of and that is not taken from it: what is known of it elsewhere stays as it was.</summary>
/// <param name="Container">Its name, in the host's words.</param>
/// <param name="Tenant">Whose it is, in the host's words.</param>
/// <param name="HeldBy">Name of the host that it is taken from; null when this host may not report that tenant.</param>
/// <param name="Why">In words.</param>
public sealed record RefusedClaim(string ContainerId, string Container, string? Tenant, string? HeldBy, string Why);

/// <summary>A container and the host it runs on.</summary>
public sealed record HostedContainer(
    string HostId,
    string HostName,
    bool HostConnected,
    ContainerFacts Facts,
    ContainerUsage? Usage
)
{
    /// <summary>It has processes: running, paused, or between two starts.</summary>
    public bool Runs => Facts.State is "running" or "restarting" or "paused";
}

/// <summary>The hosts and what runs on them, from memory; kept current by runners.</summary>
public interface IFleet
{
    IReadOnlyList<DockerHost> Hosts { get; }

    /// <summary>All containers of all hosts. Callers narrow to a tenant by <see cref="ContainersOf"/> before showing anything.</summary>
    IReadOnlyList<HostedContainer> Containers { get; }

    IReadOnlyList<HostedContainer> ContainersOf(string tenant);

    HostedContainer? Find(string containerId);

    /// <summary>The container on that host; one of the same id elsewhere is another matter.</summary>
    HostedContainer? Find(string hostId, string containerId) =>
        Find(containerId) is { } found && found.HostId == hostId ? found : null;

    /// <summary>
    /// Names of the hosts that were connected before, or whose runner is in this process, and have not told what runs there
    /// since this dashboard started. Revoked ones are not among them.
    /// </summary>
    IReadOnlyList<string> NotTold => [];

    /// <summary>
    /// Those of <see cref="NotTold"/> that could have containers of this tenant, as long as they are to be waited for: in the
    /// first two minutes, and while no host has told anything. Until then nothing found does not mean that there is nothing.
    /// </summary>
    IReadOnlyList<string> AwaitedFor(string tenant) => [];

    /// <summary>
    /// Those of <see cref="NotTold"/> that could have containers of this tenant, however long ago the start was: what is known of
    /// the tenant may be a part of it.
    /// </summary>
    IReadOnlyList<string> SilentFor(string tenant) => [];

    /// <summary>
    /// Whether a host has told the whole of what runs there since it connected. Until then a container that is not found may
    /// only not have been told of.
    /// </summary>
    bool Knows(string hostId) => true;

    IReadOnlyList<(string HostName, EngineEvent Event)> RecentEvents(string tenant, int most);

    /// <summary>All clusters that have told. Callers narrow to a tenant by <see cref="HostedCluster.Of"/> before showing anything.</summary>
    IReadOnlyList<HostedCluster> Clusters => [];

    /// <summary>What a cluster has told; null of a Docker host, and of one that has not told yet.</summary>
    HostedCluster? ClusterOf(string hostId) => null;

    /// <summary>Called back (off the hub's thread, throttled) when anything changed; dispose to stop.</summary>
    IDisposable OnChange(Func<Task> callback);
}

/// <summary>Figures of use are measured often only while somebody looks at them: whoever shows or judges them says so here, each time.</summary>
public interface IUsageViewers
{
    /// <summary>
    /// Somebody looks at what this tenant's containers use. Ends when that is no older than while somebody looks all the time,
    /// or after a second: a host that is silent is waited for once in a while only.
    /// </summary>
    Task LookAsync(string tenant, CancellationToken cancellation);

    /// <summary>The same for all hosts.</summary>
    Task LookAsync(CancellationToken cancellation);
}

/// <summary>The way down to a connected runner. Every call has a deadline.</summary>
public interface IRunnerLink
{
    bool IsConnected(string hostId);

    /// <summary>
    /// Its connection is at another dashboard on this store, whether or not that one is heard now: what is under way on the host
    /// is that one's to find out.
    /// </summary>
    bool IsElsewhere(string hostId) => false;

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

    /// <summary>What a cluster's API server would make of a step, by its own dry run: nothing is changed.</summary>
    /// <exception cref="RunnerUnreachableException">The runner is or goes away.</exception>
    /// <exception cref="Platform.Http.UpstreamException">It could not ask, or is no cluster's.</exception>
    Task<WorkloadPreview> PreviewAsync(string hostId, PlanStep step, CancellationToken cancellation);

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

public class RunnerUnreachableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What was asked for was not found, and hosts have not told yet: it may only not be known. Answered as 503 with <c>Retry-After</c>.</summary>
public sealed class NotKnownYetException(IReadOnlyList<string> hosts, bool noneTold)
    : RunnerUnreachableException(
        noneTold
            ? $"No host has told yet what runs there ({string.Join(", ", hosts)}). Ask again in a few seconds; the Hosts page says which are connected."
            : $"{string.Join(", ", hosts)} {(hosts.Count == 1 ? "has" : "have")} not told yet what runs there, so this is not known yet. Ask again in a few seconds."
    )
{
    /// <summary>After how many seconds asking again makes sense.</summary>
    public const int RetryAfterSeconds = 3;
}

public static class FleetKnowledge
{
    /// <summary>Says "not known yet" in place of "nothing", where a host that could have it has not told.</summary>
    /// <exception cref="NotKnownYetException">Hosts that could run containers of this tenant have not told yet.</exception>
    public static void MustKnow(this IFleet fleet, string tenant)
    {
        if (fleet.AwaitedFor(tenant) is { Count: > 0 } awaited)
        {
            throw new NotKnownYetException(awaited, !fleet.Hosts.Any(host => host.HasTold));
        }
    }
}

/// <summary>Hosts whose runners are in this process: they will tell without having been enrolled before.</summary>
public sealed record OwnHosts(IReadOnlyList<string> Names);

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
