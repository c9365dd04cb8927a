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
                one is { Kind: not 'S', TenantColumn.Length: > 0, SchemaOpen: true }
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
            if (table is { Kind: 'r' or 'p', Secured: false, Others: > 0 })
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
            if (await OpenToChangeAsync(session, table) is { Length: > 0 } open)
            {
                session.Leak(
                    AttemptKinds.RowSecurity,
                    null,
                    name,
                    "select polname, polcmd, polqual, polwithcheck from pg_policy",
                    $"Others' rows are not shown, but {open}{session.AfterBecoming}: a policy lets every row through for that."
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
        await FiltersAsync(session, relations);
    }

    /// <summary>Views that keep rows back by a filter: what the reader asks of a row may be worked out before the filter is.</summary>
    private static async Task FiltersAsync(TrialSession session, List<Relation> relations)
    {
        foreach (
            var view in relations.Where(one =>
                one is { Kind: 'v', SchemaOpen: true }
                && one.Rights.Contains("SELECT")
                && session.Ground.Owners.OfSchema(session.Database, one.Schema) != session.Tenant
                && session.Another(one.Schema, one.Owner) is null
            )
        )
        {
            if (
                await session.AskAsync(
                    ProofSql.HiddenByFilter,
                    row => row.GetBoolean(0),
                    ("view", view.Id),
                    ("columns", session.Ground.TenantColumns.ToArray())
                )
                is [true]
            )
            {
                session.Leak(
                    AttemptKinds.RowSecurity,
                    null,
                    $"{view.Schema}.{view.Name}",
                    "select reloptions, pg_get_viewdef(oid) from pg_class",
                    $"Only its filter keeps others' rows back, and it has no security_barrier: a condition of the reader's may be worked out on others' rows first, and tell them in an error{session.AfterBecoming}."
                );
            }
        }
    }

    /// <summary>What can be done to others' rows that are not shown; empty when nothing can.</summary>
    private static async Task<string> OpenToChangeAsync(TrialSession session, Relation table) =>
        table.Secured
            ? string.Join(
                " and ",
                (await session.AskAsync(ProofSql.OpenPolicies, row => row.GetString(1), ("table", table.Id)))
                    .Select(command =>
                        command switch
                        {
                            "w" => "all of them can be changed",
                            "d" => "all of them can be taken away",
                            _ => "rows can be added in others' names",
                        }
                    )
                    .Distinct(StringComparer.Ordinal)
            )
            : "";

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
