using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary><c>test.high</c>: a kind of high risk that touches nothing.</summary>
internal sealed class HighRiskKind : IActionKind
{
    public string Name => "test.high";

    public string Title(string target) => $"Do {target}";

    public string Description => "Does something of high risk.";

    public Risk Risk => Risk.High;

    public JsonElement ParametersSchema { get; } = JsonElement.Parse("{}");

    public string Undo => "None.";

    public Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation) =>
        Task.FromResult(
            new PlanDraft(
                new ActionPlan(
                    request.ProposalId,
                    Name,
                    request.Tenant,
                    request.Target,
                    request.Parameters,
                    new PlanExecutor("runner", "h1", "vps-1"),
                    [],
                    [],
                    [],
                    [],
                    new PlanVerification("none", 0, "none"),
                    PlanUndo.None("none"),
                    "w"
                ),
                new PlanEstimate(null, [], null, default)
            )
        );

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>([]);
}
