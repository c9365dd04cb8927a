using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>What a plan about a gate policy says to its executor.</summary>
/// <param name="Version">Of the tenant's policy as it was planned; 0 when it never had one of its own.</param>
/// <param name="Rules">What will hold; null: the installation's policy again.</param>
internal sealed record GatePolicyChange(int Version, GateRules? Rules)
{
    public const string Save = "gate-policy.save";
    public const string Remove = "gate-policy.remove";
    public const string Write = "gate-policy.write";

    public static GatePolicyChange Of(ActionPlan plan) =>
        plan.Steps.Single(step => step.Verb == Write).Arguments!.Value.Deserialize<GatePolicyChange>(GateRules.Json)!;
}

/// <summary>Plans a change of a tenant's gate policy: what differs, and what it means for what runs now.</summary>
internal abstract class GatePolicyKind(GatePolicyStore store, IServiceProvider services, TimeProvider time)
    : IActionKind
{
    public abstract string Name { get; }

    public abstract string Description { get; }

    public abstract JsonElement ParametersSchema { get; }

    public abstract string Title(string target);

    public Risk Risk => Risk.Medium;

    public string Undo => "The former policy is saved again, as an action of its own.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        if (request.Target.Trim() is { Length: > 0 } target && target != request.Tenant)
        {
            throw new CannotPlanException($"The target is the tenant itself: {request.Tenant}.");
        }
        var (row, usual) = (await store.FindAsync(request.Tenant, cancellation), Policies.Usual);
        var own = row?.Read();
        var (before, wanted) = (own ?? GateRules.Of(usual), Wanted(request.Parameters, own));
        var after = wanted ?? GateRules.Of(usual);
        PlanChange[] changes = [.. GateRules.Differences(before, after)];
        if (changes.Length == 0 && own is not null == wanted is not null)
        {
            throw new CannotPlanException("The policy says that already. There is nothing to change.");
        }
        var preview = await services
            .GetRequiredService<GatePreview>()
            .OfAsync(request.Caller, request.Tenant, wanted, cancellation);
        var plan = new ActionPlan(
            request.ProposalId,
            Name,
            request.Tenant,
            request.Tenant,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [
                new PlanChange("Rule", preview.RuleNow, preview.Rule),
                .. changes,
                .. preview.Images.Where(image => image.Changes).Take(Shown).Select(Change),
            ],
            [
                new PlanStep(
                    1,
                    GatePolicyChange.Write,
                    request.Tenant,
                    wanted is null
                        ? $"Take {request.Tenant}'s own gate policy back: the installation's holds"
                        : $"Save {request.Tenant}'s gate policy: {after.Words}",
                    JsonSerializer.SerializeToElement(new GatePolicyChange(row?.Version ?? 0, wanted), GateRules.Json)
                ),
            ],
            [
                "What runs now goes on running: the gate is asked when something is deployed",
                "Policies of other tenants",
            ],
            new PlanVerification("version", 10, "The policy reads back as it was approved"),
            own is null
                ? new PlanUndo(GatePolicyChange.Remove, "Take it back: the installation's policy holds again.")
                : new PlanUndo(
                    GatePolicyChange.Save,
                    "Save the former policy again; it stands under what will change."
                ),
            World(row)
        );
        return new PlanDraft(
            plan,
            new PlanEstimate(null, [], null, time.GetUtcNow()),
            preview.Loosened > 0 || after.AreLooserThan(before) ? Risk.High : Risk.Low
        );
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        ((await store.FindAsync(plan.Tenant, cancellation))?.Version ?? 0) == GatePolicyChange.Of(plan).Version
            ? []
            : [$"{plan.Tenant}'s gate policy was changed since this was planned"];

    private const int Shown = 20;

    /// <exception cref="CannotPlanException">There is nothing to change.</exception>
    protected abstract GateRules? Wanted(JsonElement parameters, GateRules? own);

    private GatePolicies Policies => services.GetRequiredService<GatePolicies>();

    private static PlanChange Change(ImageJudgedTwice image) =>
        new($"Verdict of {image.Image ?? image.Digest}", image.Before.Verdict, image.After.Verdict);

    private static string World(GatePolicyRow? row) =>
        CanonicalJson.Hash(
            JsonSerializer.SerializeToElement(
                new JsonObject { ["gatePolicy"] = row?.Rules, ["version"] = row?.Version ?? 0 }
            )
        );
}

/// <summary><c>gate-policy.save</c>: which findings keep an image of the tenant from being deployed.</summary>
internal sealed class SaveGatePolicy(GatePolicyStore store, IServiceProvider services, TimeProvider time)
    : GatePolicyKind(store, services, time)
{
    public override string Name => GatePolicyChange.Save;

    public override string Title(string target) => $"Save the gate policy of {target}";

    public override string Description =>
        "Says which findings keep an image of the tenant from being deployed. The target is the tenant; what is left out has its default.";

    public override JsonElement ParametersSchema { get; } = JsonElement.Parse(GateRules.SchemaText);

    protected override GateRules? Wanted(JsonElement parameters, GateRules? own) => GateRules.Of(parameters);
}

/// <summary><c>gate-policy.remove</c>: the tenant is judged by the installation's policy again.</summary>
internal sealed class RemoveGatePolicy(GatePolicyStore store, IServiceProvider services, TimeProvider time)
    : GatePolicyKind(store, services, time)
{
    public override string Name => GatePolicyChange.Remove;

    public override string Title(string target) => $"Take back the gate policy of {target}";

    public override string Description =>
        "Takes back a tenant's own gate policy; the installation's holds for it again. The target is the tenant.";

    public override JsonElement ParametersSchema { get; } =
        JsonElement.Parse(
            """{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {}}"""
        );

    protected override GateRules? Wanted(JsonElement parameters, GateRules? own) =>
        own is null
            ? throw new CannotPlanException(
                "The tenant has no gate policy of its own. The installation's holds already."
            )
            : null;
}
