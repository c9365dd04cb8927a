using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Rights beyond those that everybody begins with: on catalogues, extensions, and what others make from now on.</summary>
internal static class GrantTrial
{
    public static async Task CatalogueAsync(TrialSession session)
    {
        var rights = await session.AskAsync(
            ProofSql.CatalogueGrants,
            row =>
                (
                    Where: row.GetString(0),
                    Schema: row.GetString(1),
                    Name: row.GetString(2),
                    Rights: row.GetString(3),
                    What: row.GetString(4)
                )
        );
        foreach (var right in rights)
        {
            var system = right.Where.Length == 0;
            // What a tenant's own extension brought into its own schema or database is its own.
            if (
                !system
                && (
                    session.IsOwnDatabase
                    || session.Ground.Owners.OfSchema(session.Database, right.Schema) == session.Tenant
                )
            )
            {
                continue;
            }
            session.Leak(
                system ? AttemptKinds.Catalogs : AttemptKinds.Extensions,
                null,
                $"{right.Schema}.{right.Name}",
                right.What switch
                {
                    "function" =>
                        $"select has_function_privilege({PostgresNames.Literal($"{right.Schema}.{right.Name}")}, 'EXECUTE')",
                    "column" =>
                        $"select has_any_column_privilege({PostgresNames.Literal($"{right.Schema}.{right.Name.Split('.')[0]}")}, '{right.Rights}')",
                    _ =>
                        $"select has_table_privilege({PostgresNames.Literal($"{right.Schema}.{right.Name}")}, '{right.Rights}')",
                },
                $"{right.Rights} was granted{session.AfterBecoming}, which nobody but superusers has from the beginning."
            );
        }
    }

    public static async Task DefaultPrivilegesAsync(TrialSession session)
    {
        var grants = await session.AskAsync(
            ProofSql.DefaultPrivileges,
            row =>
                (
                    Role: row.GetString(0),
                    Schema: row.GetString(1),
                    Kind: row.GetString(2)[0],
                    Rights: row.GetString(3),
                    To: row.GetString(4)
                )
        );
        foreach (var grant in grants)
        {
            var victim =
                grant.Schema.Length > 0
                    ? session.Another(grant.Schema, grant.Role)
                    : session.Another(null, grant.Role) ?? session.OtherTenant;
            if (victim is null)
            {
                continue;
            }
            var what = grant.Kind switch
            {
                'r' => "tables",
                'S' => "sequences",
                'n' => "schemas",
                _ => "large objects",
            };
            session.Leak(
                AttemptKinds.DefaultPrivileges,
                victim,
                $"{what} made by {grant.Role}{(grant.Schema.Length > 0 ? $" in {grant.Schema}" : "")}",
                "select defaclacl from pg_default_acl",
                $"{grant.Rights} on {what} made from now on goes to {grant.To}."
            );
        }
    }
}
