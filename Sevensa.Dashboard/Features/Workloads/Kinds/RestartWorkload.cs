using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Workloads.Kinds;

/// <summary><c>workload.restart</c></summary>
internal sealed class RestartWorkload(WorkloadPlanner planner) : IActionKind
{
    public string Name => WorkloadVerbs.Restart;

    public string Title(string target) => $"Restart {target}";

    public string Description => "Makes the pods of a cluster workload anew.";

    public Risk Risk => Risk.Low;

    public JsonElement ParametersSchema { get; } = WorkloadPlanner.Schema("");

    public string Undo => "The template is put back as it was, which makes the pods anew once more.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var one = planner.Meant(request);
        var facts = one.Facts;
        if (facts.Wanted == 0)
        {
            throw new CannotPlanException(
                $"{facts.Name} has no replicas, so there is no pod to restart. Scale it up with workload.scale."
            );
        }
        return await planner.DraftAsync(
            request,
            one,
            new WorkloadDeed(Name, $"Restart {facts.Name}, {facts.Strategy}", arguments => arguments)
            {
                Shown =
                [
                    new PlanChange(
                        $"pods of {facts.Name}",
                        $"{facts.Wanted} as they run",
                        "made anew from the same template, one part after another"
                    ),
                ],
                Notes = WorkloadNotes.OfPods(one),
            },
            cancellation
        );
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(planner.Differences(plan));
}
