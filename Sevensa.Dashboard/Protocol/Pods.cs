using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Protocol;

/// <summary>Words of <see cref="PodFacts.Reason"/>: what is the matter with a pod, of all that its containers and conditions say the one that explains the rest.</summary>
public static class PodReasons
{
    /// <summary>It is ready, or ended as it should.</summary>
    public const string None = "";

    /// <summary>No node takes it.</summary>
    public const string Unschedulable = "unschedulable";

    /// <summary>Its image does not come.</summary>
    public const string Image = "image";

    /// <summary>It crashes, and is started again after longer and longer pauses.</summary>
    public const string CrashLoop = "crashLoop";

    /// <summary>It was ended for using more memory than its limit.</summary>
    public const string OutOfMemory = "outOfMemory";

    /// <summary>Something it needs (a secret, a volume, its sandbox) is not there.</summary>
    public const string Configuration = "configuration";

    /// <summary>It is being made, or was not asked yet.</summary>
    public const string Waiting = "waiting";

    /// <summary>It runs and does not answer its readiness probe.</summary>
    public const string NotReady = "notReady";

    /// <summary>Its node does not report: how it really is nobody knows.</summary>
    public const string NodeLost = "nodeLost";

    /// <summary>It ended with an error.</summary>
    public const string Failed = "failed";

    /// <summary>It was put off its node.</summary>
    public const string Evicted = "evicted";

    /// <summary>It is on its way out.</summary>
    public const string Ending = "ending";
}

/// <summary>One pod. Ready by its own condition: what its containers say stays true when its node is lost.</summary>
/// <param name="Workload">Key of what made it (<see cref="ClusterKeys"/>), seen through its ReplicaSet or Job; null for one that somebody made by hand.</param>
/// <param name="TemplateLabel">The cluster's hash in its name (<c>pod-template-hash</c>): the same template can get another.</param>
/// <param name="Phase">The cluster's word: Pending, Running, Succeeded, Failed, Unknown.</param>
/// <param name="Reason">One of <see cref="PodReasons"/>.</param>
/// <param name="ReasonText">In the cluster's words; empty when there is nothing to say.</param>
/// <param name="EndingSinceUnixMs">When it was told to end; 0 when it was not.</param>
/// <param name="Restarts">Of all its containers together.</param>
public sealed record PodFacts(
    string Namespace,
    string Name,
    string Uid,
    string ResourceVersion,
    string? Tenant,
    string? Workload,
    string Service,
    string? TemplateLabel,
    string Node,
    string Phase,
    bool Ready,
    string Reason,
    string ReasonText,
    int Restarts,
    string Address,
    long CreatedAtUnixMs,
    long StartedAtUnixMs,
    long EndingSinceUnixMs,
    IReadOnlyList<PodContainer> Containers,
    IReadOnlyDictionary<string, string> Labels
)
{
    public const string Kind = "Pod";

    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, Namespace, Name);
}

/// <param name="ImageDigest"><c>repo@sha256:…</c> or <c>sha256:…</c> as its node pulled it; empty before.</param>
/// <param name="State">running, waiting or terminated.</param>
/// <param name="Reason">The node's word: CrashLoopBackOff, ImagePullBackOff, OOMKilled, Error, Completed; empty for none.</param>
/// <param name="LastReason">Of its end before, when it was started again.</param>
/// <param name="SaysReady">What its node said last, which a lost node leaves standing.</param>
public sealed record PodContainer(
    string Name,
    string Image,
    string ImageDigest,
    string State,
    string Reason,
    string Message,
    int? ExitCode,
    string LastReason,
    int Restarts,
    bool SaysReady,
    long StartedAtUnixMs,
    bool Init = false
);
