using System.Text;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>What the runner's role lacks of what it is shipped with, asked of the cluster itself.</summary>
internal static class RightsReview
{
    private const string Path = "apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    private const string MetricsGroup = "metrics.k8s.io";

    private sealed record Wanted(string Verb, string Group, string Resource, string Costs, params string[] Kinds)
    {
        public string Right => $"{Verb} {(Group.Length == 0 ? Resource : Named)}";

        private string Named =>
            Resource.Split('/', 2) is [var whole, var part] ? $"{whole}.{Group}/{part}" : $"{Resource}.{Group}";
    }

    private static readonly Wanted[] Deeds =
    [
        new(
            "patch",
            "apps",
            "deployments",
            "Deployments can't be restarted, deployed, rolled back or given other resources.",
            "workload.restart",
            "workload.deploy",
            "workload.rollback",
            "workload.resources"
        ),
        new(
            "patch",
            "apps",
            "statefulsets",
            "StatefulSets can't be restarted, deployed, rolled back or given other resources."
        ),
        new(
            "patch",
            "apps",
            "daemonsets",
            "DaemonSets can't be restarted, deployed, rolled back or given other resources."
        ),
        new("patch", "apps", "deployments/scale", "Deployments can't be scaled.", "workload.scale"),
        new("patch", "apps", "statefulsets/scale", "StatefulSets can't be scaled."),
        new("patch", "autoscaling", "horizontalpodautoscalers", "Autoscalers can't be changed.", "autoscaler.edit"),
        new("create", "networking.k8s.io", "networkpolicies", "Network policies can't be made.", "network.policy"),
        new("patch", "networking.k8s.io", "networkpolicies", "Network policies can't be changed.", "network.policy"),
        new(
            "delete",
            "networking.k8s.io",
            "networkpolicies",
            "A network policy can't be taken back.",
            "network.policy"
        ),
        new("get", "", "pods/log", "Logs of pods can't be read."),
    ];

    private static readonly Wanted[] More =
    [
        new("list", MetricsGroup, "pods", "What pods use is not measured by the cluster itself."),
    ];

    /// <param name="groups">API groups that are served; null when that is not known.</param>
    /// <exception cref="KubeException">It could not be asked.</exception>
    public static async Task<IReadOnlyList<MissingRight>> AskAsync(
        KubeApi api,
        string @namespace,
        IReadOnlyList<string>? groups,
        CancellationToken cancellation
    )
    {
        var asked = $$"""
            {"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectRulesReview","spec":{ "namespace":"{{JsonEncodedText.Encode(
                @namespace
            )}}" } }
            """;
        var answer = await api.SendAsync(
            HttpMethod.Post,
            Path,
            KubeApi.Json,
            Encoding.UTF8.GetBytes(asked),
            cancellation
        );
        return Missing(answer.Body, @namespace, groups);
    }

    internal static IReadOnlyList<MissingRight> Missing(
        JsonElement review,
        string @namespace,
        IReadOnlyList<string>? groups
    )
    {
        if (review.Flag("status", "incomplete"))
        {
            // An authorizer that can't list its rules: what is not in the answer may be allowed all the same.
            return [];
        }
        var rules = review.Items("status", "resourceRules");
        var reads = WatchedKind
            .OfNamespaces.Where(kind => !kind.Optional || groups?.Contains(kind.Group) == true)
            .SelectMany(kind =>
                new[] { "list", "watch" }.Select(verb => new Wanted(verb, kind.Group, kind.Resource, kind.Costs))
            );
        return
        [
            .. reads
                .Concat(Deeds)
                .Concat(More.Where(one => groups?.Contains(one.Group) == true))
                .Where(wanted => !rules.Any(rule => Gives(rule, wanted)))
                .Select(wanted => new MissingRight(@namespace, wanted.Right, wanted.Costs, wanted.Kinds)),
        ];
    }

    private static bool Gives(JsonElement rule, Wanted wanted) =>
        rule.Items("resourceNames").Count == 0
        && Has(rule.Items("verbs"), wanted.Verb)
        && Has(rule.Items("apiGroups"), wanted.Group)
        && (
            Has(rule.Items("resources"), wanted.Resource)
            || (
                wanted.Resource.Split('/', 2) is [_, var part]
                && rule.Items("resources").Any(one => one.GetString() == $"*/{part}")
            )
        );

    private static bool Has(IReadOnlyList<JsonElement> words, string word) =>
        words.Any(one => one.GetString() is { } text && (text == word || text == "*"));
}
