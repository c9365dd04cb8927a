using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Rows of others in tables that several tenants share, with a column that says whose a row is.</summary>
internal static class RowSecurityTrial
{
    /// <summary>A policy that believes a setting believes it of whichever tenant: some are enough.</summary>
    private const int MostPretended = 50;

    public static async Task RunAsync(TrialSession session, List<Relation> relations)
    {
        if (session.IsOwnDatabase)
        {
            return;
        }
        foreach (
            var table in relations.Where(one =>
                one is { Kind: 'r' or 'p', TenantColumn.Length: > 0, SchemaOpen: true }
                && one.Rights.Contains("SELECT")
                && session.Ground.Owners.OfSchema(session.Database, one.Schema) != session.Tenant
                && session.Another(one.Schema, one.Owner) is null
            )
        )
        {
            var (column, name) = (PostgresNames.Quoted(table.TenantColumn), $"{table.Schema}.{table.Name}");
            var mine = $"({PostgresNames.Literal(session.Tenant)}, {PostgresNames.Literal(session.Login.Role)})";
            var statement = $"select exists (select {column} from {table.Quoted} where {column}::text not in {mine})";
            var answer = await session.TryAsync(statement);
            if (answer is { Worked: true, Value: true })
            {
                session.Leak(
                    AttemptKinds.RowSecurity,
                    null,
                    name,
                    statement,
                    $"It shows rows of others{session.AfterBecoming}."
                );
                continue;
            }
            if (!table.Secured && table.Others > 0)
            {
                session.Leak(
                    AttemptKinds.RowSecurity,
                    null,
                    name,
                    $"select relrowsecurity from pg_class where oid = {table.Id}",
                    "Others use this table too, and nothing keeps its rows apart: row security is off."
                );
                continue;
            }
            if (await PretendAsync(session, table, statement) is { } pretended)
            {
                session.Leak(
                    AttemptKinds.RowSecurity,
                    pretended.Tenant,
                    name,
                    $"{pretended.First}; {statement}",
                    $"Its policy believes the setting {pretended.Setting}, which anybody may set."
                );
                continue;
            }
            session.Held(
                AttemptKinds.RowSecurity,
                null,
                name,
                statement,
                answer.Worked ? "No row of another tenant is shown." : answer.Words
            );
        }
    }

    /// <summary>Says to be another tenant in each setting that the table's policies ask.</summary>
    /// <returns>Whom it was taken for, by which setting; null when it was believed nowhere.</returns>
    private static async Task<(string Tenant, string Setting, string First)?> PretendAsync(
        TrialSession session,
        Relation table,
        string statement
    )
    {
        var settings = await session.AskAsync(ProofSql.BelievedSettings, row => row.GetString(0), ("table", table.Id));
        foreach (var setting in settings)
        {
            foreach (
                var other in session.Ground.Owners.Tenants.Where(other => other != session.Tenant).Take(MostPretended)
            )
            {
                var first =
                    $"select set_config({PostgresNames.Literal(setting)}, {PostgresNames.Literal(other)}, true)";
                if (await session.TryAsync(statement, first) is { Worked: true, Value: true })
                {
                    return (other, setting, first);
                }
            }
        }
        return null;
    }
}
