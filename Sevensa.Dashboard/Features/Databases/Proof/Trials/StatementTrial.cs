using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Others' statements in pg_stat_statements.</summary>
internal static class StatementTrial
{
    public static async Task RunAsync(TrialSession session)
    {
        var schema = (await session.AskAsync(ProofSql.StatementsView, row => row.GetString(0))).FirstOrDefault();
        if (schema is null)
        {
            return;
        }
        var statement = "select query from pg_stat_statements where userid <> (own roles)";
        List<string> seen;
        try
        {
            seen = await session.AskAsync(ProofSql.Statements(PostgresNames.Quoted(schema)), row => row.Text(0) ?? "");
        }
        catch (PostgresException exception)
        {
            session.NotTried(AttemptKinds.Statements, null, "", statement, exception.MessageText);
            return;
        }
        var others = seen.Where(role => session.Ground.Owners.OfRole(role) is { } whose && whose != session.Tenant)
            .Distinct()
            .ToList();
        if (seen.Count > 0)
        {
            session.Leak(
                AttemptKinds.Statements,
                others.Count == 1 ? session.Ground.Owners.OfRole(others[0]) : null,
                "pg_stat_statements",
                statement,
                "The texts of others' statements are shown."
            );
        }
    }
}
