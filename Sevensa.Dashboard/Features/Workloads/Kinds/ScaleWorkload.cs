using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Workloads.Kinds;

/// <summary><c>workload.scale</c></summary>
internal sealed class ScaleWorkload(WorkloadPlanner planner) : IActionKind
{
    private const string Replicas = "replicas";

    public string Name => WorkloadVerbs.Scale;

    public string Title(string target) => $"Scale {target}";

    public string TitleOf(ActionPlan plan) =>
        plan.Changes is [var change, ..]
            ? $"{Title(plan.Place())} {change.Before} → {change.After}"
            : Title(plan.Place());

    public IReadOnlyCollection<string> ToldInTitle => [Replicas];

    public string Description => "Sets the replicas of a cluster workload.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        WorkloadPlanner.Schema(
            $$"""
            "{{Replicas}}": { "type": "integer", "minimum": 0, "maximum": 1000, "description": "How many pods." }
            """,
            $"\"{Replicas}\""
        );

    public string Undo => "The former number is set again.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var one = planner.Meant(request);
        var facts = one.Facts;
        if (facts.Kind == WorkloadKinds.DaemonSet)
        {
            throw new CannotPlanException(
                $"{facts.Name} is a DaemonSet: it has one pod on each node that it is meant for, and no number of its own."
            );
        }
        var wanted = request.Parameters.GetProperty(Replicas).GetInt32();
        if (wanted == facts.Wanted)
        {
            throw new CannotPlanException($"{facts.Name} has {wanted} replicas already.");
        }
        return await planner.DraftAsync(
            request,
            one,
            new WorkloadDeed(
                Name,
                $"Scale {facts.Name} {facts.Wanted} → {wanted}",
                arguments => arguments with { ReplicasBefore = facts.Wanted, Replicas = wanted }
            )
            {
                Shown =
                [
                    new PlanChange(
                        $"replicas of {facts.Name}",
                        facts.Wanted.ToString(CultureInfo.InvariantCulture),
                        wanted.ToString(CultureInfo.InvariantCulture)
                    ),
                ],
                AtLeast = wanted == 0 ? Risk.High : Risk.Low,
                Notes =
                [
                    .. wanted == 0 ? new[] { $"With 0 replicas nothing answers in {facts.Name}'s place." } : [],
                    .. WorkloadNotes.OfAutoscalers(one, wanted),
                    .. WorkloadNotes.OfQuotas(one, wanted - facts.Wanted),
                    .. WorkloadNotes.OfBudgets(one, wanted),
                ],
            },
            cancellation
        );
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(planner.Differences(plan));
}
