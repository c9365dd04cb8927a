using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>A few of those that must refuse, asked in earnest, so that the evidence is not the catalogue's word alone.</summary>
internal static class SampleTrial
{
    /// <summary>Some of the others' roles; of their schemas <see cref="ProofSql.SampleTables"/> takes some.</summary>
    private const int Roles = 2;

    public static async Task RunAsync(TrialSession session)
    {
        var others = session
            .Ground.Owners.SchemasIn(session.Database)
            .Where(one => one.Tenant != session.Tenant)
            .Select(one => one.Schema)
            .ToArray();
        var tables = await session.AskAsync(
            ProofSql.SampleTables,
            row => (Schema: row.GetString(0), Name: row.GetString(1)),
            ("schemas", others)
        );
        foreach (var (schema, name) in tables)
        {
            await TryAsync(
                session,
                AttemptKinds.Tables,
                session.Ground.Owners.OfSchema(session.Database, schema),
                $"{schema}.{name}",
                $"explain select * from {PostgresNames.Quoted(schema, name)}"
            );
        }
        foreach (var role in session.Ground.RolesOfOthers(session.Tenant).Take(Roles))
        {
            await TryAsync(
                session,
                AttemptKinds.Roles,
                session.Ground.Owners.OfRole(role),
                role,
                $"set local role {PostgresNames.Quoted(role)}"
            );
        }
    }

    /// <summary>Whatever works is found and told of by the trial of its kind.</summary>
    private static async Task TryAsync(TrialSession session, string kind, string? victim, string what, string statement)
    {
        var answer = await session.TryAsync(statement);
        if (!answer.Worked)
        {
            session.Held(kind, victim, what, statement, answer.Words);
        }
    }
}
