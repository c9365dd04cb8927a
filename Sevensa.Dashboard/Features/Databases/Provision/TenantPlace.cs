using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Databases.Provision;

/// <summary>A place of a tenant that is made, as its plan says it to the executor.</summary>
/// <param name="Database">The database that is made, or in which the schema is.</param>
/// <param name="Schema">Null: the whole database is the tenant's.</param>
/// <param name="OwnerVersion">Of the owner's secret in Vault as it was planned; 0 when there is none.</param>
/// <param name="LoginVersion">Of the login's secret.</param>
internal sealed record TenantPlace(
    string Instance,
    string Database,
    string? Schema,
    string Owner,
    string Login,
    int Connections,
    int StatementSeconds,
    int OwnerVersion,
    int LoginVersion
)
{
    public const string Create = "database.tenant.create";

    /// <summary>The verb of the step that holds it.</summary>
    public const string Roles = "database.roles.create";

    [JsonIgnore]
    public string Name => Schema ?? Database;

    /// <summary>In words: "schema rentguy in database shared".</summary>
    [JsonIgnore]
    public string Words => Schema is null ? $"database {Database}" : $"schema {Schema} in database {Database}";

    /// <summary>As the arguments of a step.</summary>
    public JsonElement ToArguments() => JsonSerializer.SerializeToElement(this, JsonSerializerOptions.Web);

    public static TenantPlace Of(ActionPlan plan) =>
        plan
            .Steps.First(step => step.Arguments is not null)
            .Arguments!.Value.Deserialize<TenantPlace>(JsonSerializerOptions.Web)!;
}
