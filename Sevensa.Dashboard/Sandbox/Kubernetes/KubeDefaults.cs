using System.Globalization;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>What the API server fills in, and how it writes quantities back.</summary>
internal static class KubeDefaults
{
    private static readonly string[] PodFields =
    [
        "containers",
        "initContainers",
        "volumes",
        "restartPolicy",
        "terminationGracePeriodSeconds",
        "dnsPolicy",
        "dnsConfig",
        "securityContext",
        "schedulerName",
        "serviceAccountName",
        "serviceAccount",
        "automountServiceAccountToken",
        "nodeName",
        "nodeSelector",
        "affinity",
        "tolerations",
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "hostname",
        "subdomain",
        "hostAliases",
        "imagePullSecrets",
        "priority",
        "priorityClassName",
        "topologySpreadConstraints",
        "enableServiceLinks",
        "preemptionPolicy",
        "shareProcessNamespace",
        "activeDeadlineSeconds",
        "readinessGates",
        "runtimeClassName",
    ];

    private static readonly string[] ContainerFields =
    [
        "name",
        "image",
        "command",
        "args",
        "workingDir",
        "ports",
        "env",
        "envFrom",
        "resources",
        "volumeMounts",
        "readinessProbe",
        "livenessProbe",
        "startupProbe",
        "lifecycle",
        "imagePullPolicy",
        "securityContext",
        "stdin",
        "stdinOnce",
        "tty",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "restartPolicy",
    ];

    /// <summary>Where its pod template is; null for what has none.</summary>
    public static JsonObject? TemplateOf(JsonObject one) =>
        one["kind"]?.GetValue<string>() == "CronJob"
            ? one["spec"]?["jobTemplate"]?["spec"]?["template"] as JsonObject
            : one["spec"]?["template"] as JsonObject;

