using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary><c>service.rollback</c></summary>
internal sealed class ServiceRollback(RollbackPlanner planner, PlanBench bench) : IActionKind
{
    public const string Kind = "service.rollback";

    public string Name => Kind;

    public string Title(string target) => $"Roll {target} back";

    public string TitleOf(ActionPlan plan) => RollbackTitle.Of(this, plan);

    public IReadOnlyCollection<string> ToldInTitle => RollbackTitle.Told;

    public string Description =>
        "Brings back what a service ran at a time (to: yesterday, Friday 18:00, before the last deploy, a release's id or tag). "
        + RollbackSchema.Choices;

    public Risk Risk => Risk.Medium;

    public Risk RiskOf(ActionPlan plan) => RollbackSchema.RiskOf(plan, Risk);

    public JsonElement ParametersSchema { get; } =
        Schemas.Of(
            $$"""
            "to": { "type": "string", "minLength": 1, "maxLength": 100, "default": "before the last deploy",
              "description": "The time, in the operator's own words, or a release." },
            {{RollbackSchema.Properties}}
            """
        );

    public string Undo => RollbackSchema.Undo;

    public Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation) =>
        planner.ServiceAsync(request, Kind, cancellation);

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(bench.Differences(plan));
}

/// <summary><c>tenant.rollback</c></summary>
internal sealed class TenantRollback(RollbackPlanner planner, PlanBench bench, ITenants tenants) : IActionKind
{
    public const string Kind = "tenant.rollback";

    public string Name => Kind;

    public string Title(string target) => $"Roll {target} back";

    public string TitleOf(ActionPlan plan) => RollbackTitle.Of(this, plan);

    public IReadOnlyCollection<string> ToldInTitle => RollbackTitle.Told;

    public string Description =>
        "Brings back what all services of a tenant ran at a time (to: yesterday, Friday 18:00, before the last deploy, a release's id or tag); the target is the tenant. "
        + RollbackSchema.Choices;

    public Risk Risk => Risk.High;

    public JsonElement ParametersSchema { get; } =
        Schemas.Of(
            $$"""
            "to": { "type": "string", "minLength": 1, "maxLength": 100, "description": "The time, in the operator's own words, or a release." },
            "services": { "type": "array", "items": { "type": "string", "minLength": 1, "maxLength": 255 }, "description": "Only these services; all when left out." },
            {{RollbackSchema.Properties}}
            """,
            "\"to\""
        );

    public string Undo => RollbackSchema.Undo;

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var tenant = (await tenants.AllAsync(cancellation)).FirstOrDefault(known => known.Id == request.Tenant);
        var target = request.Target.Trim();
        if (target != request.Tenant && !string.Equals(target, tenant?.Name, StringComparison.OrdinalIgnoreCase))
        {
            throw new CannotPlanException(
                $"The target of {Kind} is the tenant itself, {request.Tenant}; for one service there is {ServiceRollback.Kind}."
            );
        }
        return await planner.TenantAsync(request, Kind, cancellation);
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(bench.Differences(plan));
}

/// <summary>Why a rollback can't be planned: what was released since changed the database, and nobody said that the older code can read it.</summary>
internal sealed class MigratedSinceException() : Exception("A release since then migrated the database.");

internal static class RollbackSchema
{
    public const string AfterMigration = "afterMigration";
    public const string Refuse = "refuse";
    public const string SideBySide = "sideBySide";
    public const string CodeOnly = "codeOnly";

    public const string Choices =
        "Three choices: code (images by digest; on unless said otherwise), configuration (environment, mounts, limits; off), data (snapshots of volumes; none, data stays).";

    public const string Undo =
        "The former containers, which are kept until it is verified, are put back under their names.";

    public const string Properties = $$"""
        "timeZone": { "type": "string", "minLength": 1, "maxLength": 64, "description": "IANA zone in which the time is meant; the installation's when left out." },
        "code": { "type": "boolean", "default": true, "description": "Images as they were, by digest." },
        "configuration": { "type": "boolean", "default": false, "description": "Environment, secrets' versions, mounts, limits and labels as they were." },
        "snapshots": { "type": "array", "items": { "type": "string", "minLength": 1, "maxLength": 64 },
          "description": "Ids of volume snapshots to put into new volumes and use; data stays as it is when left out." },
        "afterMigration": { "type": "string", "enum": ["{{Refuse}}", "{{SideBySide}}", "{{CodeOnly}}"], "default": "{{Refuse}}",
          "description": "When a release since then migrated the database: refuse, use restored data beside the present (needs snapshots), or bring only the code back because it can read the data." },
        {{Schemas.Grace}},
        {{Schemas.Host}},
        {{Schemas.OnBreach}}
        """;

    /// <summary>Older data, or code that may not read it, is more than a change of code.</summary>
    public static Risk RiskOf(ActionPlan plan, Risk risk) =>
        PlanBench.Texts(plan.Parameters, "snapshots").Count > 0
        || PlanBench.Text(plan.Parameters, AfterMigration) == CodeOnly
            ? Risk.High
            : risk;
}
