namespace Sevensa.Dashboard.Runner;

internal static partial class RunnerLog
{
    [LoggerMessage(100, LogLevel.Information, "Runner {Version} for {Host}: Docker at {Docker}, dashboard at {Hub}")]
    public static partial void Starting(this ILogger log, string version, string host, string docker, Uri hub);

    [LoggerMessage(101, LogLevel.Information, "Enrolled as {Host} ({HostId})")]
    public static partial void Enrolled(this ILogger log, string host, string hostId);

    [LoggerMessage(102, LogLevel.Information, "Connected to {Hub}. {Message}")]
    public static partial void Connected(this ILogger log, Uri hub, string message);

    [LoggerMessage(103, LogLevel.Warning, "No connection to {Hub}: {Reason} It is tried again until there is one")]
    public static partial void NoConnection(this ILogger log, Uri hub, string reason);

    [LoggerMessage(104, LogLevel.Error, "The dashboard does not work with this runner: {Message}")]
    public static partial void Incompatible(this ILogger log, string message);

    [LoggerMessage(141, LogLevel.Warning, "{Path} of the cluster is not seen as it is now: {Reason} It is asked again")]
    public static partial void ClusterNotSeen(this ILogger log, string path, string reason);

    [LoggerMessage(105, LogLevel.Warning, "Docker does not answer: {Reason} It is asked again until it does")]
    public static partial void EngineLost(this ILogger log, string reason);

    [LoggerMessage(124, LogLevel.Warning, "{Container}: {Reason}")]
    public static partial void ContainerUnread(this ILogger log, string container, string reason);

    [LoggerMessage(106, LogLevel.Information, "Docker answers: {Containers} container(s)")]
    public static partial void EngineFound(this ILogger log, int containers);

    [LoggerMessage(107, LogLevel.Warning, "Action {Action} refused ({Code}): {Text}")]
    public static partial void Refused(this ILogger log, string action, string code, string text);

    [LoggerMessage(108, LogLevel.Information, "Action {Action} begun: {Kind} on {Target}, approved by {Approvers}")]
    public static partial void Begun(this ILogger log, string action, string kind, string target, string approvers);

    [LoggerMessage(109, LogLevel.Information, "Action {Action} ended {State}: {Text}")]
    public static partial void Ended(this ILogger log, string action, string state, string text);

    [LoggerMessage(
        125,
        LogLevel.Warning,
        "Action {Action} goes on, and the dashboard does not hear of this: {What}. {Reason}"
    )]
    public static partial void ProgressNotKept(this ILogger log, string action, string what, string reason);

    [LoggerMessage(126, LogLevel.Error, "Action {Action} ended {State}, which can't be told yet. {Reason}")]
    public static partial void EndNotKept(this ILogger log, string action, string state, string reason);

    [LoggerMessage(
        129,
        LogLevel.Warning,
        "Action {Action} failed while the runner ends; what became of it is found out at the next start. {Reason}"
    )]
    public static partial void LeftToTheNextStart(this ILogger log, string action, string reason);

    [LoggerMessage(
        127,
        LogLevel.Warning,
        "That the dashboard has a report can't be written down, so it is sent again after a restart. {Reason}"
    )]
    public static partial void AcknowledgementNotKept(this ILogger log, string reason);

    [LoggerMessage(
        128,
        LogLevel.Warning,
        "That the dashboard has these releases can't be written down, so they are sent again after a restart: {Reason}"
    )]
    public static partial void ToldNotKept(this ILogger log, string reason);

    [LoggerMessage(
        110,
        LogLevel.Warning,
        "Action {Action} was under way when the runner ended; asking Docker what became of it"
    )]
    public static partial void FoundInFlight(this ILogger log, string action);

    [LoggerMessage(
        111,
        LogLevel.Warning,
        "The dashboard could not take a report of {Action}: {Reason} It is kept and sent again"
    )]
    public static partial void ReportKept(this ILogger log, string action, string reason);

    [LoggerMessage(
        112,
        LogLevel.Warning,
        "The last journal line was cut short and is dropped; nothing had been done for it"
    )]
    public static partial void TornLine(this ILogger log);

