namespace Sevensa.Dashboard.Protocol;

/// <summary>
/// Numbers of the hub protocol. A dashboard works with runners whose number differs by at most one;
/// further apart the runner is refused with words that say so.
/// </summary>
public static class RunnerProtocol
{
    /// <summary>Of this build.</summary>
    public const int Current = 3;

    /// <summary>From this number on both sides tell and take releases and <see cref="HostResources"/>; an older side is not asked.</summary>
    public const int WithReleases = 2;

    /// <summary>From this number on runners send logs as streams; an older one is asked again and again.</summary>
    public const int WithLogStreams = 2;

    /// <summary>From this number on runners tell <see cref="ContainerSettings"/>; of what an older one reports a plan can't say all.</summary>
    public const int WithSettings = 3;

    /// <summary>Bytes of one hub message. SignalR's own limit of 32 KB is below one inventory of a busy host.</summary>
    public const long MaximumMessageBytes = 8 * 1024 * 1024;

    /// <summary>Releases in one message.</summary>
    public const int MostReleases = 50;

    /// <summary>Whether a side of this build works with one of that number.</summary>
    public static bool WorksWith(int other) => Math.Abs(other - Current) <= 1;
}

/// <summary>What the runner calls on the dashboard (path <c>/hubs/runner</c>; JSON by <see cref="HubJson"/>, from former runners MessagePack).</summary>
public interface IRunnerHub
{
    /// <summary>First call with an enrolment token: registers the host's public key, once.</summary>
    Task<Enrolled> Enrol(EnrolRequest request);

    /// <summary>First call of every later connection.</summary>
    Task<HubWelcome> Hello(HostFacts facts);

    /// <summary>The whole inventory; sent after Hello and after a gap.</summary>
    Task Inventory(IReadOnlyList<ContainerFacts> containers);

    /// <summary>Containers that changed, and ids of those that went away.</summary>
    Task Changed(IReadOnlyList<ContainerFacts> changed, IReadOnlyList<string> removed);

    /// <summary>What Docker told since the last time, oldest first.</summary>
    Task Events(IReadOnlyList<EngineEvent> events);

    /// <summary>A reading of each container that was measured.</summary>
    Task Usage(IReadOnlyList<ContainerUsage> usage);

    /// <summary>
    /// Releases that this dashboard has not taken yet, oldest first, in parts of at most <see cref="RunnerProtocol.MostReleases"/>.
    /// Taken when it returns. From <see cref="RunnerProtocol.WithReleases"/> on.
    /// </summary>
    Task Releases(IReadOnlyList<ReleaseFacts> releases);

    /// <summary>
    /// Connections that were seen. Not before a dashboard has said by <see cref="HubWelcome.TakesFlows"/> that it takes them.
    /// </summary>
    /// <returns>False when it could not keep them; they are told again.</returns>
    Task<bool> Flows(FlowReport report);

    /// <summary>How the host's scanner stands. Not before a dashboard has said by <see cref="HubWelcome.TakesScans"/> that it takes scans.</summary>
    Task Scanner(ScannerReport report);

    /// <summary>A piece of a scanner's report, in order.</summary>
    Task<ScanAnswer> ScanPiece(ScanPiece piece);

    /// <summary>Lists of parts that this scanner's family made, of tenants that the host is bound to.</summary>
    Task<IReadOnlyList<PartsToMatch>> PartsToMatch(string scanner);

    /// <summary>One of them, packed (gzip); null when it is not kept any more or too large.</summary>
    Task<byte[]?> Parts(string id);

    /// <summary>
    /// What is in a cluster, or changed in it. Not before a dashboard has said by <see cref="HubWelcome.TakesClusters"/> that it
    /// takes it; the first message of a connection begins anew.
    /// </summary>
    Task Cluster(ClusterNews news);

    /// <summary>Lines of a log that was asked for by <see cref="IRunnerClient.FollowLogs"/>.</summary>
    Task LogPiece(LogPiece piece);

    /// <summary>A step, progress line or outcome of an action; JSON of <c>ActionReport</c>. Acknowledged when stored.</summary>
    Task Report(byte[] actionReport);
}

/// <summary>What the dashboard calls on a runner (client results are used where an answer is needed).</summary>
public interface IRunnerClient
{
    /// <summary>Delivers a signed action; the runner answers at once whether it took it, and reports the rest.</summary>
    Task<Delivery> Deliver(SignedEnvelope action);

    /// <summary>The host's clock now, Unix milliseconds. A runner that does not know the question answers that it can't.</summary>
    Task<long> Clock();

