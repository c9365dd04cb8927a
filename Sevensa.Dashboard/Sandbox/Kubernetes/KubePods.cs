using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>Pods as a node's kubelet writes them, and what keeps one from being made.</summary>
internal sealed class KubePods(KubeStore store)
{
    private const string Node = "node-1";

    private readonly HashSet<string> lost = new(StringComparer.Ordinal);

    public bool NodeIsLost { get; set; }

    public void MakeNode() =>
        store.Put(
            "nodes",
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = Node,
                    ["uid"] = Guid.NewGuid().ToString(),
                    ["creationTimestamp"] = store.Now(),
                    ["labels"] = new JsonObject { ["kubernetes.io/arch"] = "amd64", ["kubernetes.io/hostname"] = Node },
                },
                ["spec"] = new JsonObject(),
                ["status"] = new JsonObject
                {
                    ["capacity"] = Amounts(),
                    ["allocatable"] = Amounts(),
                    ["conditions"] = new JsonArray(
                        Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")
                    ),
                    ["nodeInfo"] = new JsonObject
                    {
                        ["kernelVersion"] = "6.12.0",
                        ["osImage"] = "Debian GNU/Linux 13 (trixie)",
                        ["containerRuntimeVersion"] = "containerd://2.2.0",
                        ["kubeletVersion"] = "v1.37.2",
                        ["operatingSystem"] = "linux",
                        ["architecture"] = "amd64",
                    },
                },
            }
        );

    public void Move()
    {
        if (store.Find("nodes", "", Node) is { } node)
        {
            node["status"]!["conditions"] = new JsonArray(
                NodeIsLost
                    ? Condition("Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
                    : Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")
            );
            var known = store.Find("nodes", "", Node)!["status"]!["conditions"]![0]!["status"]!.GetValue<string>();
            if (known != node["status"]!["conditions"]![0]!["status"]!.GetValue<string>())
            {
                store.Put("nodes", node);
            }
        }
        foreach (var pod in store.All("pods").Where(one => one["status"] is JsonObject && one["spec"] is JsonObject))
        {
            if (NodeIsLost)
            {
                Lose(pod);
            }
            else if (pod["status"]!["conditions"] is null || lost.Remove(Uid(pod)))
            {
                Run(pod);
            }
        }
    }

    /// <summary>Null when it may be made.</summary>
    public KubeRefusal? Refusal(JsonObject pod)
    {
        var (space, name) = (
            pod["metadata"]!["namespace"]!.GetValue<string>(),
            pod["metadata"]!["name"]!.GetValue<string>()
        );
        foreach (var quota in store.All("resourcequotas", space))
        {
            if (
                quota["spec"]?["hard"]?["pods"] is { } hard
                && int.Parse(KubeDefaults.Quantity(hard), CultureInfo.InvariantCulture) is var most
            )
            {
                var there = store.All("pods", space).Count;
                if (there + 1 > most)
                {
                    return new KubeRefusal(
                        403,
                        "Forbidden",
                        $"pods \"{name}\" is forbidden: exceeded quota: {quota["metadata"]!["name"]}, requested: pods=1, used: pods={there}, limited: pods={most}",
                        new JsonObject { ["name"] = name, ["kind"] = "pods" }
                    );
                }
            }
        }
        return null;
    }

    private void Run(JsonObject pod)
    {
        var status = pod["status"]!.AsObject();
        var image = pod["spec"]!["containers"]![0]!["image"]?.GetValue<string>() ?? "missing:missing";
        var tag = image[(image.LastIndexOf(':') + 1)..];
        if (tag.Contains("nowhere", StringComparison.Ordinal))
        {
            status["phase"] = "Pending";
            status["conditions"] = new JsonArray(
                Condition("PodScheduled", "False", "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.")
            );
            Put(pod);
            return;
        }
        pod["spec"]!["nodeName"] = Node;
        var now = store.Now();
        var missing = tag.Contains("missing", StringComparison.Ordinal);
        var crash = tag.Contains("crash", StringComparison.Ordinal);
        var oom = tag.Contains("oom", StringComparison.Ordinal);
        var ready = !missing && !crash && !oom;
        status["phase"] = missing ? "Pending" : "Running";
        status["conditions"] = new JsonArray(
            Condition("PodScheduled", "True"),
            Condition("Initialized", "True"),
            Condition("ContainersReady", ready ? "True" : "False"),
            Condition("Ready", ready ? "True" : "False")
        );
        status["hostIP"] = "10.9.9.1";
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(image)));
        status["podIP"] ??=
            $"10.1.{Convert.ToInt32(digest[..2], 16)}.{Math.Abs(pod["metadata"]!["uid"]!.GetValue<string>().GetHashCode(StringComparison.Ordinal)) % 250 + 2}";
        status["startTime"] ??= now;
        var name = pod["spec"]!["containers"]![0]!["name"]!.GetValue<string>();
        var state =
            ready ? new JsonObject { ["running"] = new JsonObject { ["startedAt"] = now } }
            : missing ? Waiting("ImagePullBackOff", $"Back-off pulling image \"{image}\": ErrImagePull: not found")
            : oom ? new JsonObject { ["terminated"] = Ended(137, "OOMKilled", now) }
            : Waiting(
                "CrashLoopBackOff",
                $"back-off 1m20s restarting failed container={name} pod={pod["metadata"]!["name"]}_{pod["metadata"]!["namespace"]}"
            );
        status["containerStatuses"] = new JsonArray(
            new JsonObject
            {
                ["name"] = name,
                ["state"] = state,
                ["lastState"] = crash ? new JsonObject { ["terminated"] = Ended(1, "Error", now) } : new JsonObject(),
                ["ready"] = ready,
                ["restartCount"] =
                    crash ? 4
                    : oom ? 1
                    : 0,
                ["image"] = image,
                ["imageID"] = missing
                    ? ""
                    : $"{(image.LastIndexOf(':') is > 0 and var end ? image[..end] : image)}@sha256:{digest}",
                ["started"] = ready,
            }
        );
        Put(pod);
    }

    /// <summary>Only the condition says it: what its containers said last stands.</summary>
    private void Lose(JsonObject pod)
    {
        if (pod["status"]!["conditions"] is not JsonArray conditions || !lost.Add(Uid(pod)))
        {
            return;
        }
        foreach (var one in conditions.OfType<JsonObject>().Where(one => one["type"]!.GetValue<string>() == "Ready"))
        {
            one["status"] = "False";
        }
        store.Put("pods", pod);
    }

    /// <summary>Written anew only when it is another.</summary>
    private void Put(JsonObject pod) => store.Put("pods", pod);

    private static string Uid(JsonObject pod) => pod["metadata"]!["uid"]!.GetValue<string>();

    private JsonObject Condition(string type, string status, string? reason = null, string? message = null)
    {
        var told = new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = store.Now(),
        };
        if (reason is not null)
        {
            told["reason"] = reason;
            told["message"] = message;
        }
        return told;
    }

    private static JsonObject Waiting(string reason, string message) =>
        new()
        {
            ["waiting"] = new JsonObject { ["reason"] = reason, ["message"] = message },
        };

    private static JsonObject Ended(int code, string reason, string at) =>
        new()
        {
            ["exitCode"] = code,
            ["reason"] = reason,
            ["startedAt"] = at,
            ["finishedAt"] = at,
        };

    private static JsonObject Amounts() =>
        new()
        {
            ["cpu"] = "4",
            ["memory"] = "8129112Ki",
            ["pods"] = "110",
        };
}