    [LoggerMessage(113, LogLevel.Information, "Metrics at http://{Address}/metrics")]
    public static partial void MetricsAt(this ILogger log, string address);

    [LoggerMessage(114, LogLevel.Error, "The runner of {Host} in this program can't work: {Reason}")]
    public static partial void HostedRunnerFailed(this ILogger log, Exception? exception, string host, string reason);

    [LoggerMessage(140, LogLevel.Information, "A new key pair of this host was made; {KeyId} is shown from now on")]
    public static partial void KeyRenewed(this ILogger log, string keyId);

    [LoggerMessage(115, LogLevel.Information, "The dashboard's action key was replaced; {KeyId} is pinned from now on")]
    public static partial void KeyPinned(this ILogger log, string keyId);

    [LoggerMessage(
        116,
        LogLevel.Warning,
        "A new action key was offered that the pinned one did not sign; it is not taken"
    )]
    public static partial void KeyRefused(this ILogger log);

    [LoggerMessage(118, LogLevel.Information, "Recorded what {Service} runs ({Cause}): {Replicas} replica(s)")]
    public static partial void ReleaseRecorded(this ILogger log, string service, string cause, int replicas);

    [LoggerMessage(119, LogLevel.Warning, "{Service} changed and could not be recorded: {Reason}")]
    public static partial void ReleaseNotRecorded(this ILogger log, string service, string reason);

    [LoggerMessage(
        120,
        LogLevel.Warning,
        "The dashboard could not take releases: {Reason} They are kept and sent again"
    )]
    public static partial void ReleasesKept(this ILogger log, string reason);

    [LoggerMessage(121, LogLevel.Warning, "Images that releases need could not be tagged: {Reason}")]
    public static partial void ImagesNotKept(this ILogger log, string reason);

    [LoggerMessage(122, LogLevel.Warning, "Snapshot file {File} can't be read: {Reason}")]
    public static partial void SnapshotUnreadable(this ILogger log, string file, string reason);

    [LoggerMessage(123, LogLevel.Information, "Snapshot {Snapshot} of {Volume} was removed: too old, or one too many")]
    public static partial void SnapshotRemoved(this ILogger log, string snapshot, string volume);

    [LoggerMessage(117, LogLevel.Warning, "Reading the use of {Container} failed: {Reason}")]
    public static partial void UsageFailed(this ILogger log, string container, string reason);

    [LoggerMessage(130, LogLevel.Information, "Version {Version} of {Secret} is laid down in {Folder}")]
    public static partial void SecretHanded(this ILogger log, int version, string secret, string folder);

    [LoggerMessage(
        131,
        LogLevel.Warning,
        "{Secret} can't be brought up to date: {Reason} It is tried again every ten seconds"
    )]
    public static partial void SecretNotHanded(this ILogger log, string secret, string reason);

    [LoggerMessage(132, LogLevel.Information, "{Secret} is up to date again")]
    public static partial void SecretHandedAgain(this ILogger log, string secret);

    [LoggerMessage(133, LogLevel.Warning, "Keys of {Secret} were left out, since they are no names of files: {Keys}")]
    public static partial void SecretKeysLeftOut(this ILogger log, string secret, string keys);

    [LoggerMessage(134, LogLevel.Information, "{Container} was sent {Signal}: its files of {Secret} are new")]
    public static partial void SignalSent(this ILogger log, string container, string signal, string secret);

    [LoggerMessage(135, LogLevel.Warning, "{Container} was not sent {Signal} for its new files of {Secret}: {Reason}")]
    public static partial void SignalNotSent(
        this ILogger log,
        string container,
        string signal,
        string secret,
        string reason
    );

    [LoggerMessage(136, LogLevel.Warning, "A scan came to nothing: {Reason}")]
    public static partial void ScanFailed(this ILogger log, string reason);

    [LoggerMessage(137, LogLevel.Information, "The login {Secret} as it is now is laid down in {Folder}")]
    public static partial void LoginHanded(this ILogger log, string secret, string folder);

    [LoggerMessage(
        138,
        LogLevel.Warning,
        "Files of {Secret} were not made, since it lacks keys that they name: {Files}"
    )]
    public static partial void SecretFilesNotMade(this ILogger log, string secret, string files);
}
