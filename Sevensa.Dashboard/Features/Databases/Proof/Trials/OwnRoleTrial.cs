using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>
/// The tenant's other roles, such as the owner: the login can't become them, but its functions and views run with their rights,
/// and whoever breaks in where migrations run is them. What they have is told from the catalogue.
/// </summary>
internal static class OwnRoleTrial
{
    /// <param name="roles">As the login sees them.</param>
    public static async Task RunAsync(TrialSession session, IReadOnlyList<RoleSeen> roles)
    {
        foreach (
            var role in roles.Where(one =>
                one is { Inherited: false, MayBecome: false }
                && one.Name != session.Login.Role
                && session.Ground.Owners.OfRole(one.Name) == session.Tenant
            )
        )
        {
            if (session.Database == session.Login.Database)
            {
                Powers(session, role);
            }
            if (!role.Superuser)
            {
                var seen = await session.RolesAsync(role.Name);
                if (session.Database == session.Login.Database)
                {
                    Memberships(session, role, seen);
                }
                await TablesAsync(session, session.Beside(role.Name, seen), role.Name);
            }
        }
    }

    private static void Powers(TrialSession session, RoleSeen role)
    {
        foreach (var (power, means) in RoleTrial.PowersOf(session, role))
        {
            session.Leak(
                AttemptKinds.Attributes,
                null,
                $"{power} of {role.Name}",
                "select * from pg_roles",
                $"{role.Name}, with whose rights this tenant's functions and views run, has {power}: {means}."
            );
        }
    }

    private static void Memberships(TrialSession session, RoleSeen role, IReadOnlyList<RoleSeen> seen)
    {
        foreach (var of in seen.Where(one => one.Member && one.Name != role.Name))
        {
            var victim = session.Another(null, of.Name);
            if (victim is not null || RoleTrial.IsPowerful(of.Name))
            {
                session.Leak(
                    AttemptKinds.Roles,
                    victim,
                    of.Name,
                    $"select pg_has_role({PostgresNames.Literal(role.Name)}, {PostgresNames.Literal(of.Name)}, 'MEMBER')",
                    $"{role.Name}, with whose rights this tenant's functions and views run, is a member of it."
                );
            }
        }
    }

    private static async Task TablesAsync(TrialSession session, TrialSession asRole, string role)
    {
        foreach (var relation in await Relation.AllAsync(asRole))
        {
            if (
                relation is { SchemaOpen: true, Rights.Count: > 0 }
                && session.Another(relation.Schema, relation.Owner) is { } victim
            )
            {
                session.Leak(
                    relation.Kind == 'S' ? AttemptKinds.Sequences : AttemptKinds.Tables,
                    victim,
                    $"{relation.Schema}.{relation.Name}",
                    $"select has_{(relation.Kind == 'S' ? "sequence" : "table")}_privilege({PostgresNames.Literal(role)}, {relation.Id}::oid, {PostgresNames.Literal(relation.Rights.Order(StringComparer.Ordinal).First())})",
                    $"{string.Join(", ", relation.Rights.Order(StringComparer.Ordinal))} was granted to {role}, with whose rights this tenant's functions and views run."
                );
            }
        }
    }
}
