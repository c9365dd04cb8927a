namespace Sevensa.Dashboard.Features.Hosts.Contracts;

/// <summary>A cluster as its runner told of it last. Nothing in it changes any more.</summary>
/// <param name="Connected">Its runner is connected; if not, this is what it said last.</param>
/// <param name="HasTold">It has told the whole since this dashboard started.</param>
public sealed record HostedCluster(
    string HostId,
    string HostName,
    bool Connected,
    bool HasTold,
    ClusterSummary? Summary,
    IReadOnlyList<WorkloadFacts> Workloads,
    IReadOnlyList<PodFacts> Pods,
    IReadOnlyList<NodeFacts> Nodes,
    IReadOnlyList<ServiceFacts> Services,
    IReadOnlyList<RouteFacts> Routes,
    IReadOnlyList<ClaimFacts> Claims,
    IReadOnlyList<NetworkPolicyFacts> Policies,
    IReadOnlyList<AutoscalerFacts> Autoscalers,
    IReadOnlyList<QuotaFacts> Quotas,
    IReadOnlyList<DisruptionBudgetFacts> Budgets,
    IReadOnlyList<ClusterEvent> Events
)
{
    /// <summary>What of it belongs to one tenant. Nodes belong to nobody and are left out.</summary>
    public HostedCluster Of(string tenant) =>
        this with
        {
            Summary = Summary is null
                ? null
                : Summary with
                {
                    Namespaces = [.. Summary.Namespaces.Where(one => one.Tenant == tenant)],
                    Missing =
                    [
                        .. Summary.Missing.Where(right =>
                            Summary.Namespaces.Any(one => one.Name == right.Namespace && one.Tenant == tenant)
                        ),
                    ],
                },
            Workloads = [.. Workloads.Where(one => one.Tenant == tenant)],
            Pods = [.. Pods.Where(one => one.Tenant == tenant)],
            Nodes = [],
            Services = [.. Services.Where(one => one.Tenant == tenant)],
            Routes = [.. Routes.Where(one => one.Tenant == tenant)],
            Claims = [.. Claims.Where(one => one.Tenant == tenant)],
            Policies = [.. Policies.Where(one => one.Tenant == tenant)],
            Autoscalers = [.. Autoscalers.Where(one => one.Tenant == tenant)],
            Quotas = [.. Quotas.Where(one => one.Tenant == tenant)],
            Budgets = [.. Budgets.Where(one => one.Tenant == tenant)],
            Events = [.. Events.Where(one => one.Tenant == tenant)],
        };

    public WorkloadFacts? Workload(string key) => Workloads.FirstOrDefault(one => one.Key == key);

    public IReadOnlyList<PodFacts> PodsOf(WorkloadFacts workload) =>
        [.. Pods.Where(pod => pod.Workload == workload.Key)];

    /// <summary>Those that set its replicas: two of one target both do nothing.</summary>
    public IReadOnlyList<AutoscalerFacts> AutoscalersOf(WorkloadFacts workload) =>
        [.. Autoscalers.Where(one => one.Target == workload.Key)];

    public IReadOnlyList<DisruptionBudgetFacts> BudgetsOf(WorkloadFacts workload) =>
        [
            .. Budgets.Where(one =>
                one.Namespace == workload.Namespace
                && one.Selector.Count > 0
                && one.Selector.All(label => workload.Selector.GetValueOrDefault(label.Key) == label.Value)
            ),
        ];

    public IReadOnlyList<QuotaFacts> QuotasOf(string @namespace) =>
        [.. Quotas.Where(one => one.Namespace == @namespace)];
}
