using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Protocol;

/// <summary>Words of <see cref="HostFacts.Orchestrator"/>: what it is that runs containers there.</summary>
public static class Orchestrators
{
    public const string Docker = "docker";
    public const string Kubernetes = "kubernetes";
}

/// <summary>What a cluster's runner says of the cluster as a whole; of what is in it tells <see cref="ClusterNews"/>.</summary>
/// <param name="Version">The API server's, <c>v1.37.2</c>.</param>
/// <param name="Namespaces">Those that the runner was given, with their tenants.</param>
/// <param name="Missing">Rights that its role lacks, and what each costs. Empty when it has all.</param>
/// <param name="Groups">API groups that are served, such as <c>apps</c>, <c>metrics.k8s.io</c>, <c>traefik.io</c>; null when that could not be asked.</param>
/// <param name="Trouble">What keeps the runner from seeing the cluster as it is now, in words; null when nothing does.</param>
public sealed record ClusterSummary(
    string Version,
    IReadOnlyList<NamespaceFacts> Namespaces,
    IReadOnlyList<MissingRight> Missing,
    IReadOnlyList<string>? Groups = null,
    string? Trouble = null
);

/// <param name="Tenant">Whose it is by the runner's own settings.</param>
/// <param name="LabelTenant">Whose it is by its label <c>sevensa.tenant</c>, which only cross-checks; null without one, or where it can't be read.</param>
/// <param name="Phase"><c>Active</c> or <c>Terminating</c>; empty where it can't be read.</param>
/// <param name="PodSecurity">Level of the Pod Security Standards that is enforced there: privileged, baseline, restricted; null when none is named.</param>
/// <param name="Trouble">Why nothing is told of it, or why it does not go away, in words.</param>
public sealed record NamespaceFacts(
    string Name,
    string Tenant,
    string? LabelTenant = null,
    string Phase = "",
    string? PodSecurity = null,
    string? Trouble = null
);

/// <param name="Namespace">Empty for what belongs to no namespace.</param>
/// <param name="Right">Verb and resource: <c>patch deployments.apps/scale</c>.</param>
/// <param name="Costs">What can't be done or seen without it, in words.</param>
/// <param name="Verbs">Step verbs and kinds that can't be carried out without it; empty for what is only seen.</param>
public sealed record MissingRight(string Namespace, string Right, string Costs, IReadOnlyList<string> Verbs);

/// <summary>What changed in a cluster since the last time; or, after a list, everything that is in it.</summary>
/// <param name="Begins">Everything told before is no more: what follows is the whole, in as many messages as it takes.</param>
/// <param name="Put">Things that are new or other than before, by <see cref="ClusterKeys"/>.</param>
/// <param name="Gone">Keys of things that are not there any more, or not any more among what is told.</param>
public sealed record ClusterNews(bool Begins, ClusterThings Put, IReadOnlyList<string> Gone)
{
    /// <summary>Things of any kind in one message.</summary>
    public const int MostThings = 500;

    /// <summary>Things of one cluster that are kept; beyond it something is wrong with its runner.</summary>
    public const int MostInAll = 50_000;
}

/// <summary>Things of a cluster by kind; null where there are none.</summary>
/// <param name="Events">What the cluster noted, oldest first; a repeated one replaces its former self by <see cref="ClusterEvent.Key"/>.</param>
public sealed record ClusterThings(
    IReadOnlyList<WorkloadFacts>? Workloads = null,
    IReadOnlyList<PodFacts>? Pods = null,
    IReadOnlyList<NodeFacts>? Nodes = null,
    IReadOnlyList<ServiceFacts>? Services = null,
    IReadOnlyList<RouteFacts>? Routes = null,
    IReadOnlyList<ClaimFacts>? Claims = null,
    IReadOnlyList<NetworkPolicyFacts>? Policies = null,
    IReadOnlyList<AutoscalerFacts>? Autoscalers = null,
    IReadOnlyList<QuotaFacts>? Quotas = null,
    IReadOnlyList<DisruptionBudgetFacts>? Budgets = null,
    IReadOnlyList<ClusterEvent>? Events = null
)
{
    [JsonIgnore]
    public int Count =>
        (Workloads?.Count ?? 0)
        + (Pods?.Count ?? 0)
        + (Nodes?.Count ?? 0)
        + (Services?.Count ?? 0)
        + (Routes?.Count ?? 0)
        + (Claims?.Count ?? 0)
        + (Policies?.Count ?? 0)
        + (Autoscalers?.Count ?? 0)
        + (Quotas?.Count ?? 0)
        + (Budgets?.Count ?? 0)
        + (Events?.Count ?? 0);
}

/// <summary>How a thing of a cluster is named: <c>Deployment/rentguy/web</c>; one that belongs to no namespace <c>Node//node-1</c>.</summary>
public static class ClusterKeys
{
    public static string Of(string kind, string @namespace, string name) => $"{kind}/{@namespace}/{name}";
}