    /// <summary>
    /// Somebody looks at what containers use: it is measured and told by <see cref="IRunnerHub.Usage"/> now and every few seconds
    /// for so long. A runner that does not know the question measures all the time.
    /// </summary>
    Task<bool> Measure(int seconds);

    /// <summary>Asks to cancel between steps.</summary>
    Task<bool> Cancel(string actionId);

    /// <summary>Asks what became of an action (journal), and of the containers it touched.</summary>
    Task<byte[]?> Recall(string actionId);

    /// <summary>The container's facts read from Docker now.</summary>
    Task<ContainerFacts?> Inspect(string containerId);

    /// <summary>Images, volumes, networks and snapshots. From <see cref="RunnerProtocol.WithReleases"/> on.</summary>
    Task<HostResources> Resources();

    /// <summary>What a reference to an image means here, asking its registry when it is not on the host. From <see cref="RunnerProtocol.WithReleases"/> on.</summary>
    Task<ResolvedImage> ResolveImage(string reference);

    /// <summary>What a cluster's API server would make of a step (JSON of <see cref="PlanStep"/>), by its own dry run. Only runners of a cluster know it.</summary>
    Task<WorkloadPreview> Preview(byte[] step);

    /// <summary>Recent log lines of a container, oldest first, at most <paramref name="tail"/>.</summary>
    Task<IReadOnlyList<ContainerLogLine>> Logs(string containerId, int tail, long sinceUnixMs);

    /// <summary>Begins to send a container's log; false when too many are sent already. From <see cref="RunnerProtocol.WithLogStreams"/> on.</summary>
    Task<bool> FollowLogs(LogFollow wanted);

    /// <summary>So many more pieces may be sent.</summary>
    Task MoreLogs(string id, int pieces);

    /// <summary>Nobody reads that log any more.</summary>
    Task StopLogs(string id);

    /// <summary>The dashboard's new action key, signed by the one that the runner has pinned.</summary>
    Task<bool> PinKey(SignedEnvelope newKey);

    /// <summary>
    /// Makes a new key pair on the host; its public key (DER) is the answer. The runner proves the new one at its next
    /// connection and keeps the old one until that was taken.
    /// </summary>
    Task<byte[]> RenewKey();
}

/// <param name="Token">The single-use token from the Hosts page.</param>
/// <param name="PublicKey">ECDSA P-256 SubjectPublicKeyInfo (DER) made on the host.</param>
public sealed record EnrolRequest(string Token, byte[] PublicKey, HostFacts Facts);

/// <param name="HostId">Opaque id of the host from now on.</param>
/// <param name="ActionKey">The dashboard's public action-signing key (DER), which the runner pins.</param>
public sealed record Enrolled(string HostId, string ActionKeyId, byte[] ActionKey);

/// <param name="Message">Words to log when the versions are too far apart and <paramref name="Accepted"/> is false.</param>
/// <param name="AsksForUse">The dashboard says by <see cref="IRunnerClient.Measure"/> when figures of use are needed often; one that does not gets them all the time.</param>
/// <param name="TakesFlows">The dashboard takes <see cref="IRunnerHub.Flows"/>; where it does not say so connections are not looked at.</param>
/// <param name="TakesClusters">The dashboard takes <see cref="IRunnerHub.Cluster"/>; where it does not say so pods are told as containers alone.</param>
/// <param name="TakesScans">The dashboard takes <see cref="IRunnerHub.ScanPiece"/>; where it does not say so nothing is scanned.</param>
public sealed record HubWelcome(
    bool Accepted,
    string Message,
    string DashboardVersion,
    int Protocol,
    long ClockUnixMs,
    bool AsksForUse = false,
    bool TakesFlows = false,
    bool TakesScans = false,
    bool TakesClusters = false
);

/// <summary>Bytes and an ECDSA P-256/SHA-256 signature (IEEE P1363) over exactly these bytes.</summary>
public sealed record SignedEnvelope(string KeyId, byte[] Payload, byte[] Signature);

/// <param name="Accepted">True when journalled and started (or already known).</param>
/// <param name="Refusal">Code and words when refused: <c>badSignature</c>, <c>expired</c>, <c>wrongHost</c>, <c>localPolicy</c>, <c>stale</c>, <c>busy</c>…</param>
public sealed record Delivery(bool Accepted, string? RefusalCode = null, string? Refusal = null);

/// <param name="Stream">stdout or stderr.</param>
public sealed record ContainerLogLine(long TimeUnixNs, string Stream, string Text);
