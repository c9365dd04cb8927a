using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Kubernetes.Steps;

/// <summary>
/// Waits until a workload is what was asked for. The answer to a change still says that all is well, so its controller must have
/// seen it first; what counts then are its numbers and its pods' own conditions. The cluster takes nothing back by itself.
/// </summary>
internal sealed class Rollout(WorkloadDoor door, TimeProvider time)
{
    private const int MostReasons = 3;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <param name="generation">Of the change; what its controller wrote before it saw that is not believed.</param>
    /// <returns>Null when it stands; else why not, with its pods' reasons.</returns>
    public async Task<string?> AwaitAsync(
        string uid,
        long generation,
        TimeSpan within,
        Action<string> tell,
        CancellationToken cancellation
    )
    {
        var begun = time.GetTimestamp();
        var said = "";
        string? silent = null;
        while (true)
        {
            var trouble = silent ?? "nothing is known of it yet";
            try
            {
                if (await door.FindAsync(uid, cancellation) is not { } live)
                {
                    return "it is gone";
                }
                silent = null;
                var workload = live.Facts;
                var seen = workload.ObservedGeneration >= generation;
                if (seen && workload.Paused)
                {
                    return "somebody paused it: the change waits until it is resumed";
                }
                if (seen && workload.HasFailed)
                {
                    return $"the cluster gave its rollout up after {workload.ProgressDeadlineSeconds} s{Reasons(workload, await door.PodsAsync(workload, cancellation))}";
                }
                trouble = seen ? Numbers(workload) : "its controller has not seen the change yet";
                if (seen && workload.IsSettled)
                {
                    var pods = await door.PodsAsync(workload, cancellation);
                    if (Unready(workload, pods) is not { } unready)
                    {
                        return null;
                    }
                    trouble = unready;
                }
                if (trouble != said)
                {
                    tell(said = trouble);
                }
                if (time.GetElapsedTime(begun) >= within)
                {
                    return $"after {within.TotalSeconds:0} s {trouble}{Reasons(workload, await door.PodsAsync(workload, cancellation))}";
                }
            }
            catch (EngineException exception) when (time.GetElapsedTime(begun) < within)
            {
                // Whether it stands can be asked again; nothing is done twice by that.
                silent = exception.Message;
            }
            await Task.Delay(LookAgain, time, cancellation);
        }
    }

    private static string Numbers(WorkloadFacts workload) =>
        $"{workload.Updated} of {workload.Wanted} are of the new template, {workload.Available} available{(workload.Terminating is > 0 and var ending ? $", {ending} still end" : "")}";

    /// <summary>Containers of a lost node stay ready for ever; the pod's own condition tells.</summary>
    private static string? Unready(WorkloadFacts workload, IReadOnlyList<PodFacts> pods)
    {
        var ready = pods.Count(pod => pod is { Ready: true, EndingSinceUnixMs: 0 });
        return ready >= workload.Wanted ? null : $"{ready} of {workload.Wanted} pods are ready by their own conditions";
    }

    private static string Reasons(WorkloadFacts workload, IReadOnlyList<PodFacts> pods)
    {
        var failure = workload.Condition("ReplicaFailure") is { Status: "True", Message: { Length: > 0 } message }
            ? new[] { message }
            : [];
        var reasons = failure
            .Concat(
                pods.Where(pod => pod is { Ready: false, EndingSinceUnixMs: 0, Reason.Length: > 0 })
                    .OrderBy(pod => pod.Name, StringComparer.Ordinal)
                    .Select(pod => $"{pod.Name}: {(pod.ReasonText.Length > 0 ? pod.ReasonText : pod.Reason)}")
            )
            .Distinct(StringComparer.Ordinal)
            .Take(MostReasons)
            .ToList();
        return reasons.Count == 0 ? "" : $" ({string.Join("; ", reasons)})";
    }
}
