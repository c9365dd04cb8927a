using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>What else there is in a cluster → what the dashboard may know of it.</summary>
internal static class ThingReader
{
    public static NodeFacts Node(JsonElement one)
    {
        var ready = PodReader.Condition(one, "Ready");
        return new NodeFacts(
            one.Text("metadata", "name"),
            ready?.Text("status") == "True",
            ready?.Text("status") == "True" ? "" : ready?.Text("message") ?? "It has not reported yet.",
            one.Flag("spec", "unschedulable"),
            [.. one.Items("spec", "taints").Select(taint => $"{taint.Text("key")}:{taint.Text("effect")}")],
            Quantities.Number(one.Text("status", "allocatable", "cpu")),
            (long)Quantities.Number(one.Text("status", "allocatable", "memory")),
            (int)Quantities.Number(one.Text("status", "allocatable", "pods")),
            one.Text("status", "nodeInfo", "architecture"),
            one.Text("status", "nodeInfo", "osImage"),
            one.Text("status", "nodeInfo", "kernelVersion"),
            one.Text("status", "nodeInfo", "containerRuntimeVersion"),
            one.Text("status", "nodeInfo", "kubeletVersion"),
            ready?.Time("lastHeartbeatTime") ?? 0
        );
    }

    public static ServiceFacts Service(JsonElement one, string? tenant) =>
        new(
            one.Text("metadata", "namespace"),
            one.Text("metadata", "name"),
            tenant,
            one.Text("spec", "type"),
            one.Text("spec", "clusterIP"),
            [
                .. one.Items("spec", "ports")
                    .Select(port =>
                        $"{port.Text("port")}→{(port.Text("targetPort") is { Length: > 0 } target ? target : port.Text("port"))}/{Protocol(port)}"
                    ),
            ],
            one.Words("spec", "selector"),
            one.Words("metadata", "labels")
        );

    public static RouteFacts Ingress(JsonElement one, string? tenant)
    {
        var rules = new List<string>();
        var services = new List<string>();
        foreach (var rule in one.Items("spec", "rules"))
        {
            foreach (var path in rule.Items("http", "paths"))
            {
                var service = path.Text("backend", "service", "name");
                var port = path.Text("backend", "service", "port", "name") is { Length: > 0 } named
                    ? named
                    : path.Text("backend", "service", "port", "number");
                rules.Add(
                    $"{(rule.Text("host") is { Length: > 0 } host ? host : "*")}{path.Text("path")} → {service}:{port}"
                );
                services.Add(service);
            }
        }
        if (one.Text("spec", "defaultBackend", "service", "name") is { Length: > 0 } rest)
        {
            rules.Add($"* → {rest}");
            services.Add(rest);
        }
        return Route("Ingress", one, tenant, rules, services, one.Items("spec", "tls").Count > 0);
    }

    /// <summary>Traefik's own kind.</summary>
    public static RouteFacts TraefikRoute(JsonElement one, string? tenant)
    {
        var rules = new List<string>();
        var services = new List<string>();
        foreach (var route in one.Items("spec", "routes"))
        {
            var names = route.Items("services").Select(service => service.Text("name")).ToList();
            rules.Add($"{route.Text("match")} → {string.Join(", ", names)}");
            services.AddRange(names);
        }
        return Route("IngressRoute", one, tenant, rules, services, one.At("spec", "tls") is not null);
    }

    public static ClaimFacts Claim(JsonElement one, string? tenant) =>
        new(
            one.Text("metadata", "namespace"),
            one.Text("metadata", "name"),
            tenant,
            one.Text("status", "phase"),
            one.Text("status", "capacity", "storage") is { Length: > 0 } size
                ? size
                : one.Text("spec", "resources", "requests", "storage"),
            one.Text("spec", "storageClassName"),
            [.. one.Items("spec", "accessModes").Select(mode => mode.GetString() ?? "")],
            []
        );

    public static NetworkPolicyFacts Policy(JsonElement one, string? tenant)
    {
        var spec = one.At("spec") ?? default;
        return new NetworkPolicyFacts(
            one.Text("metadata", "namespace"),
            one.Text("metadata", "name"),
            one.Text("metadata", "uid"),
            one.Text("metadata", "resourceVersion"),
            tenant,
            Selector(spec.At("podSelector")),
            [.. spec.Items("policyTypes").Select(type => type.GetString() ?? "")],
            [.. spec.Items("ingress").Select(rule => Rule(rule, "from"))],
            [.. spec.Items("egress").Select(rule => Rule(rule, "to"))],
            spec.ValueKind == JsonValueKind.Object ? System.Text.Encoding.UTF8.GetString(CanonicalJson.Of(spec)) : "{}"
        );
    }

    public static AutoscalerFacts Autoscaler(JsonElement one, string? tenant)
    {
        var conditions = WorkloadReader.Conditions(one);
        var stopped = conditions.FirstOrDefault(told =>
            told is { Type: "AbleToScale" or "ScalingActive", Status: not "True" }
        );
        var minimum = one.Count("spec", "minReplicas") ?? 1;
        return new AutoscalerFacts(
            one.Text("metadata", "namespace"),
            one.Text("metadata", "name"),
            one.Text("metadata", "uid"),
            one.Text("metadata", "resourceVersion"),
            tenant,
            ClusterKeys.Of(
                one.Text("spec", "scaleTargetRef", "kind"),
                one.Text("metadata", "namespace"),
                one.Text("spec", "scaleTargetRef", "name")
            ),
            minimum,
            one.Count("spec", "maxReplicas") ?? minimum,
            one.Count("status", "currentReplicas") ?? 0,
            one.Count("status", "desiredReplicas") ?? 0,
            [.. one.Items("spec", "metrics").Select(Metric)],
            conditions.Any(told => told is { Type: "ScalingActive", Status: "True" }),
            stopped is null ? null : $"{stopped.Reason}: {stopped.Message}",
            conditions
        );
    }

