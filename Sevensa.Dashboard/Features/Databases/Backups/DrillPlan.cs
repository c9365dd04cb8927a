using System.Text.Json;

namespace Sevensa.Dashboard.Features.Databases.Backups;

/// <summary>What a plan of <c>database.drill</c> says to its executor.</summary>
/// <param name="Scratch">Name of the database and of the role that are made for it and dropped.</param>
/// <param name="Tables">Whose rows are in the archive, by its list.</param>
/// <param name="Extensions">That the archive makes.</param>
internal sealed record DrillPlan(
    string Backup,
    string Path,
    DateTimeOffset At,
    long SizeBytes,
    string Instance,
    string Scratch,
    int Tables,
    IReadOnlyList<string>? Extensions = null
)
{
    public const string Kind = "database.drill";
    public const string Create = "database.scratch.create";

    public JsonElement ToArguments() => JsonSerializer.SerializeToElement(this, JsonSerializerOptions.Web);

    public static DrillPlan Of(ActionPlan plan) =>
        plan
            .Steps.Single(step => step.Verb == Create)
            .Arguments!.Value.Deserialize<DrillPlan>(JsonSerializerOptions.Web)!;
}
