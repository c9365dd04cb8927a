using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Workloads;

/// <summary>A workload as API and page see it.</summary>
/// <param name="Id">Its uid.</param>
/// <param name="State">settled, rolling, failed, paused, degraded, idle or unknown.</param>
/// <param name="Words">The same for people.</param>
/// <param name="Ready">Pods that are ready by their own condition and do not end.</param>
/// <param name="Revision">The cluster's own number, which moves: to be shown, never to be meant.</param>
public sealed record WorkloadView(
    string Id,
    string Key,
    string Kind,
    string Namespace,
    string Name,
    string Service,
    string Host,
    string HostId,
    bool HostConnected,
    string State,
    string Words,
    int Wanted,
    int Ready,
    int Updated,
    int Available,
    int? Terminating,
    IReadOnlyList<string> Images,
    IReadOnlyList<string> Digests,
    string TemplateHash,
    string? Revision,
    string Strategy,
    string? Schedule
)
{
    internal static WorkloadView Of(TenantWorkload one)
    {
        var (cluster, facts) = one;
        var pods = cluster.PodsOf(facts);
        var ready = pods.Count(pod => pod is { Ready: true, EndingSinceUnixMs: 0 });
        var (state, words) = Judged(one, pods, ready);
        return new WorkloadView(
            facts.Uid,
            facts.Key,
            facts.Kind,
            facts.Namespace,
            facts.Name,
            facts.Service,
            cluster.HostName,
            cluster.HostId,
            cluster.Connected,
            state,
            words,
            facts.Wanted,
            ready,
            facts.Updated,
            facts.Available,
            facts.Terminating,
            [.. facts.Containers.Where(container => !container.Init).Select(container => container.Image)],
            facts.Digests,
            facts.TemplateHash,
            facts.Revision,
            facts.Strategy,
            facts.Schedule
        );
    }

    /// <summary>By its pods' own conditions: a lost node leaves every number of its controller as it was.</summary>
    private static (string State, string Words) Judged(TenantWorkload one, IReadOnlyList<PodFacts> pods, int ready)
    {
        var facts = one.Facts;
        var reason = pods.Where(pod => pod is { Ready: false, EndingSinceUnixMs: 0, Reason.Length: > 0 })
            .OrderBy(pod => pod.Name, StringComparer.Ordinal)
            .Select(pod => pod.ReasonText.Length > 0 ? pod.ReasonText : pod.Reason)
            .FirstOrDefault();
        return one switch
        {
            { Cluster.Connected: false } => ("unknown", "as last heard"),
            _ when facts.Kind == WorkloadKinds.CronJob => facts.Paused
                ? ("paused", "suspended")
                : ("settled", "by its schedule"),
            _ when facts.Paused => ("paused", "paused: changes wait until it is resumed"),
            _ when facts.HasFailed => ("failed", $"its rollout failed{(reason is null ? "" : $": {reason}")}"),
            _ when facts.Condition("ReplicaFailure") is { Status: "True" } failure => ("degraded", failure.Message),
            _ when facts.ObservedGeneration < facts.Generation => ("rolling", "a change is being taken up"),
            _ when facts.Wanted == 0 => ("idle", "scaled to nothing"),
            _ when !facts.IsSettled && facts.Updated < facts.Wanted => (
                "rolling",
                $"rolling out, {facts.Updated} of {facts.Wanted}{(reason is null ? "" : $": {reason}")}"
            ),
            _ when ready < facts.Wanted => (
                "degraded",
                $"{ready} of {facts.Wanted} ready{(reason is null ? "" : $": {reason}")}"
            ),
            _ => facts.IsSettled ? ("settled", "ready") : ("rolling", "pods of before still end"),
        };
    }
}

/// <summary>One workload with all that bears on it.</summary>
/// <param name="Autoscalers">Two on one target both do nothing.</param>
/// <param name="Quotas">Of its namespace.</param>
/// <param name="Events">Of it and its pods, newest first.</param>
public sealed record WorkloadDetail(
    WorkloadView Workload,
    IReadOnlyList<WorkloadContainer> Containers,
    IReadOnlyList<ConditionFacts> Conditions,
    IReadOnlyList<PodFacts> Pods,
    IReadOnlyList<AutoscalerFacts> Autoscalers,
    IReadOnlyList<DisruptionBudgetFacts> Budgets,
    IReadOnlyList<QuotaFacts> Quotas,
    IReadOnlyList<ClusterEvent> Events
)
{
    private const int MostEvents = 50;

    internal static WorkloadDetail Of(TenantWorkload one)
    {
        var pods = one.Cluster.PodsOf(one.Facts);
        var regarding = pods.Select(pod => pod.Key).Append(one.Facts.Key).ToHashSet(StringComparer.Ordinal);
        return new WorkloadDetail(
            WorkloadView.Of(one),
            one.Facts.Containers,
            one.Facts.Conditions,
            pods,
            one.Cluster.AutoscalersOf(one.Facts),
            one.Cluster.BudgetsOf(one.Facts),
            one.Cluster.QuotasOf(one.Facts.Namespace),
            [
                .. one
                    .Cluster.Events.Where(told => IsOf(told, one.Facts, regarding))
                    .OrderByDescending(told => told.LastUnixMs)
                    .Take(MostEvents),
            ]
        );
    }

    /// <summary>What is refused to a Deployment's ReplicaSet is told of the ReplicaSet, whose name begins with the workload's.</summary>
    private static bool IsOf(ClusterEvent told, WorkloadFacts workload, HashSet<string> regarding) =>
        regarding.Contains(told.Regarding)
        || told.Regarding.StartsWith(
            ClusterKeys.Of("ReplicaSet", workload.Namespace, workload.Name + "-"),
            StringComparison.Ordinal
        );
}

/// <summary>How a workload's state is coloured.</summary>
internal static class WorkloadColours
{
    public static State Of(string state) =>
        state switch
        {
            "settled" => State.Ok,
            "failed" => State.Crit,
            "degraded" or "rolling" or "paused" => State.Warn,
            _ => State.Unknown,
        };
}
