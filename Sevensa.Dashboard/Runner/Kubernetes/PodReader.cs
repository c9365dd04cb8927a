using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>A pod of the cluster → what the dashboard may know of it.</summary>
internal static class PodReader
{
    private const string PullScheme = "docker-pullable://";

    /// <param name="tenant">Whose its namespace is.</param>
    public static PodFacts Read(JsonElement pod, string? tenant)
    {
        var @namespace = pod.Text("metadata", "namespace");
        var labels = pod.Words("metadata", "labels");
        var containers = pod.Items("status", "initContainerStatuses")
            .Select(one => Container(one, init: true))
            .Concat(pod.Items("status", "containerStatuses").Select(one => Container(one, init: false)))
            .ToList();
        if (containers.Count == 0)
        {
            // Nothing of it has begun: what it would run is told all the same.
            containers =
            [
                .. pod.Items("spec", "containers")
                    .Select(one => new PodContainer(
                        one.Text("name"),
                        one.Text("image"),
                        "",
                        "waiting",
                        "",
                        "",
                        null,
                        "",
                        0,
                        false,
                        0
                    )),
            ];
        }
        var ready = Condition(pod, "Ready") is { } told && told.Text("status") == "True";
        var workload = WorkloadOf(pod, @namespace, labels);
        var (reason, text) = Matter(pod, containers, ready);
        return new PodFacts(
            @namespace,
            pod.Text("metadata", "name"),
            pod.Text("metadata", "uid"),
            pod.Text("metadata", "resourceVersion"),
            tenant,
            workload,
            WorkloadReader.ServiceOf(
                labels,
                workload?[(workload.LastIndexOf('/') + 1)..] ?? pod.Text("metadata", "name")
            ),
            labels.GetValueOrDefault("pod-template-hash") ?? labels.GetValueOrDefault("controller-revision-hash"),
            pod.Text("spec", "nodeName"),
            pod.Text("status", "phase"),
            ready,
            reason,
            text,
            containers.Sum(one => one.Restarts),
            pod.Text("status", "podIP"),
            pod.Time("metadata", "creationTimestamp"),
            containers.Where(one => !one.Init).Select(one => one.StartedAtUnixMs).DefaultIfEmpty(0).Max(),
            pod.Time("metadata", "deletionTimestamp"),
            containers,
            labels
        );
    }

    /// <summary>What made it: a Deployment through its ReplicaSet, a CronJob through its Job, or its owner itself.</summary>
    internal static string? WorkloadOf(JsonElement pod, string @namespace, IReadOnlyDictionary<string, string> labels)
    {
        foreach (var owner in pod.Items("metadata", "ownerReferences").Where(one => one.Flag("controller")))
        {
            var (kind, name) = (owner.Text("kind"), owner.Text("name"));
            var dash = name.LastIndexOf('-');
            return kind switch
            {
                "ReplicaSet"
                    when labels.GetValueOrDefault("pod-template-hash") is { Length: > 0 } hash
                        && name.EndsWith($"-{hash}", StringComparison.Ordinal) => ClusterKeys.Of(
                    WorkloadKinds.Deployment,
                    @namespace,
                    name[..^(hash.Length + 1)]
                ),
                "Job" when dash > 0 && name[(dash + 1)..].All(char.IsAsciiDigit) => ClusterKeys.Of(
                    WorkloadKinds.CronJob,
                    @namespace,
                    name[..dash]
                ),
                _ => ClusterKeys.Of(kind, @namespace, name),
            };
        }
        return null;
    }

    private static PodContainer Container(JsonElement status, bool init)
    {
        var state =
            status.At("state", "running") is not null ? "running"
            : status.At("state", "terminated") is not null ? "terminated"
            : "waiting";
        var now = status.At("state", state) ?? default;
        var before = status.At("lastState", "terminated");
        return new PodContainer(
            status.Text("name"),
            status.Text("image"),
            Digest(status.Text("imageID")),
            state,
            now.Text("reason"),
            now.Text("message"),
            now.Count("exitCode") ?? before?.Count("exitCode"),
            before?.Text("reason") ?? "",
            status.Count("restartCount") ?? 0,
            status.Flag("ready"),
            state == "running" ? now.Time("startedAt") : before?.Time("startedAt") ?? now.Time("startedAt"),
            init
        );
    }

