using System.Text.Json;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>
/// Things beside its target and containers that a plan of the dashboard changes on its way: a step names such a thing, as it would
/// be named as a target, and while the plan is carried out no other one that names it begins.
/// </summary>
public static class PlanHolds
{
    /// <summary>The member of a step's arguments that names it.</summary>
    public const string Member = "holds";

    /// <summary>What the plan's steps name, each once.</summary>
    public static IEnumerable<string> Of(ActionPlan plan) =>
        plan
            .Steps.Select(step =>
                step.Arguments is { ValueKind: JsonValueKind.Object } given
                && given.TryGetProperty(Member, out var thing)
                && thing.ValueKind == JsonValueKind.String
                    ? thing.GetString()
                    : null
            )
            .OfType<string>()
            .Distinct(StringComparer.Ordinal);
}
