using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Protocol;

/// <summary>Values of <see cref="WorkloadFacts.Kind"/>, in the cluster's own words.</summary>
public static class WorkloadKinds
{
    public const string Deployment = "Deployment";
    public const string StatefulSet = "StatefulSet";
    public const string DaemonSet = "DaemonSet";
    public const string CronJob = "CronJob";
}

/// <summary>One workload of a cluster, with its numbers as its controller wrote them.</summary>
/// <param name="Generation">Rises with each change of its specification, and with one of its annotations.</param>
/// <param name="ObservedGeneration">Behind <paramref name="Generation"/>, all numbers below are of before the last change.</param>
/// <param name="Tenant">Whose its namespace is.</param>
/// <param name="Service">From <c>sevensa.service</c>, else <c>app.kubernetes.io/name</c>, else its name.</param>
/// <param name="Wanted">Replicas of its specification; of a DaemonSet the nodes that should run one.</param>
/// <param name="Replicas">Pods that are there, without those that end.</param>
/// <param name="Updated">Of the present template. Absent in the cluster's words while it is paused: 0 here.</param>
/// <param name="Terminating">Pods that still end, when the cluster tells; null from older ones.</param>
/// <param name="TemplateHash">SHA-256 (hex) of the canonical JSON of its pod template as the server stored it: equal for what is made alike, now and then.</param>
/// <param name="Revision">The cluster's own number, to be shown only: it moves when a former template comes back.</param>
/// <param name="Containers">Of the template, in its order.</param>
/// <param name="Digests">What its pods really run: <c>container=repo@sha256:…</c>, in order; empty while none has told.</param>
/// <param name="SpecHash">SHA-256 (hex) of its specification without the template and the replicas: other when somebody changed how it is rolled out.</param>
/// <param name="Paused">What is changed waits until it is resumed. Of a CronJob: suspended.</param>
/// <param name="Strategy"><c>RollingUpdate 25%/25%</c> (unavailable/surge), <c>Recreate</c>, <c>OnDelete</c>.</param>
/// <param name="ProgressDeadlineSeconds">0 where there is none.</param>
/// <param name="Conditions">As the controller wrote them. <c>Available</c> stays True through a rollout that fails.</param>
/// <param name="Selector">Labels that its pods carry.</param>
/// <param name="Schedule">Of a CronJob: when it runs, in cron's words.</param>
/// <param name="LastRunUnixMs">Of a CronJob; 0 when it never ran.</param>
/// <param name="SelfOf">"dashboard" or "runner" when it is one of the product's own, which is never acted on.</param>
/// <param name="Isolation">How far its pods are held apart, in the words of the Pod Security Standards; null where it could not be read.</param>
public sealed record WorkloadFacts(
    string Kind,
    string Namespace,
    string Name,
    string Uid,
    string ResourceVersion,
    long Generation,
    long ObservedGeneration,
    string? Tenant,
    string Service,
    int Wanted,
    int Replicas,
    int Updated,
    int Ready,
    int Available,
    int? Terminating,
    bool Paused,
    string TemplateHash,
    string SpecHash,
    string? Revision,
    IReadOnlyList<WorkloadContainer> Containers,
    IReadOnlyList<string> Digests,
    IReadOnlyList<ConditionFacts> Conditions,
    string Strategy,
    int ProgressDeadlineSeconds,
    int RevisionHistoryLimit,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Selector,
    long CreatedAtUnixMs,
    string? Schedule = null,
    long LastRunUnixMs = 0,
    string? SelfOf = null,
    PodIsolation? Isolation = null
)
{
    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, Namespace, Name);

    /// <summary>
    /// What was asked for stands, by its controller's numbers: the last change was seen, every pod is of the present template, as
    /// many are available as are wanted, and none of before still ends. Whether the pods are well is told by their own conditions.
    /// </summary>
    [JsonIgnore]
    public bool IsSettled =>
        ObservedGeneration >= Generation
        && !Paused
        && (Kind == WorkloadKinds.CronJob || (Updated == Wanted && Replicas == Wanted && Available == Wanted))
        && Terminating is null or 0;

    /// <summary>Its rollout has passed its deadline; the cluster takes nothing back by itself.</summary>
    [JsonIgnore]
    public bool HasFailed =>
        Conditions.Any(one => one is { Type: "Progressing", Status: "False", Reason: "ProgressDeadlineExceeded" });

    public ConditionFacts? Condition(string type) => Conditions.FirstOrDefault(one => one.Type == type);
}

/// <param name="Image">As the template names it.</param>
/// <param name="CpuRequest">The server's own writing, <c>100m</c>; null for none. So are the others.</param>
/// <param name="Probes">Which it has: readiness, liveness, startup.</param>
/// <param name="Init">It runs before the others and ends.</param>
/// <param name="EnvironmentNames">Names alone; no value leaves the cluster.</param>
/// <param name="Secrets">Names of the secrets that it takes variables or files from.</param>
/// <param name="Ports"><c>8080/tcp</c></param>
public sealed record WorkloadContainer(
    string Name,
    string Image,
    string? CpuRequest = null,
    string? CpuLimit = null,
    string? MemoryRequest = null,
    string? MemoryLimit = null,
    IReadOnlyList<string>? Probes = null,
    IReadOnlyList<string>? Ports = null,
    IReadOnlyList<string>? EnvironmentNames = null,
    IReadOnlyList<string>? Secrets = null,
    bool Init = false
);

/// <param name="Status"><c>True</c>, <c>False</c> or <c>Unknown</c>.</param>
public sealed record ConditionFacts(
    string Type,
    string Status,
    string Reason,
    string Message,
    long ChangedAtUnixMs = 0
);

/// <summary>What of a pod template the Pod Security Standards look at.</summary>
/// <param name="Breaches">What it does that the level <c>restricted</c> forbids, each with its place, in the standard's words.</param>
/// <param name="Level">The strictest level that takes it: restricted, baseline or privileged.</param>
/// <param name="ServiceAccount">Empty for <c>default</c>.</param>
/// <param name="MountsToken">A token of the cluster's API lies in it.</param>
public sealed record PodIsolation(
    string Level,
    IReadOnlyList<string> Breaches,
    string ServiceAccount,
    bool MountsToken
);
