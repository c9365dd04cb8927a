namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>A pod in the words in which containers of Docker hosts are told, so that lists, health, figures and logs work alike.</summary>
internal static class PodContainers
{
    public const string WorkloadLabel = "sevensa.cluster.workload";
    public const string NodeLabel = "sevensa.cluster.node";
    public const string ReasonLabel = "sevensa.cluster.reason";

    /// <param name="workload">What made it, when it is known.</param>
    public static ContainerFacts Of(PodFacts pod, WorkloadFacts? workload)
    {
        var main = pod.Containers.FirstOrDefault(one => !one.Init) ?? (pod.Containers is [var only, ..] ? only : null);
        var template = workload?.Containers.Where(one => !one.Init).ToList() ?? [];
        var ended = pod.Containers.FirstOrDefault(one => one.ExitCode is not (null or 0)) ?? main;
        var labels = new Dictionary<string, string>(pod.Labels, StringComparer.Ordinal);
        if (pod.Workload is { } made)
        {
            labels[WorkloadLabel] = made;
        }
        if (pod.Node.Length > 0)
        {
            labels[NodeLabel] = pod.Node;
        }
        if (pod.Reason.Length > 0)
        {
            labels[ReasonLabel] = pod.Reason;
        }
        return new ContainerFacts(
            pod.Uid,
            pod.Name,
            pod.Tenant,
            workload?.Service ?? pod.Service,
            pod.Namespace,
            main?.Image ?? "",
            main?.ImageDigest ?? "",
            main?.ImageDigest ?? "",
            workload?.TemplateHash ?? "",
            StateOf(pod),
            HealthOf(pod, template),
            ended?.ExitCode,
            pod.Reason == PodReasons.OutOfMemory,
            pod.Restarts,
            workload is null ? "no" : "always",
            pod.CreatedAtUnixMs,
            pod.StartedAtUnixMs,
            0,
            (long)template.Sum(one => Quantities.Number(one.MemoryLimit ?? "")),
            template.Sum(one => Quantities.Number(one.CpuLimit ?? "")),
            "",
            workload?.Isolation?.Breaches.Any(breach => breach.EndsWith(": privileged", StringComparison.Ordinal))
                == true,
            false,
            [],
            [.. template.SelectMany(one => one.Ports ?? []).Distinct(StringComparer.Ordinal)],
            [],
            [
                .. template
                    .SelectMany(one => one.EnvironmentNames ?? [])
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ],
            labels,
            workload?.SelfOf
        );
    }

    /// <summary>In Docker's words: what crashes is restarting, what has not begun is created.</summary>
    private static string StateOf(PodFacts pod) =>
        pod switch
        {
            { Reason: PodReasons.CrashLoop or PodReasons.OutOfMemory } => "restarting",
            { EndingSinceUnixMs: > 0, Reason: not PodReasons.NodeLost } => "removing",
            { Phase: "Running" } => "running",
            { Phase: "Succeeded" or "Failed" } => "exited",
            _ => "created",
        };

    /// <summary>By the pod's condition. One without a readiness probe is ready when it runs, which says nothing of its health.</summary>
    private static string HealthOf(PodFacts pod, IReadOnlyList<WorkloadContainer> template) =>
        pod.Ready
            ? template.Count > 0 && !template.Any(one => one.Probes?.Contains("readiness") == true)
                ? "none"
                : "healthy"
            : pod.Reason switch
            {
                PodReasons.Waiting or PodReasons.Unschedulable => "starting",
                PodReasons.None or PodReasons.Ending => "none",
                _ => "unhealthy",
            };
}
