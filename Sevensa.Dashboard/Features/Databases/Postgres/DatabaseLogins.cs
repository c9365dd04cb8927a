using Npgsql;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Postgres;

/// <summary>Tries logins on the instances of the configuration, as whoever is given them would use them.</summary>
internal sealed class DatabaseLogins(InstanceRegistry registry, PostgresDoor door) : IDatabaseLogins
{
    public bool Knows(string instance) => registry.All.Any(one => one.Name == instance);

    public async Task<LoginTrial> TryAsync(
        string instance,
        string? database,
        string role,
        string password,
        CancellationToken cancellation
    )
    {
        var found = registry.Find(instance);
        try
        {
            await using var connection = await door.ConnectAsync(
                found,
                role,
                password,
                database ?? found.Database,
                readOnly: true,
                cancellation
            );
            var who = await connection.RowsAsync(
                "select session_user::text",
                reader => reader.GetString(0),
                cancellation
            );
            return who is [var name] && name == role
                ? new LoginTrial(true, true)
                : new LoginTrial(false, true, $"The server takes it for another than {role}.");
        }
        catch (PostgresException exception)
            when (database is null && exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // The password is looked at before the right to that database, and which one is its own was not said.
            return new LoginTrial(true, true);
        }
        catch (Exception exception) when (PostgresFaults.Translate(found, role, exception, cancellation) is { } fault)
        {
            return new LoginTrial(
                false,
                exception is PostgresException && fault.Fault == UpstreamFault.Denied,
                $"{found.Upstream}: {fault.Message.TrimEnd('.')}."
            );
        }
    }

    public async Task<IReadOnlyList<LoginSession>> SessionsAsync(
        string instance,
        string role,
        CancellationToken cancellation
    )
    {
        var found = registry.Find(instance);
        await using var connection = await door.OpenAsync(found, found.Reader, found.Database, cancellation);
        // By name alone: to a role without pg_monitor all else of a session is null.
        return await AskAsync(
            found,
            connection,
            "select host(client_addr), nullif(application_name, '') from pg_stat_activity where usename = @role order by pid",
            reader => new LoginSession(reader.Text(0), reader.Text(1)),
            ("role", role),
            cancellation
        );
    }

    public async Task<IReadOnlyList<KnownLogin>> LikeAsync(
        string instance,
        string pattern,
        CancellationToken cancellation
    )
    {
        var found = registry.Find(instance);
        await using var connection = await door.OpenAsync(found, found.Reader, found.Database, cancellation);
        return await AskAsync(
            found,
            connection,
            """
            select r.rolname::text,
                   (select count(*) from pg_stat_activity a where a.usename = r.rolname),
                   (select count(*) from pg_shdepend d
                     where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.deptype = 'o')
              from pg_roles r where r.rolcanlogin and r.rolname like @pattern order by 1
            """,
            reader => new KnownLogin(reader.GetString(0), (int)reader.GetInt64(1), (int)reader.GetInt64(2)),
            ("pattern", pattern),
            cancellation
        );
    }

    private static async Task<IReadOnlyList<T>> AskAsync<T>(
        Instance instance,
        NpgsqlConnection connection,
        string sql,
        Func<NpgsqlDataReader, T> read,
        (string Name, object Value) value,
        CancellationToken cancellation
    )
    {
        try
        {
            return await connection.RowsAsync(sql, read, cancellation, value);
        }
        catch (Exception exception)
            when (PostgresFaults.Translate(instance, instance.Reader.Role, exception, cancellation) is { } fault)
        {
            throw fault;
        }
    }
}