    /// <summary>Members that nobody knows, by their paths.</summary>
    public static IReadOnlyList<string> Unknown(JsonObject one)
    {
        var unknown = new List<string>();
        if (TemplateOf(one)?["spec"] is JsonObject spec)
        {
            unknown.AddRange(
                spec.Select(member => member.Key).Except(PodFields).Select(name => $"spec.template.spec.{name}")
            );
            foreach (
                var (container, index) in (spec["containers"] as JsonArray ?? [])
                    .OfType<JsonObject>()
                    .Select((c, n) => (c, n))
            )
            {
                unknown.AddRange(
                    container
                        .Select(member => member.Key)
                        .Except(ContainerFields)
                        .Select(name =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"spec.template.spec.containers[{index}].{name}"
                            )
                        )
                );
            }
        }
        return unknown;
    }

    public static void Fill(KubeResource resource, JsonObject one)
    {
        var spec = one["spec"] as JsonObject;
        if (TemplateOf(one)?["spec"] is JsonObject pod)
        {
            FillPod(pod);
            (TemplateOf(one)!["metadata"] as JsonObject)?.Remove("creationTimestamp");
        }
        else if (resource.Kind == "Pod" && spec is not null)
        {
            FillPod(spec);
        }
        switch (resource.Kind)
        {
            case "Deployment" when spec is not null:
                Set(spec, "replicas", 1);
                Set(spec, "strategy", new JsonObject { ["type"] = "RollingUpdate" });
                if (spec["strategy"]!["type"]?.GetValue<string>() == "RollingUpdate")
                {
                    Set(
                        spec["strategy"]!.AsObject(),
                        "rollingUpdate",
                        new JsonObject { ["maxUnavailable"] = "25%", ["maxSurge"] = "25%" }
                    );
                }
                Set(spec, "revisionHistoryLimit", 10);
                Set(spec, "progressDeadlineSeconds", 600);
                Set(one, "status", new JsonObject());
                break;
            case "StatefulSet" or "DaemonSet" when spec is not null:
                Set(one, "status", new JsonObject());
                break;
            case "HorizontalPodAutoscaler" when spec is not null:
                Set(spec, "minReplicas", 1);
                Set(one, "status", new JsonObject { ["desiredReplicas"] = 0, ["currentMetrics"] = null });
                break;
            case "Namespace":
                Set(one, "spec", new JsonObject { ["finalizers"] = new JsonArray("kubernetes") });
                Set(one, "status", new JsonObject { ["phase"] = "Active" });
                break;
            case "Pod":
                Set(one, "status", new JsonObject { ["phase"] = "Pending", ["qosClass"] = "Burstable" });
                break;
            case "ResourceQuota":
                Set(one, "status", new JsonObject());
                break;
        }
    }

    private static void FillPod(JsonObject pod)
    {
        foreach (var container in (pod["containers"] as JsonArray ?? []).OfType<JsonObject>())
        {
            foreach (var port in (container["ports"] as JsonArray ?? []).OfType<JsonObject>())
            {
                Set(port, "protocol", "TCP");
            }
            Set(container, "resources", new JsonObject());
            foreach (var side in new[] { "limits", "requests" })
            {
                if (container["resources"]![side] is JsonObject amounts)
                {
                    foreach (var (name, value) in amounts.ToList())
                    {
                        amounts[name] = Quantity(value);
                    }
                }
            }
            foreach (var probe in new[] { "readinessProbe", "livenessProbe", "startupProbe" })
            {
                if (container[probe] is JsonObject asked)
                {
                    if (asked["httpGet"] is JsonObject get)
                    {
                        Set(get, "scheme", "HTTP");
                    }
                    Set(asked, "timeoutSeconds", 1);
                    Set(asked, "periodSeconds", 10);
                    Set(asked, "successThreshold", 1);
                    Set(asked, "failureThreshold", 3);
                }
            }
            Set(container, "terminationMessagePath", "/dev/termination-log");
            Set(container, "terminationMessagePolicy", "File");
            Set(container, "imagePullPolicy", "IfNotPresent");
        }
        Set(pod, "restartPolicy", "Always");
        Set(pod, "terminationGracePeriodSeconds", 30);
        Set(pod, "dnsPolicy", "ClusterFirst");
        Set(pod, "securityContext", new JsonObject());
        Set(pod, "schedulerName", "default-scheduler");
    }

    /// <summary>Canonical: <c>1000m</c> is 1, <c>1024Mi</c> is 1Gi, <c>0.5</c> is 500m; numbers become texts.</summary>
    internal static string Quantity(JsonNode? value)
    {
        var text =
            value?.GetValueKind() == System.Text.Json.JsonValueKind.String
                ? value.GetValue<string>()
                : value?.ToJsonString() ?? "";
        string[] binary = ["Ki", "Mi", "Gi", "Ti"];
        for (var step = 0; step < binary.Length; step++)
        {
            if (
                text.EndsWith(binary[step], StringComparison.Ordinal)
                && long.TryParse(text[..^2], CultureInfo.InvariantCulture, out var count)
            )
            {
                while (step < binary.Length - 1 && count > 0 && count % 1024 == 0)
                {
                    (count, step) = (count / 1024, step + 1);
                }
                return string.Create(CultureInfo.InvariantCulture, $"{count}{binary[step]}");
            }
        }
        var thousandths =
            text.EndsWith('m')
            && decimal.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var small)
                ? small
            : !text.Contains('e', StringComparison.OrdinalIgnoreCase)
            && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var whole)
                ? whole * 1000
            : -1;
        return thousandths < 0 ? text
            : thousandths % 1000 == 0 ? string.Create(CultureInfo.InvariantCulture, $"{(long)(thousandths / 1000)}")
            : string.Create(CultureInfo.InvariantCulture, $"{(long)Math.Ceiling(thousandths)}m");
    }

    private static void Set(JsonObject one, string name, JsonNode value)
    {
        if (one[name] is null)
        {
            one[name] = value;
        }
    }
}
