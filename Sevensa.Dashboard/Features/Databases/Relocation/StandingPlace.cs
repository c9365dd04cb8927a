using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>Places that <c>database.tenant.create</c> made, whether their roles can sign in or not.</summary>
internal static class StandingPlace
{
    /// <summary>In the comment of a login whose place was moved away: what is left is kept, and nobody signs in to it.</summary>
    public const string Moved = "sevensa.moved";

    /// <param name="database">For a schema whose name there is in several databases.</param>
    /// <exception cref="CannotPlanException">There is none, or there are several, of that name.</exception>
    public static TenantPlace Find(Instance instance, InstanceFacts facts, string tenant, string name, string? database)
    {
        var (owner, login) = (MadePlaces.OwnerOf(name), MadePlaces.LoginOf(name));
        var limit = facts.Roles.FirstOrDefault(role => role.Name == login)?.ConnectionLimit ?? 0;
        var found = facts
            .Databases.Where(one => !one.IsTemplate && (database is null || one.Name == database))
            // A schema that was moved lies in a database that is the tenant's alone: that is its place then.
            .SelectMany(one =>
                one.Name == name && one.Owner == owner
                    ? [(one.Name, null)]
                    : (one.Inside?.Schemas ?? [])
                        .Where(schema => schema.Name == name && schema.Owner == owner)
                        .Select(schema => (one.Name, Schema: (string?)schema.Name))
            )
            .ToList();
        // Another tenant's is answered like one that there is not.
        if (found.Count == 0 || !new[] { owner, login }.All(role => LabelOf(facts, role) == tenant))
        {
            throw new CannotPlanException(
                $"{tenant} has no place {name} on {instance.Name} that this dashboard made: a schema or database of that name, owned by {owner}, with the login {login}, both labelled sevensa.tenant={tenant}. docs/databases.md has the SQL for others."
            );
        }
        if (found.Count > 1)
        {
            throw new CannotPlanException(
                $"There are several of the name {name}: in {string.Join(", ", found.Select(one => one.Name))}. Say which with the parameter database."
            );
        }
        return new TenantPlace(instance.Name, found[0].Name, found[0].Schema, owner, login, limit, 0, 0, 0);
    }

    private static string? LabelOf(InstanceFacts facts, string role) =>
        facts.Roles.FirstOrDefault(one => one.Name == role) is { Superuser: false } found
            ? Ownership.LabelIn(found.Comment)
            : null;
}
