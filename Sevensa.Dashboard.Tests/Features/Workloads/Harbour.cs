using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Features.Workloads.Kinds;
using Sevensa.Dashboard.Runner.Kubernetes;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Workloads;

/// <summary>A tenant's namespace as a real cluster told of it, on a host whose runner can do everything.</summary>
internal sealed class Harbour
{
    public static WorkloadFacts Web { get; } = Workload("rollout done");

    public StubFleet Fleet { get; } =
        new()
        {
            Kinds =
            [
                WorkloadVerbs.Restart,
                WorkloadVerbs.Scale,
                WorkloadVerbs.Deploy,
                WorkloadVerbs.Resources,
                WorkloadVerbs.Autoscaler,
            ],
        };

    public StubLink Link { get; } =
        new() { OnPreview = _ => new WorkloadPreview(null, [new PreviewedChange("spec.x", "1", "2")], []) };

    public WorkloadPlanner Planner => new(Fleet, Link, TimeProvider.System);

    public static WorkloadFacts Workload(string exchange)
    {
        using var document = JsonDocument.Parse(Recorded.Of("kubernetes").First(one => one.Name == exchange).Body);
        return WorkloadReader.Read(WorkloadKinds.Deployment, document.RootElement, "rentguy");
    }

    public static PodFacts Pod(string name, bool ready, string reason = "", string words = "") =>
        new(
            "rentguy",
            name,
            $"uid-{name}",
            "1",
            "rentguy",
            Web.Key,
            "web",
            null,
            "node-1",
            "Running",
            ready,
            reason,
            words,
            0,
            "",
            1,
            2,
            0,
            [],
            new Dictionary<string, string>()
        );

    public static AutoscalerFacts Autoscaler(string name, int minimum, int maximum) =>
        new("rentguy", name, "u", "1", "rentguy", Web.Key, minimum, maximum, 2, 2, ["cpu 80 %"], true, null, []);

    public static QuotaFacts Quota(string hard, string used) =>
        new(
            "rentguy",
            "limits",
            "rentguy",
            new Dictionary<string, string> { ["pods"] = hard },
            new Dictionary<string, string> { ["pods"] = used }
        );

    public Harbour Has(
        WorkloadFacts? workload = null,
        IReadOnlyList<AutoscalerFacts>? autoscalers = null,
        IReadOnlyList<QuotaFacts>? quotas = null,
        IReadOnlyList<DisruptionBudgetFacts>? budgets = null,
        IReadOnlyList<PodFacts>? pods = null,
        IReadOnlyList<MissingRight>? missing = null
    )
    {
        Fleet.Clusters =
        [
            new HostedCluster(
                "h1",
                "vps-1",
                true,
                true,
                new ClusterSummary("v1.37.2", [new NamespaceFacts("rentguy", "rentguy")], missing ?? []),
                [workload ?? Web],
                pods ?? [Pod("web-1", true), Pod("web-2", true)],
                [],
                [],
                [],
                [],
                [],
                autoscalers ?? [],
                quotas ?? [],
                budgets ?? [],
                []
            ),
        ];
        return this;
    }

    public static PlanRequest Request(string parameters = "{}", string target = "web")
    {
        using var document = JsonDocument.Parse(parameters);
        return new PlanRequest(
            "p1",
            (TenantScope)null!,
            "rentguy",
            target,
            document.RootElement.Clone(),
            Callers.Operator
        );
    }
}
