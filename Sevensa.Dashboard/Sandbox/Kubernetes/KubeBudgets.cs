using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>Disruption budgets and quotas, whose controllers only count.</summary>
internal static class KubeBudgets
{
    public static void Move(KubeStore store)
    {
        foreach (var budget in store.All("poddisruptionbudgets.policy"))
        {
            var pods = store
                .All("pods", budget["metadata"]!["namespace"]!.GetValue<string>())
                .Where(pod => KubeSelectors.Matches(pod, budget["spec"]?["selector"]))
                .ToList();
            var healthy = pods.Count(pod =>
                (pod["status"]!["conditions"] as JsonArray ?? [])
                    .OfType<JsonObject>()
                    .Any(told =>
                        told["type"]!.GetValue<string>() == "Ready" && told["status"]!.GetValue<string>() == "True"
                    )
            );
            var least =
                budget["spec"]?["minAvailable"] is JsonValue value && value.TryGetValue<int>(out var count) ? count : 0;
            budget["status"] = new JsonObject
            {
                ["observedGeneration"] = 1,
                ["disruptionsAllowed"] = Math.Max(0, healthy - least),
                ["currentHealthy"] = healthy,
                ["desiredHealthy"] = least,
                ["expectedPods"] = pods.Count,
            };
            store.Put("poddisruptionbudgets.policy", budget);
        }
        foreach (var quota in store.All("resourcequotas"))
        {
            var pods = store.All("pods", quota["metadata"]!["namespace"]!.GetValue<string>()).Count;
            quota["status"] = new JsonObject
            {
                ["hard"] = quota["spec"]!["hard"]!.DeepClone(),
                ["used"] = new JsonObject
                {
                    ["pods"] = pods.ToString(System.Globalization.CultureInfo.InvariantCulture),
                },
            };
            store.Put("resourcequotas", quota);
        }
    }
}
