using System.Globalization;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>The statements of a move. Every name in them is quoted.</summary>
internal static class MoveSql
{
    /// <summary>The settings of roles and database; those of the roles in one database are of that one then too.</summary>
    public const string Settings = """
        select nullif(pg_get_userbyid(r.setrole), 'unknown (OID=0)')::text, r.setdatabase <> 0, split_part(s, '=', 1), substr(s, strpos(s, '=') + 1)
          from pg_db_role_setting r, unnest(r.setconfig) s
         where (pg_get_userbyid(r.setrole) = any(@roles) and r.setdatabase in (0, (select oid from pg_database where datname = @database)))
            or (@whole and r.setrole = 0 and r.setdatabase = (select oid from pg_database where datname = @database))
        """;

    /// <summary>Settings that are lists of names: as one text they would be one name. They are taken from the session.</summary>
    public static readonly string[] Lists =
    [
        "search_path",
        "temp_tablespaces",
        "local_preload_libraries",
        "session_preload_libraries",
    ];

    /// <summary>Sets what is given as it was written, for a role, a database or one in the other.</summary>
    public static string Keep(string? role, string? database, string setting, string value) =>
        $"alter {(role is null ? $"database {Quoted(database!)}" : $"role {Quoted(role)}{(database is null ? "" : $" in database {Quoted(database)}")}")} set {Quoted(setting)} {(Lists.Contains(setting) ? "from current" : $"to {PostgresNames.Literal(value)}")}";

    /// <summary>The database, for nobody yet but the administrative role.</summary>
    public static IEnumerable<string> Inside(MovePlan move, string tenant, string reader, int limit)
    {
        var (owner, login, database) = (Quoted(move.From.Owner), Quoted(move.From.Login), Quoted(move.Name));
        yield return $"revoke all on database {database} from public";
        yield return $"grant connect on database {database} to {login}, {Quoted(reader)}";
        yield return string.Create(CultureInfo.InvariantCulture, $"alter database {database} connection limit {limit}");
        yield return $"comment on database {database} is {PostgresNames.Literal($"sevensa.tenant={tenant}")}";
        yield return $"grant create, usage on schema public to {owner}";
        yield return "revoke all on schema public from public";
        // What everybody has from the beginning can be taken back for all schemas only, and a schema's dump is without it.
        yield return $"alter default privileges for role {owner} revoke execute on functions from public";
        yield return $"alter default privileges for role {owner} revoke usage on types from public";
    }

    /// <summary>Both roles sign in there, and the place is whole.</summary>
    public static IEnumerable<string> Open(
        MovePlan move,
        string tenant,
        string action,
        string ownerVerifier,
        string loginVerifier
    ) =>
        PlaceSql
            .Ready(move.There, tenant, action, ownerVerifier, loginVerifier)
            .Append($"revoke {Quoted(move.From.Login)} from current_user");

    /// <summary>What is left is known as moved, and no longer as a place that somebody signs in to.</summary>
    public static IEnumerable<string> Retire(MovePlan move, string tenant, string action)
    {
        var words = PostgresNames.Literal($"sevensa.tenant={tenant} {StandingPlace.Moved}={action}");
        yield return $"comment on role {Quoted(move.From.Owner)} is {words}";
        yield return $"comment on role {Quoted(move.From.Login)} is {words}";
        yield return PlaceGate.Leave(move.From);
    }

    private static string Quoted(string name) => PostgresNames.Quoted(name);
}
