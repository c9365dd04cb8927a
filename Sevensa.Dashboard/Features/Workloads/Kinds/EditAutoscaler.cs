using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Workloads.Kinds;

/// <summary><c>autoscaler.edit</c></summary>
internal sealed class EditAutoscaler(WorkloadPlanner planner) : IActionKind
{
    private const string Minimum = "minimum";
    private const string Maximum = "maximum";
    private const int WithinSeconds = 60;

    public string Name => WorkloadVerbs.Autoscaler;

    public string Title(string target) => $"Change the autoscaler of {target}";

    public string Description => "Sets minimum and maximum of its autoscaler.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        WorkloadPlanner.Schema(
            $$"""
            "{{Minimum}}": { "type": "integer", "minimum": 1, "maximum": 1000, "description": "At least so many pods." },
            "{{Maximum}}": { "type": "integer", "minimum": 1, "maximum": 1000, "description": "At most so many pods." }
            """
        );

    public string Undo => "The former bounds are set again.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var one = planner.Meant(request);
        var facts = one.Facts;
        var autoscaler = one.Cluster.AutoscalersOf(facts) switch
        {
            [var only] => only,
            [] => throw new CannotPlanException($"{facts.Name} has no autoscaler."),
            var several => throw new CannotPlanException(
                $"{string.Join(" and ", several.Select(scaler => scaler.Name))} are autoscalers of {facts.Name}, and the cluster has stopped them all (AmbiguousSelector). Take all but one away first."
            ),
        };
        var minimum = Number(request.Parameters, Minimum) ?? autoscaler.Minimum;
        var maximum = Number(request.Parameters, Maximum) ?? autoscaler.Maximum;
        if (minimum > maximum)
        {
            throw new CannotPlanException($"At least {minimum} and at most {maximum} pods can't both be.");
        }
        if ((minimum, maximum) == (autoscaler.Minimum, autoscaler.Maximum))
        {
            throw new CannotPlanException($"{autoscaler.Name} has these bounds already: {minimum} to {maximum}.");
        }
        var becomes = facts.Wanted == 0 ? 0 : Math.Clamp(facts.Wanted, minimum, maximum);
        return await planner.DraftAsync(
            request,
            one,
            new WorkloadDeed(
                Name,
                $"Set {autoscaler.Name} from {Words(autoscaler.Minimum, autoscaler.Maximum)} to {Words(minimum, maximum)}",
                arguments => arguments
            )
            {
                Other = WorkloadJson.Of(
                    new AutoscalerArguments(
                        facts.Key,
                        autoscaler.Name,
                        autoscaler.Uid,
                        autoscaler.Minimum,
                        autoscaler.Maximum,
                        minimum,
                        maximum
                    )
                ),
                Shown =
                [
                    new PlanChange(
                        $"bounds of {autoscaler.Name}",
                        Words(autoscaler.Minimum, autoscaler.Maximum),
                        Words(minimum, maximum)
                    ),
                ],
                Verification = new PlanVerification(
                    VerificationKinds.None,
                    WithinSeconds,
                    "the API server has stored the bounds; how many pods there are from then on is the autoscaler's"
                ),
                Undo = new PlanUndo(UndoKinds.Reverse, "The former bounds are set again, and you are told."),
                Notes =
                [
                    .. becomes != facts.Wanted
                        ? new[] { $"{facts.Name} has {facts.Wanted} replicas: the autoscaler makes {becomes} of them." }
                        : [],
                    .. autoscaler.Trouble is { } trouble
                        ? new[] { $"{autoscaler.Name} does nothing now: {trouble}" }
                        : [],
                    .. WorkloadNotes.OfQuotas(one, maximum - facts.Wanted),
                    .. WorkloadNotes.OfBudgets(one, minimum),
                ],
            },
            cancellation
        );
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(planner.Differences(plan));

    private static string Words(int minimum, int maximum) =>
        string.Create(CultureInfo.InvariantCulture, $"{minimum} to {maximum} pods");

    private static int? Number(JsonElement parameters, string name) =>
        parameters.TryGetProperty(name, out var value) && value.TryGetInt32(out var number) ? number : null;
}
