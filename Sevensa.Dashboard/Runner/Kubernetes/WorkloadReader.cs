using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>A Deployment, StatefulSet, DaemonSet or CronJob → what the dashboard may know of it. No value of its environment leaves the cluster.</summary>
internal static class WorkloadReader
{
    private const string ServiceLabel = "sevensa.service";
    private const string NameLabel = "app.kubernetes.io/name";
    private const string RevisionNote = "deployment.kubernetes.io/revision";
    private const string RoleLabel = "sevensa.role";

    public static WorkloadFacts Read(string kind, JsonElement one, string? tenant)
    {
        var labels = one.Words("metadata", "labels");
        var spec = one.At("spec") ?? default;
        var template =
            (kind == WorkloadKinds.CronJob ? spec.At("jobTemplate", "spec", "template") : spec.At("template"))
            ?? default;
        var name = one.Text("metadata", "name");
        var (wanted, there, updated, ready, available) = Numbers(kind, one);
        var hasTemplate = template.ValueKind == JsonValueKind.Object;
        return new WorkloadFacts(
            kind,
            one.Text("metadata", "namespace"),
            name,
            one.Text("metadata", "uid"),
            one.Text("metadata", "resourceVersion"),
            one.Number("metadata", "generation"),
            kind == WorkloadKinds.CronJob
                ? one.Number("metadata", "generation")
                : one.Number("status", "observedGeneration"),
            tenant,
            ServiceOf(labels, name),
            wanted,
            there,
            updated,
            ready,
            available,
            one.Count("status", "terminatingReplicas"),
            spec.Flag(kind == WorkloadKinds.CronJob ? "suspend" : "paused"),
            hasTemplate ? TemplateHash.Of(template) : "",
            spec.ValueKind == JsonValueKind.Object ? TemplateHash.OfSpec(spec) : "",
            RevisionOf(kind, one),
            [
                .. template.Items("spec", "initContainers").Select(container => Container(container, init: true)),
                .. template.Items("spec", "containers").Select(container => Container(container, init: false)),
            ],
            [],
            Conditions(one),
            StrategyOf(kind, spec),
            spec.Count("progressDeadlineSeconds") ?? 0,
            spec.Count("revisionHistoryLimit") ?? 10,
            labels,
            spec.Words("selector", "matchLabels"),
            one.Time("metadata", "creationTimestamp"),
            kind == WorkloadKinds.CronJob ? spec.Text("schedule") : null,
            one.Time("status", "lastScheduleTime"),
            labels.GetValueOrDefault(RoleLabel) is ("dashboard" or "runner") and var role ? role : null,
            hasTemplate ? PodSecurity.Of(template) : null
        );
    }

    public static string ServiceOf(IReadOnlyDictionary<string, string> labels, string name) =>
        labels.GetValueOrDefault(ServiceLabel) is { Length: > 0 } service ? service
        : labels.GetValueOrDefault(NameLabel) is { Length: > 0 } app ? app
        : name;

    public static IReadOnlyList<ConditionFacts> Conditions(JsonElement one) =>
        [
            .. one.Items("status", "conditions")
                .Select(told => new ConditionFacts(
                    told.Text("type"),
                    told.Text("status"),
                    told.Text("reason"),
                    told.Text("message"),
                    told.Time("lastTransitionTime")
                )),
        ];

    private static (int Wanted, int There, int Updated, int Ready, int Available) Numbers(
        string kind,
        JsonElement one
    ) =>
        kind switch
        {
            WorkloadKinds.DaemonSet => (
                one.Count("status", "desiredNumberScheduled") ?? 0,
                one.Count("status", "currentNumberScheduled") ?? 0,
                one.Count("status", "updatedNumberScheduled") ?? 0,
                one.Count("status", "numberReady") ?? 0,
                one.Count("status", "numberAvailable") ?? 0
            ),
            WorkloadKinds.CronJob => (0, one.Items("status", "active").Count, 0, 0, 0),
            _ => (
                one.Count("spec", "replicas") ?? 1,
                one.Count("status", "replicas") ?? 0,
                one.Count("status", "updatedReplicas") ?? 0,
                one.Count("status", "readyReplicas") ?? 0,
                one.Count("status", "availableReplicas") ?? 0
            ),
        };

    private static string? RevisionOf(string kind, JsonElement one) =>
        kind switch
        {
            WorkloadKinds.Deployment => one.Words("metadata", "annotations").GetValueOrDefault(RevisionNote),
            WorkloadKinds.StatefulSet => one.Text("status", "updateRevision") is { Length: > 0 } name ? name : null,
            _ => null,
        };

    private static string StrategyOf(string kind, JsonElement spec)
    {
        var strategy = spec.At(kind == WorkloadKinds.Deployment ? "strategy" : "updateStrategy") ?? default;
        var type = strategy.Text("type");
        return
            type == "RollingUpdate" && strategy.At("rollingUpdate") is { } rolling && kind == WorkloadKinds.Deployment
            ? $"{type} {rolling.Text("maxUnavailable")}/{rolling.Text("maxSurge")}"
            : type;
    }

    private static WorkloadContainer Container(JsonElement one, bool init)
    {
        var environment = one.Items("env");
        return new WorkloadContainer(
            one.Text("name"),
            one.Text("image"),
            Some(one.Text("resources", "requests", "cpu")),
            Some(one.Text("resources", "limits", "cpu")),
            Some(one.Text("resources", "requests", "memory")),
            Some(one.Text("resources", "limits", "memory")),
            [.. new[] { "readiness", "liveness", "startup" }.Where(probe => one.At($"{probe}Probe") is not null)],
            [
                .. one.Items("ports")
                    .Select(port =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{port.Number("containerPort")}/{(port.Text("protocol") is { Length: > 0 } word ? word : "TCP").ToLowerInvariant()}"
                        )
                    ),
            ],
            [.. environment.Select(variable => variable.Text("name")).Order(StringComparer.Ordinal)],
            [
                .. environment
                    .Select(variable => variable.Text("valueFrom", "secretKeyRef", "name"))
                    .Concat(one.Items("envFrom").Select(source => source.Text("secretRef", "name")))
                    .Where(secret => secret.Length > 0)
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ],
            init
        );
    }

    private static string? Some(string text) => text.Length == 0 ? null : text;
}
