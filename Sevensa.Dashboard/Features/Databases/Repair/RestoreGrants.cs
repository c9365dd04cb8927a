using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Databases.Repair;

/// <summary><c>database.grant.restore</c>: the undo of a repair. What it grants leaks again.</summary>
internal sealed class RestoreGrants(InstanceRegistry registry, IServiceProvider services, TimeProvider time)
    : IActionKind
{
    public string Name => RepairStatement.Restore;

    public string Title(string target) => $"Undo a repair of isolation on {target}";

    public IReadOnlyCollection<string> ToldInTitle => ["repair"];

    public string Description =>
        "Undoes a repair of isolation: grants again what it took back, which lets through again what leaked. The target is the instance.";

    public Risk Risk => Risk.High;

    public JsonElement ParametersSchema { get; } =
        JsonElement.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "repair": { "type": "string", "minLength": 1, "maxLength": 64, "description": "Id of the repair's proposal." }
              },
              "required": ["repair"],
              "additionalProperties": false
            }
            """
        );

    public string Undo => "Repair again (database.grant.repair).";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var instance = Provisioning.Find(registry, request.Target.Trim());
        var id = request.Parameters.GetProperty("repair").GetString()!;
        var repair = await services.GetRequiredService<IProposals>().FindAsync(request.Caller, id, cancellation);
        if (
            repair is not { Kind: RepairStatement.Repair, State: ProposalState.Succeeded or ProposalState.Failed }
            || repair.Tenant != request.Tenant
            || repair.Target != instance.Name
            || repair.Outcome?.Text?.EndsWith(RepairStatement.NothingChanged, StringComparison.Ordinal) == true
            || !RepairGrants
                .Proven.Of(repair.Plan)
                .SelectMany(leak => new[] { leak.Tenant, leak.Victim })
                .OfType<string>()
                .All(request.Caller.MaySee)
        )
        {
            throw new CannotPlanException(
                $"There is no repair of {request.Tenant} on {instance.Name} of that id that was carried out."
            );
        }
        var statements = RepairStatement.Of(repair.Plan).Reverse().Select(one => one.Reversed()).ToList();
        return new PlanDraft(
            new ActionPlan(
                request.ProposalId,
                Name,
                request.Tenant,
                instance.Name,
                request.Parameters,
                new PlanExecutor(PlanExecutor.Dashboard),
                [],
                [.. statements.Select(one => new PlanChange(one.What, one.Before, one.After ?? "taken back"))],
                [.. statements.Select((one, at) => one.Step(at + 1, instance.Name))],
                ["Every other right"],
                new PlanVerification("statements", 60, "Each statement is done"),
                new PlanUndo(RepairStatement.Repair, "Prove and repair again."),
                RepairGrants.World(statements)
            ),
            new PlanEstimate(null, [], null, time.GetUtcNow())
            {
                Others = RepairGrants.Others(
                    request.Tenant,
                    RepairGrants.Proven.Of(repair.Plan).Select(leak => (leak.Tenant, leak.Victim))
                ),
            }
        );
    }

    /// <summary>A right is granted whatever there is by then.</summary>
    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>([]);
}
