using System.Text.Json;

namespace Sevensa.Dashboard.Features.Databases.Repair;

/// <summary>One statement of a repair, as the plan shows it and the executor runs it.</summary>
/// <param name="Database">Where it is run.</param>
/// <param name="As">The role that has to run it, since a right is taken back by who gave it; null: the administrative role.</param>
/// <param name="Do">Names in it are quoted by PostgreSQL itself.</param>
/// <param name="Back">What restores what was before.</param>
/// <param name="What">Of what it is: "SELECT on table witcom.orders".</param>
/// <param name="Before">Who has it.</param>
/// <param name="After">Who has it then; null for nobody.</param>
internal sealed record RepairStatement(
    string Database,
    string? As,
    string Do,
    string Back,
    string What,
    string Before,
    string? After
)
{
    public const string Verb = "database.statement";
    public const string Prove = "database.prove";
    public const string Repair = "database.grant.repair";

    /// <summary>How an outcome ends that left everything as it was; there is nothing to undo then.</summary>
    public const string NothingChanged = "Nothing was changed.";
    public const string Restore = "database.grant.restore";

    public PlanStep Step(int number, string instance) =>
        new(
            number,
            Verb,
            instance,
            $"In {Database}{(As is null ? "" : $", as {As}")}: {Do}",
            JsonSerializer.SerializeToElement(this, JsonSerializerOptions.Web)
        );

    public static IReadOnlyList<RepairStatement> Of(ActionPlan plan) =>
        [
            .. plan
                .Steps.Where(step => step.Verb == Verb)
                .Select(step => step.Arguments!.Value.Deserialize<RepairStatement>(JsonSerializerOptions.Web)!),
        ];

    public RepairStatement Reversed() => this with { Do = Back, Back = Do, Before = After ?? "nobody", After = Before };
}
