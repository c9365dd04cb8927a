using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Ways out of the database and back into others': foreign tables and servers, dblink, publications.</summary>
internal static class ForeignDataTrial
{
    public static async Task ForeignDataAsync(TrialSession session)
    {
        var tables = await session.AskAsync(
            ProofSql.ForeignTables,
            row =>
                (Schema: row.GetString(0), Name: row.GetString(1), Target: row.GetString(2), Remote: row.GetString(3))
        );
        foreach (var table in tables)
        {
            var target = table.Target.Length > 0 ? table.Target : session.Database;
            var whose =
                table.Remote.Length > 0
                    ? session.Ground.Owners.OfSchema(target, table.Remote)
                    : session.Ground.Owners.OfDatabase(target);
            if (whose is null || whose == session.Tenant)
            {
                continue;
            }
            var statement = $"select 1 from {PostgresNames.Quoted(table.Schema, table.Name)} limit 1";
            var answer = await session.TryAsync(statement);
            session.Tell(
                AttemptKinds.ForeignData,
                whose,
                $"{table.Schema}.{table.Name}",
                statement,
                answer,
                $"This foreign table reaches another tenant's data{session.AfterBecoming}."
            );
        }
        var servers = await session.AskAsync(
            ProofSql.Servers,
            row => (Name: row.GetString(0), Target: row.GetString(1), Usable: row.GetBoolean(2))
        );
        foreach (var (name, target, usable) in servers)
        {
            if (usable && session.Ground.Owners.OfDatabase(target) is { } whose && whose != session.Tenant)
            {
                session.Leak(
                    AttemptKinds.ForeignData,
                    whose,
                    $"server {name}",
                    $"select has_server_privilege({PostgresNames.Literal(name)}, 'USAGE')",
                    $"This server leads to another tenant's database, may be used{session.AfterBecoming}, and has a user mapping for it."
                );
            }
        }
    }

    public static async Task DblinkAsync(TrialSession session)
    {
        foreach (
            var (name, schema) in await session.AskAsync(ProofSql.Dblink, row => (row.GetString(0), row.GetString(1)))
        )
        {
            var call = PostgresNames.Quoted(schema, name);
            if (name == "dblink_connect_u")
            {
                session.Leak(
                    AttemptKinds.Dblink,
                    null,
                    $"{schema}.{name}",
                    $"select has_function_privilege({PostgresNames.Literal($"{call}(text)")}, 'EXECUTE')",
                    "It connects without a password of the caller's, as whoever the server lets in."
                );
                continue;
            }
            var statement =
                $"select {call}({PostgresNames.Literal($"dbname={Conninfo(session.Database)} connect_timeout=2")})";
            var answer = await session.TryAsync(statement);
            session.Tell(
                AttemptKinds.Dblink,
                null,
                $"{schema}.{name}",
                statement,
                answer,
                "It connected without a password."
            );
        }
    }

    public static async Task PublicationsAsync(TrialSession session)
    {
        var published = await session.AskAsync(
            ProofSql.Publications,
            row => (Name: row.GetString(0), Schema: row.GetString(1), Owner: row.GetString(2))
        );
        foreach (var publication in published.GroupBy(one => one.Name))
        {
            if (
                publication
                    .Select(one => session.Another(one.Schema, one.Owner))
                    .FirstOrDefault(one => one is not null) is
                { } victim
            )
            {
                session.Leak(
                    AttemptKinds.Publications,
                    victim,
                    $"publication {publication.Key}",
                    "select * from pg_publication_tables",
                    "It is this tenant's, and publishes others' tables."
                );
            }
        }
    }

    private static string Conninfo(string name) =>
        $"'{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
