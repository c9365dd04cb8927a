using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>Autoscalers without figures: they only hold what somebody sets within their bounds. At zero they are off; two of one target both stop.</summary>
internal static class KubeAutoscalers
{
    private const string Place = "horizontalpodautoscalers.autoscaling";
    private const string Deployments = "deployments.apps";

    public static void Move(KubeStore store)
    {
        var all = store.All(Place);
        foreach (var one in all)
        {
            var space = one["metadata"]!["namespace"]!.GetValue<string>();
            var target = one["spec"]!["scaleTargetRef"]!["name"]!.GetValue<string>();
            var found = store.Find(Deployments, space, target);
            var shared =
                all.Count(other =>
                    other["metadata"]!["namespace"]!.GetValue<string>() == space
                    && other["spec"]!["scaleTargetRef"]!["name"]!.GetValue<string>() == target
                ) > 1;
            var now = found?["spec"]!["replicas"]!.GetValue<int>() ?? 0;
            var (least, most) = (
                one["spec"]!["minReplicas"]!.GetValue<int>(),
                one["spec"]!["maxReplicas"]!.GetValue<int>()
            );
            var held = now == 0 || shared || found is null ? now : Math.Clamp(now, least, most);
            if (found is not null && held != now)
            {
                found["spec"]!["replicas"] = held;
                found["metadata"]!["generation"] = found["metadata"]!["generation"]!.GetValue<long>() + 1;
                store.Put(Deployments, found);
            }
            var was = one["status"]?["conditions"] as JsonArray;
            one["status"] = new JsonObject
            {
                ["currentReplicas"] = now,
                ["desiredReplicas"] = held == now ? 0 : held,
                ["currentMetrics"] = null,
                ["conditions"] = new JsonArray([
                    .. Conditions(store, target, found is null, now, shared).Select(told => Kept(told, was)),
                ]),
            };
            store.Put(Place, one);
        }
    }

    private static JsonObject Kept(JsonObject told, JsonArray? was)
    {
        var before = (was ?? [])
            .OfType<JsonObject>()
            .FirstOrDefault(one => one["type"]!.GetValue<string>() == told["type"]!.GetValue<string>());
        if (before is not null && before["status"]!.GetValue<string>() == told["status"]!.GetValue<string>())
        {
            told["lastTransitionTime"] = before["lastTransitionTime"]!.DeepClone();
        }
        return told;
    }

    private static IEnumerable<JsonObject> Conditions(
        KubeStore store,
        string target,
        bool missing,
        int now,
        bool shared
    )
    {
        if (missing)
        {
            yield return Of(
                "AbleToScale",
                "False",
                "FailedGetScale",
                $"the HPA controller was unable to get the target's current scale: deployments.apps \"{target}\" not found"
            );
            yield break;
        }
        yield return Of(
            "AbleToScale",
            "True",
            "SucceededGetScale",
            "the HPA controller was able to get the target's current scale"
        );
        yield return shared
            ? Of("ScalingActive", "False", "AmbiguousSelector", "pods by selector are controlled by multiple HPAs")
        : now == 0
            ? Of(
                "ScalingActive",
                "False",
                "ScalingDisabled",
                "scaling is disabled since the replica count of the target is zero"
            )
        : Of(
            "ScalingActive",
            "False",
            "FailedGetResourceMetric",
            "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
        );

        JsonObject Of(string type, string status, string reason, string message) =>
            new()
            {
                ["type"] = type,
                ["status"] = status,
                ["lastTransitionTime"] = store.Now(),
                ["reason"] = reason,
                ["message"] = message,
            };
    }
}