    /// <summary><c>docker.io/x@sha256:…</c>, <c>docker-pullable://x@sha256:…</c> or <c>sha256:…</c>.</summary>
    private static string Digest(string imageId) =>
        imageId.StartsWith(PullScheme, StringComparison.Ordinal) ? imageId[PullScheme.Length..] : imageId;

    private static (string Reason, string Text) Matter(
        JsonElement pod,
        IReadOnlyList<PodContainer> containers,
        bool ready
    )
    {
        if (pod.Text("status", "reason") is "Evicted")
        {
            return (PodReasons.Evicted, pod.Text("status", "message"));
        }
        // Its containers were ready when its node last spoke, and it is not: nobody hears that node.
        var isLost =
            pod.Text("status", "phase") == "Running"
            && Condition(pod, "Ready")?.Text("status") is "False" or "Unknown"
            && pod.Items("spec", "readinessGates").Count == 0
            && containers.Any(one => !one.Init)
            && containers.Where(one => !one.Init).All(one => one is { SaysReady: true, State: "running" });
        if (isLost)
        {
            return (
                PodReasons.NodeLost,
                $"Node {pod.Text("spec", "nodeName")} does not report; its containers ran when it last did."
            );
        }
        if (pod.Time("metadata", "deletionTimestamp") > 0)
        {
            return (PodReasons.Ending, "It was told to end.");
        }
        if (ready || pod.Text("status", "phase") == "Succeeded")
        {
            return (PodReasons.None, "");
        }
        if (Condition(pod, "PodScheduled") is { } placed && placed.Text("status") == "False")
        {
            return (PodReasons.Unschedulable, placed.Text("message"));
        }
        foreach (var one in containers)
        {
            if (ReasonOf(one) is { } reason)
            {
                return (reason, TextOf(one));
            }
        }
        if (pod.Text("status", "phase") == "Failed")
        {
            return (PodReasons.Failed, pod.Text("status", "message"));
        }
        return containers.Any(one => one is { State: "running", Init: false })
            ? (PodReasons.NotReady, "It runs and is not ready yet: its readiness probe has not held.")
            : (PodReasons.Waiting, Condition(pod, "Ready")?.Text("message") ?? "");
    }

    private static string? ReasonOf(PodContainer container) =>
        container switch
        {
            { Reason: "OOMKilled" } => PodReasons.OutOfMemory,
            { Reason: "CrashLoopBackOff", LastReason: "OOMKilled" } => PodReasons.OutOfMemory,
            { Reason: "CrashLoopBackOff" } => PodReasons.CrashLoop,
            {
                Reason: "ImagePullBackOff"
                    or "ErrImagePull"
                    or "InvalidImageName"
                    or "ErrImageNeverPull"
                    or "ImageInspectError"
                    or "RegistryUnavailable"
            } => PodReasons.Image,
            { Reason: "CreateContainerConfigError" or "CreateContainerError" or "RunContainerError" } =>
                PodReasons.Configuration,
            { State: "terminated", Init: true, ExitCode: 0 } => null,
            { State: "terminated", ExitCode: not (null or 0) } => PodReasons.Failed,
            _ => null,
        };

    private static string TextOf(PodContainer container) =>
        container switch
        {
            { Message.Length: > 0 } => $"{container.Name}: {container.Message}",
            { ExitCode: { } code } => $"{container.Name}: {container.Reason} (exit code {code})",
            _ => $"{container.Name}: {container.Reason}",
        };

    internal static JsonElement? Condition(JsonElement thing, string type)
    {
        foreach (var one in thing.Items("status", "conditions"))
        {
            if (one.Text("type") == type)
            {
                return one;
            }
        }
        return null;
    }
}
