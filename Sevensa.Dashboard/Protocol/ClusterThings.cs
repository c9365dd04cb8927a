using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Protocol;

/// <param name="Ready">False too while it is not known: a node that does not report is <c>Unknown</c>.</param>
/// <param name="ReadyText">Why it is not, in the cluster's words.</param>
/// <param name="Unschedulable">Somebody closed it to new pods.</param>
/// <param name="Taints"><c>node.kubernetes.io/unreachable:NoExecute</c></param>
/// <param name="Cpu">That pods may have, processors.</param>
/// <param name="HeardAtUnixMs">When it reported last.</param>
public sealed record NodeFacts(
    string Name,
    bool Ready,
    string ReadyText,
    bool Unschedulable,
    IReadOnlyList<string> Taints,
    double Cpu,
    long MemoryBytes,
    int Pods,
    string Architecture,
    string OperatingSystem,
    string KernelVersion,
    string RuntimeVersion,
    string KubeletVersion,
    long HeardAtUnixMs
)
{
    public const string Kind = "Node";

    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, "", Name);
}

/// <param name="Type">ClusterIP, NodePort, LoadBalancer or ExternalName.</param>
/// <param name="Ports"><c>80→8080/tcp</c></param>
/// <param name="Selector">Labels of the pods that it leads to; empty for one that leads elsewhere.</param>
public sealed record ServiceFacts(
    string Namespace,
    string Name,
    string? Tenant,
    string Type,
    string ClusterAddress,
    IReadOnlyList<string> Ports,
    IReadOnlyDictionary<string, string> Selector,
    IReadOnlyDictionary<string, string> Labels
)
{
    public const string Kind = "Service";

    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, Namespace, Name);
}

/// <summary>A way in from outside: an Ingress, or one of Traefik's own routes.</summary>
/// <param name="Kind"><c>Ingress</c> or <c>IngressRoute</c>.</param>
/// <param name="Rules"><c>host/path → service:port</c>, or Traefik's match as it is written.</param>
/// <param name="Services">Names of services that it leads to, in its namespace.</param>
/// <param name="HasTls">It is reached by https.</param>
public sealed record RouteFacts(
    string Kind,
    string Namespace,
    string Name,
    string? Tenant,
    IReadOnlyList<string> Rules,
    IReadOnlyList<string> Services,
    bool HasTls
)
{
    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, Namespace, Name);
}

/// <param name="Phase">Pending, Bound or Lost.</param>
/// <param name="Size">That it has, else that it asks for, in the server's writing.</param>
/// <param name="UsedBy">Keys of workloads whose pods mount it.</param>
public sealed record ClaimFacts(
    string Namespace,
    string Name,
    string? Tenant,
    string Phase,
    string Size,
    string StorageClass,
    IReadOnlyList<string> AccessModes,
    IReadOnlyList<string> UsedBy
)
{
    public const string Kind = "PersistentVolumeClaim";

    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, Namespace, Name);
}

/// <summary>Who may reach whom. That it was accepted says nothing of whether anything enforces it: there is no status.</summary>
/// <param name="PodSelector">Labels of the pods that it holds for, <c>a=b</c> or <c>a in (b,c)</c>; empty for all of the namespace.</param>
/// <param name="Types">Ingress, Egress or both.</param>
/// <param name="Ingress">Each rule; none with <c>Ingress</c> among the types lets nobody in.</param>
/// <param name="Spec">Canonical JSON of its specification.</param>
public sealed record NetworkPolicyFacts(
    string Namespace,
    string Name,
    string Uid,
    string ResourceVersion,
    string? Tenant,
    IReadOnlyList<string> PodSelector,
    IReadOnlyList<string> Types,
    IReadOnlyList<NetworkRule> Ingress,
    IReadOnlyList<NetworkRule> Egress,
    string Spec
)
{
    public const string Kind = "NetworkPolicy";

    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, Namespace, Name);
}

/// <param name="Peers"><c>pods a=b</c>, <c>namespaces a=b</c>, <c>pods a=b in namespaces c=d</c>, <c>10.0.0.0/8 except 10.1.0.0/16</c>; empty for anybody.</param>
/// <param name="Ports"><c>8080/tcp</c>, a port's name, or <c>8000-8080/tcp</c>; empty for all.</param>
public sealed record NetworkRule(IReadOnlyList<string> Peers, IReadOnlyList<string> Ports);

/// <param name="Target">Key of the workload whose replicas it sets; it need not be there.</param>
/// <param name="Current">Replicas as it saw them last.</param>
/// <param name="Desired">That it wants; 0 while it has no figures.</param>
/// <param name="Metrics">Each with target and what was seen: <c>cpu 80 % (seen 41 %)</c>.</param>
/// <param name="Active">It has figures and sets the replicas.</param>
/// <param name="Trouble">Why it does nothing, in the cluster's words; null when it does.</param>
public sealed record AutoscalerFacts(
    string Namespace,
    string Name,
    string Uid,
    string ResourceVersion,
    string? Tenant,
    string Target,
    int Minimum,
    int Maximum,
    int Current,
    int Desired,
    IReadOnlyList<string> Metrics,
    bool Active,
    string? Trouble,
    IReadOnlyList<ConditionFacts> Conditions
)
{
    public const string Kind = "HorizontalPodAutoscaler";

    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, Namespace, Name);

    /// <summary>What it makes of a number that somebody sets: within its bounds it stays until figures say otherwise; 0 turns it off.</summary>
    public int Makes(int replicas) => replicas == 0 ? 0 : Math.Clamp(replicas, Minimum, Math.Max(Minimum, Maximum));
}

/// <param name="Hard">Limit by resource, in the server's writing: <c>pods</c> → <c>10</c>, <c>limits.memory</c> → <c>4Gi</c>.</param>
/// <param name="Used">What is taken of each.</param>
public sealed record QuotaFacts(
    string Namespace,
    string Name,
    string? Tenant,
    IReadOnlyDictionary<string, string> Hard,
    IReadOnlyDictionary<string, string> Used
)
{
    public const string Kind = "ResourceQuota";

    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, Namespace, Name);
}

/// <param name="Selector">Labels of the pods that it holds for.</param>
/// <param name="Rule"><c>minAvailable 2</c> or <c>maxUnavailable 25%</c>.</param>
/// <param name="Allowed">Pods that may be put off now.</param>
public sealed record DisruptionBudgetFacts(
    string Namespace,
    string Name,
    string? Tenant,
    IReadOnlyDictionary<string, string> Selector,
    string Rule,
    int Healthy,
    int Desired,
    int Expected,
    int Allowed
)
{
    public const string Kind = "PodDisruptionBudget";

    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, Namespace, Name);
}

/// <summary>Something that the cluster noted. Of both API groups: they are the same objects.</summary>
/// <param name="Type">Normal or Warning.</param>
/// <param name="Regarding">Key of what it is of.</param>
/// <param name="Count">How often; 1 when it does not say.</param>
/// <param name="Reporter">Who noted it: <c>replicaset-controller</c>.</param>
public sealed record ClusterEvent(
    string Namespace,
    string Name,
    string? Tenant,
    string Type,
    string Reason,
    string Note,
    string Regarding,
    int Count,
    long FirstUnixMs,
    long LastUnixMs,
    string Reporter
)
{
    public const string Kind = "Event";

    [JsonIgnore]
    public string Key => ClusterKeys.Of(Kind, Namespace, Name);
}
