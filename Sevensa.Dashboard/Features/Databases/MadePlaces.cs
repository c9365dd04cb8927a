using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>
/// Places that <c>database.tenant.create</c> made: a schema or database NAME with the tenant's label, owned by NAME_owner, and a
/// login NAME_app with the labels <c>sevensa.tenant=ID sevensa.login</c>, whose password is where it was written to.
/// </summary>
internal static partial class MadePlaces
{
    public const string LoginLabel = "sevensa.login";

    public static string OwnerOf(string name) => $"{name}_owner";

    public static string LoginOf(string name) => $"{name}_app";

    /// <summary>Where the credentials of a role are, below the tenant's prefix in Vault.</summary>
    public static string VaultPathOf(string instance, string role) => $"databases/{instance}/{role}";

    public static IReadOnlyList<Placement> In(Instance instance, InstanceFacts facts, ITenantScopes scopes)
    {
        var owners = new Ownership(instance, facts);
        var logins = facts
            .Roles.Where(role => role.MayLogIn && Login().IsMatch(role.Comment ?? ""))
            .ToDictionary(role => role.Name, role => Ownership.LabelIn(role.Comment), StringComparer.Ordinal);
        if (logins.Count == 0)
        {
            return [];
        }
        var found = new List<Placement>();
        foreach (var database in facts.Databases.Where(one => !one.IsTemplate))
        {
            Add(database.Name, null, database.Name, database.Owner, owners.OfDatabase(database.Name));
            foreach (
                var schema in (database.Inside?.Schemas ?? []).Where(one =>
                    // What was moved with its schema lies in a database of its own, which is the place.
                    one.Name != database.Name
                    || database.Owner != OwnerOf(one.Name)
                )
            )
            {
                Add(
                    database.Name,
                    schema.Name,
                    schema.Name,
                    schema.Owner,
                    owners.SchemasIn(database.Name).FirstOrDefault(one => one.Schema == schema.Name).Tenant
                );
            }
        }
        return found;

        void Add(string database, string? schema, string name, string owner, string? tenant)
        {
            var login = LoginOf(name);
            if (
                tenant is not null
                && owner == OwnerOf(name)
                && logins.GetValueOrDefault(login) == tenant
                && !instance.Placements.Any(placed => placed.Roles.Contains(login))
            )
            {
                found.Add(
                    new Placement(
                        tenant,
                        database,
                        schema,
                        [owner, login],
                        new PostgresLogin(
                            login,
                            null,
                            $"{scopes.ForSystem(tenant).VaultPrefix(tenant)}{VaultPathOf(instance.Name, login)}#password"
                        )
                    )
                );
            }
        }
    }

    [GeneratedRegex(@"(?:^|[\s,;])sevensa\.login(?=$|[\s,;])")]
    private static partial Regex Login();
}
