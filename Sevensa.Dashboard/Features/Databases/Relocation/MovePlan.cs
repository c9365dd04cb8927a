using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Provision;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>What a plan of <c>database.tenant.move</c> says to its executor.</summary>
/// <param name="To">The instance that it is moved to.</param>
/// <param name="Name">Of the database there, which is the tenant's alone.</param>
internal sealed record MovePlan(TenantPlace From, string To, string Name)
{
    public const string Kind = "database.tenant.move";

    public const int Make = 1;

    /// <summary>From its beginning on each change of a row is noted, or, where that can't be, the place is closed.</summary>
    public const int Follow = 2;
    public const int Copy = 3;

    /// <summary>At its end the place is closed, if it was not.</summary>
    public const int Compare = 4;

    /// <summary>From its beginning on there is no way back: what is written then is written there.</summary>
    public const int Switch = 5;
    public const int Retire = 6;

    /// <summary>The place as it is at its new instance.</summary>
    [JsonIgnore]
    public TenantPlace There => From with { Instance = To, Database = Name };

    public JsonElement ToArguments() => JsonSerializer.SerializeToElement(this, JsonSerializerOptions.Web);

    public static MovePlan Of(ActionPlan plan) =>
        plan
            .Steps.Single(step => step.Number == Make)
            .Arguments!.Value.Deserialize<MovePlan>(JsonSerializerOptions.Web)!;
}
