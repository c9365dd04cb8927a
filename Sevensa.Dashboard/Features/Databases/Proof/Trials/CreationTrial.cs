using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Objects made where others look for theirs, and the other way round.</summary>
internal static class CreationTrial
{
    public static async Task CreatingAsync(TrialSession session)
    {
        var schemas = await session.AskAsync(
            ProofSql.Creating,
            row => (Name: row.GetString(0), Owner: row.GetString(1))
        );
        foreach (var (schema, owner) in schemas)
        {
            if (session.Ground.Owners.OfSchema(session.Database, schema) == session.Tenant)
            {
                continue;
            }
            var statement = $"create view {PostgresNames.Quoted(schema, "sevensa_isolation_proof")} as select 1 as one";
            var answer = await session.TryAsync(statement);
            // A replica refuses every write: the right was there.
            var written = answer.Worked || answer.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction;
            session.Tell(
                AttemptKinds.Creating,
                session.Another(schema, owner),
                $"schema {schema}",
                statement,
                answer with
                {
                    Worked = written,
                },
                $"Objects can be made where others may look for theirs{session.AfterBecoming}."
            );
        }
        if (session.IsOwnDatabase)
        {
            return;
        }
        var (create, temporary) = (
            await session.AskAsync(ProofSql.DatabaseRights, row => (row.GetBoolean(0), row.GetBoolean(1)))
        )[0];
        if (create)
        {
            var statement = "create schema sevensa_isolation_proof";
            var answer = await session.TryAsync(statement);
            session.Tell(
                AttemptKinds.Creating,
                session.OtherTenant,
                $"database {session.Database}",
                statement,
                answer,
                $"Schemas can be made there{session.AfterBecoming}, also under the name of another's login, where that one looks first."
            );
        }
        if (temporary && session.OtherTenant is { } host)
        {
            var statement = "create temporary table sevensa_isolation_proof ()";
            var answer = await session.TryAsync(statement);
            session.Tell(
                AttemptKinds.Temporary,
                host,
                $"database {session.Database}",
                statement,
                answer,
                $"Temporary tables can be made in another tenant's database{session.AfterBecoming}."
            );
        }
    }

    public static async Task SearchPathAsync(TrialSession session)
    {
        foreach (
            var schema in await session.AskAsync(
                ProofSql.SearchPath,
                row =>
                    (
                        Name: row.GetString(0),
                        Owner: row.GetString(1),
                        Creators: row.GetString(2).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    )
            )
        )
        {
            var others = schema
                .Creators.Append(schema.Owner)
                .Where(role =>
                    role == "PUBLIC"
                        ? !session.IsOwnDatabase
                        : session.Ground.Owners.OfRole(role) is { } whose && whose != session.Tenant
                )
                .ToList();
            if (others.Count > 0)
            {
                session.Leak(
                    AttemptKinds.SearchPath,
                    session.Another(schema.Name, schema.Owner),
                    $"schema {schema.Name}",
                    "show search_path",
                    "This schema is on the login's search path, and others make objects in it: a name of the tenant's own code may lead to theirs."
                );
            }
        }
    }
}
