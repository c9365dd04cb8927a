namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>One sort of thing that is listed and watched.</summary>
/// <param name="Kind">As in its key.</param>
/// <param name="Group">Of its API; empty for the core.</param>
/// <param name="Costs">What is not seen without the right to it.</param>
/// <param name="Optional">Its API may not be served.</param>
internal sealed record WatchedKind(
    string Kind,
    string Group,
    string Version,
    string Resource,
    string Costs,
    bool Optional = false
)
{
    public const string TraefikGroup = "traefik.io";

    /// <summary>In each namespace of a tenant. Secrets are not among them.</summary>
    public static IReadOnlyList<WatchedKind> OfNamespaces { get; } =
    [
        new(WorkloadKinds.Deployment, "apps", "v1", "deployments", "Deployments are not seen."),
        new(WorkloadKinds.StatefulSet, "apps", "v1", "statefulsets", "StatefulSets are not seen."),
        new(WorkloadKinds.DaemonSet, "apps", "v1", "daemonsets", "DaemonSets are not seen."),
        new(WorkloadKinds.CronJob, "batch", "v1", "cronjobs", "CronJobs are not seen."),
        new(PodFacts.Kind, "", "v1", "pods", "Pods are not seen: no lists, health or releases."),
        new(ServiceFacts.Kind, "", "v1", "services", "Services are not seen."),
        new(ClaimFacts.Kind, "", "v1", "persistentvolumeclaims", "Volume claims are not seen."),
        new(QuotaFacts.Kind, "", "v1", "resourcequotas", "What a quota leaves is not told beside a plan."),
        new("Ingress", "networking.k8s.io", "v1", "ingresses", "Ingresses are not seen."),
        new(NetworkPolicyFacts.Kind, "networking.k8s.io", "v1", "networkpolicies", "Reachability is not told."),
        new(
            AutoscalerFacts.Kind,
            "autoscaling",
            "v2",
            "horizontalpodautoscalers",
            "What an autoscaler makes of a plan is not told."
        ),
        new(
            DisruptionBudgetFacts.Kind,
            "policy",
            "v1",
            "poddisruptionbudgets",
            "Disruption budgets are not told beside a plan."
        ),
        new(ClusterEvent.Kind, "events.k8s.io", "v1", "events", "Why something does not run is told by pods alone."),
        new(
            "IngressRoute",
            TraefikGroup,
            "v1alpha1",
            "ingressroutes",
            "Traefik's routes are not seen.",
            Optional: true
        ),
    ];

    public static WatchedKind Nodes { get; } =
        new(NodeFacts.Kind, "", "v1", "nodes", "Nodes are not seen: a lost one shows by its pods alone.");

    /// <summary>Resource and group, as rights name them.</summary>
    public string Right => Group.Length == 0 ? Resource : $"{Resource}.{Group}";

    /// <param name="namespace">Null for the whole cluster.</param>
    public string Path(string? @namespace) =>
        (Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}")
        + (@namespace is null ? "" : $"/namespaces/{Uri.EscapeDataString(@namespace)}")
        + $"/{Resource}";
}