    public static QuotaFacts Quota(JsonElement one, string? tenant) =>
        new(
            one.Text("metadata", "namespace"),
            one.Text("metadata", "name"),
            tenant,
            // What its controller has seen; before it has, what was asked for.
            one.Words("status", "hard")
                is { Count: > 0 } hard
                ? hard
                : one.Words("spec", "hard"),
            one.Words("status", "used")
        );

    public static DisruptionBudgetFacts Budget(JsonElement one, string? tenant) =>
        new(
            one.Text("metadata", "namespace"),
            one.Text("metadata", "name"),
            tenant,
            one.Words("spec", "selector", "matchLabels"),
            one.Text("spec", "minAvailable") is { Length: > 0 } least
                ? $"minAvailable {least}"
                : $"maxUnavailable {one.Text("spec", "maxUnavailable")}",
            one.Count("status", "currentHealthy") ?? 0,
            one.Count("status", "desiredHealthy") ?? 0,
            one.Count("status", "expectedPods") ?? 0,
            one.Count("status", "disruptionsAllowed") ?? 0
        );

    /// <summary>Of either API group, and of old and new recorders.</summary>
    public static ClusterEvent Event(JsonElement one, string? tenant)
    {
        var about = one.At("regarding") ?? one.At("involvedObject") ?? default;
        var count = one.Count("series", "count") ?? one.Count("deprecatedCount") ?? one.Count("count") ?? 1;
        var first = First(
            one.Time("deprecatedFirstTimestamp"),
            one.Time("firstTimestamp"),
            one.Time("eventTime"),
            one.Time("metadata", "creationTimestamp")
        );
        var last = First(
            one.Time("series", "lastObservedTime"),
            one.Time("deprecatedLastTimestamp"),
            one.Time("lastTimestamp"),
            first
        );
        return new ClusterEvent(
            one.Text("metadata", "namespace"),
            one.Text("metadata", "name"),
            tenant,
            one.Text("type"),
            one.Text("reason"),
            one.Text("note") is { Length: > 0 } note ? note : one.Text("message"),
            ClusterKeys.Of(about.Text("kind"), about.Text("namespace"), about.Text("name")),
            count,
            first,
            last,
            one.Text("reportingController") is { Length: > 0 } who ? who : one.Text("reportingComponent")
        );
    }

    private static long First(params ReadOnlySpan<long> times)
    {
        foreach (var at in times)
        {
            if (at > 0)
            {
                return at;
            }
        }
        return 0;
    }

    private static RouteFacts Route(
        string kind,
        JsonElement one,
        string? tenant,
        IReadOnlyList<string> rules,
        IReadOnlyList<string> services,
        bool tls
    ) =>
        new(
            kind,
            one.Text("metadata", "namespace"),
            one.Text("metadata", "name"),
            tenant,
            rules,
            [.. services.Where(name => name.Length > 0).Distinct(StringComparer.Ordinal)],
            tls
        );

    private static string Metric(JsonElement metric)
    {
        var type = metric.Text("type");
        var body = metric.At(type.Length == 0 ? "resource" : char.ToLowerInvariant(type[0]) + type[1..]) ?? default;
        var name = body.Text("name") is { Length: > 0 } word ? word : body.Text("metric", "name");
        return body.Count("target", "averageUtilization") is { } percent
            ? string.Create(CultureInfo.InvariantCulture, $"{name} {percent} %")
            : $"{name} {(body.Text("target", "averageValue") is { Length: > 0 } value ? value : body.Text("target", "value"))}".TrimEnd();
    }

    private static NetworkRule Rule(JsonElement rule, string side) =>
        new(
            [.. rule.Items(side).Select(Peer)],
            [
                .. rule.Items("ports")
                    .Select(port =>
                        port.Text("endPort") is { Length: > 0 } end
                            ? $"{port.Text("port")}-{end}/{Protocol(port)}"
                            : $"{port.Text("port")}/{Protocol(port)}"
                    ),
            ]
        );

    private static string Peer(JsonElement peer)
    {
        if (peer.At("ipBlock") is { } block)
        {
            var except = block.Items("except").Select(one => one.GetString()).ToList();
            return except.Count == 0 ? block.Text("cidr") : $"{block.Text("cidr")} except {string.Join(", ", except)}";
        }
        var pods = peer.At("podSelector") is { } selected ? $"pods {Words(Selector(selected))}" : null;
        var spaces = peer.At("namespaceSelector") is { } named ? $"namespaces {Words(Selector(named))}" : null;
        return pods is not null && spaces is not null ? $"{pods} in {spaces}" : pods ?? spaces ?? "anybody";
    }

    private static string Words(IReadOnlyList<string> selector) =>
        selector.Count == 0 ? "all" : string.Join(", ", selector);

    private static IReadOnlyList<string> Selector(JsonElement? selector) =>
        selector is not { } given
            ? []
            :
            [
                .. given.Words("matchLabels").Select(label => $"{label.Key}={label.Value}"),
                .. given
                    .Items("matchExpressions")
                    .Select(one =>
                        $"{one.Text("key")} {one.Text("operator").ToLowerInvariant()} ({string.Join(",", one.Items("values").Select(value => value.GetString()))})"
                    ),
            ];

    private static string Protocol(JsonElement port) =>
        (port.Text("protocol") is { Length: > 0 } word ? word : "TCP").ToLowerInvariant();
}
