using System.Globalization;

namespace Sevensa.Dashboard.Features.Workloads.Kinds;

/// <summary>What a person should know before deciding on a workload, and that may be otherwise a minute later.</summary>
internal static class WorkloadNotes
{
    /// <summary>Whatever makes its pods anew.</summary>
    public static IReadOnlyList<string> OfPods(TenantWorkload one)
    {
        var facts = one.Facts;
        return
        [
            .. facts.Wanted == 0
                ? new[]
                {
                    $"{facts.Name} has no replicas: the cluster calls it done at once, and an image that does not come shows only when it is scaled up.",
                }
                : [],
            .. facts.Strategy == "OnDelete"
                ? new[]
                {
                    $"{facts.Name} is rolled out by hand (OnDelete): its pods stay as they are until somebody deletes them.",
                }
                : [],
            .. facts.Strategy == "Recreate" ? new[] { "All its pods end before new ones begin (Recreate)." } : [],
            .. facts.Wanted == 1 && facts.Kind == WorkloadKinds.StatefulSet
                ? new[] { $"{facts.Name} has one pod, which ends before the new one begins." }
                : [],
            .. facts.Containers.Any(container => !container.Init && container.Probes?.Contains("readiness") != true)
                ? new[]
                {
                    "Not every container has a readiness probe: such a one counts as ready as soon as it runs, which says nothing of its health.",
                }
                : [],
            .. OfQuotas(one, facts.Kind == WorkloadKinds.DaemonSet ? 0 : 1),
        ];
    }

    /// <summary>What the autoscaler makes of a number that somebody sets.</summary>
    public static IReadOnlyList<string> OfAutoscalers(TenantWorkload one, int replicas)
    {
        var autoscalers = one.Cluster.AutoscalersOf(one.Facts);
        return autoscalers switch
        {
            [] => [],
            [var only] =>
            [
                replicas == 0
                    ? $"The autoscaler {only.Name} is off while there are 0 replicas; any other number turns it on again."
                : only.Makes(replicas) is var made && made != replicas
                    ? $"The autoscaler {only.Name} ({only.Minimum} to {only.Maximum}) makes {made} of {replicas} within a moment. To have {replicas} to stay, change its bounds first."
                : $"The autoscaler {only.Name} ({only.Minimum} to {only.Maximum}) leaves {replicas} until its figures say otherwise.",
                .. only.Trouble is { } trouble
                    ? new[] { $"The autoscaler {only.Name} does nothing now: {trouble}" }
                    : [],
            ],
            _ =>
            [
                $"{string.Join(" and ", autoscalers.Select(autoscaler => autoscaler.Name))} are autoscalers of the same workload: the cluster stops both (AmbiguousSelector).",
            ],
        };
    }

    public static IReadOnlyList<string> OfBudgets(TenantWorkload one, int replicas) =>
        [
            .. one
                .Cluster.BudgetsOf(one.Facts)
                .Where(budget => replicas < budget.Desired)
                .Select(budget =>
                    $"The disruption budget {budget.Name} ({budget.Rule}) wants {budget.Desired} healthy pods: with {replicas} no node can be emptied."
                ),
        ];

    /// <summary>A quota refuses pods, not the change: it is told late, and minutes may pass after it was raised.</summary>
    /// <param name="more">Pods that are added, if only for a moment.</param>
    public static IReadOnlyList<string> OfQuotas(TenantWorkload one, int more)
    {
        if (more <= 0)
        {
            return [];
        }
        return
        [
            .. one
                .Cluster.QuotasOf(one.Facts.Namespace)
                .SelectMany(quota =>
                    quota
                        .Hard.Where(limit => quota.Used.ContainsKey(limit.Key))
                        .Select(limit => (quota.Name, What: limit.Key, Hard: limit.Value, Used: quota.Used[limit.Key]))
                )
                .Where(limit =>
                    limit.What is "pods" or "count/pods" || limit.What.Contains('.', StringComparison.Ordinal)
                )
                .Select(limit =>
                    limit.What is "pods" or "count/pods" && Left(limit.Hard, limit.Used) is { } left && left < more
                        ? $"The quota {limit.Name} leaves room for {left} more pods, and {more} are needed: the rest is not made, and the cluster tells so only on its ReplicaSet."
                        : $"Quota {limit.Name}: {limit.What} {limit.Used} of {limit.Hard} taken."
                ),
        ];
    }

    private static int? Left(string hard, string used) =>
        int.TryParse(hard, NumberStyles.None, CultureInfo.InvariantCulture, out var most)
        && int.TryParse(used, NumberStyles.None, CultureInfo.InvariantCulture, out var taken)
            ? most - taken
            : null;
}
