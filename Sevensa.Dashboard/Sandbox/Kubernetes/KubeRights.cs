using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <param name="Namespaces">Null for the whole cluster.</param>
internal sealed record KubeRule(
    IReadOnlyList<string>? Namespaces,
    string[] Groups,
    string[] Resources,
    string[] Verbs,
    string[]? Names = null
);

/// <summary>Who may do what: an administrator, and accounts with rules.</summary>
internal sealed class KubeRights
{
    public const string AdminToken = "made-up-admin-token";
    public const string RunnerToken = "made-up-runner-token";
    public const string Runner = "system:serviceaccount:sevensa-system:sevensa-runner";
    public const string Anonymous = "system:anonymous";
    private const string Admin = "admin";

    private readonly Dictionary<string, string> users = new(StringComparer.Ordinal)
    {
        [AdminToken] = Admin,
        [RunnerToken] = Runner,
    };

    private readonly Dictionary<string, List<KubeRule>> rules = new(StringComparer.Ordinal);

    /// <summary>The rules of the shipped role, in these namespaces.</summary>
    public static IReadOnlyList<KubeRule> Least(IReadOnlyList<string> namespaces)
    {
        string[] read = ["get", "list", "watch"];
        return
        [
            new(null, [""], ["namespaces", "nodes"], read),
            new(
                namespaces,
                [""],
                ["pods", "services", "configmaps", "persistentvolumeclaims", "resourcequotas", "limitranges"],
                read
            ),
            new(namespaces, [""], ["pods/log"], ["get"]),
            new(namespaces, ["events.k8s.io"], ["events"], read),
            new(
                namespaces,
                ["apps"],
                ["deployments", "replicasets", "statefulsets", "daemonsets", "controllerrevisions"],
                read
            ),
            new(namespaces, ["autoscaling"], ["horizontalpodautoscalers"], read),
            new(namespaces, ["networking.k8s.io"], ["networkpolicies", "ingresses"], read),
            new(namespaces, ["policy"], ["poddisruptionbudgets"], read),
            new(namespaces, ["apps"], ["deployments", "statefulsets", "daemonsets"], ["patch"]),
            new(namespaces, ["apps"], ["deployments/scale", "statefulsets/scale"], ["get", "patch"]),
            new(namespaces, ["autoscaling"], ["horizontalpodautoscalers"], ["patch"]),
            new(namespaces, ["networking.k8s.io"], ["networkpolicies"], ["create", "patch", "delete"]),
        ];
    }

    public void Give(string user, IEnumerable<KubeRule> given)
    {
        lock (rules)
        {
            rules[user] = [.. given];
        }
    }

    public void Add(string token, string user)
    {
        lock (rules)
        {
            users[token] = user;
        }
    }

    /// <exception cref="KubeRefusal">The token is nobody's.</exception>
    public string UserOf(string? authorization, string anonymous)
    {
        if (authorization is not { Length: > 0 })
        {
            return anonymous;
        }
        lock (rules)
        {
            return users.GetValueOrDefault(authorization.Replace("Bearer ", "", StringComparison.Ordinal))
                ?? throw new KubeRefusal(401, "Unauthorized", "Unauthorized");
        }
    }

    /// <exception cref="KubeRefusal">It has no right to it; this comes before whether it is there.</exception>
    public void Demand(string user, string verb, KubeResource resource, string? part, string? @namespace, string name)
    {
        if (May(user, verb, resource.Group, Part(resource.Name, part), @namespace, name))
        {
            return;
        }
        var named = name.Length == 0 ? "" : $" \"{name}\"";
        var where = @namespace is null ? "at the cluster scope" : $"in the namespace \"{@namespace}\"";
        throw new KubeRefusal(
            403,
            "Forbidden",
            $"{resource.Full}{named} is forbidden: User \"{user}\" cannot {verb} resource \"{Part(resource.Name, part)}\" in API group \"{resource.Group}\" {where}",
            KubeRefusal.Of(resource, name)
        );
    }

    public bool May(string user, string verb, string group, string resource, string? @namespace, string name) =>
        user == Admin
        || RulesOf(user, @namespace)
            .Any(rule =>
                rule.Groups.Contains(group)
                && rule.Resources.Contains(resource)
                && rule.Verbs.Contains(verb)
                && (rule.Names is null || rule.Names.Contains(name))
            );

    /// <summary>What <c>SelfSubjectRulesReview</c> answers.</summary>
    public JsonArray Review(string user, string @namespace) =>
        [
            .. RulesOf(user, @namespace)
                .Select(rule => new JsonObject
                {
                    ["verbs"] = Array(rule.Verbs),
                    ["apiGroups"] = Array(rule.Groups),
                    ["resources"] = Array(rule.Resources),
                }),
            new JsonObject
            {
                ["verbs"] = Array(["create"]),
                ["apiGroups"] = Array(["authorization.k8s.io"]),
                ["resources"] = Array(["selfsubjectaccessreviews", "selfsubjectrulesreviews"]),
            },
        ];

    private List<KubeRule> RulesOf(string user, string? @namespace)
    {
        lock (rules)
        {
            return
            [
                .. (rules.GetValueOrDefault(user) ?? []).Where(rule =>
                    rule.Namespaces is null || (@namespace is not null && rule.Namespaces.Contains(@namespace))
                ),
            ];
        }
    }

    private static string Part(string resource, string? part) => part is null ? resource : $"{resource}/{part}";

    private static JsonArray Array(IEnumerable<string> words) => [.. words.Select(word => JsonValue.Create(word))];
}
