using Npgsql;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Postgres;

/// <summary>What the administrative role of an instance may do there.</summary>
/// <param name="CreatesHere">It may make schemas in the database that it is signed in to.</param>
internal sealed record AdminPowers(
    string Role,
    int Major,
    bool Superuser,
    bool CreatesRoles,
    bool CreatesDatabases,
    bool CreatesHere,
    bool ReadOnly
);

/// <summary>
/// A session of the role that changes what is a tenant's. What it does stands in an approved plan; names in its statements are
/// quoted, and no statement holds a password in clear.
/// </summary>
internal sealed class AdminSession(NpgsqlConnection connection, string role) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);
    private int? seconds;

    public NpgsqlConnection Connection { get; } = connection;

    public string Role { get; } = role;

    /// <exception cref="UpstreamException">The instance has no such role set, or it can't sign in.</exception>
    public static async Task<AdminSession> OpenAsync(
        PostgresDoor door,
        Instance instance,
        string database,
        CancellationToken cancellation
    )
    {
        if (instance.Admin is not { } admin)
        {
            throw new UpstreamException(instance.Upstream, UpstreamFault.NotConfigured, Missing(instance));
        }
        var (role, password) = await door.CredentialsAsync(instance, admin, cancellation);
        try
        {
            return new AdminSession(
                await door.ConnectAsync(instance, role, password, database, readOnly: false, cancellation),
                role
            );
        }
        catch (Exception exception)
            when (PostgresFaults.Translate(instance, role, exception, cancellation) is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>What is missing so that something could be changed there, in words.</summary>
    public static string Missing(Instance instance) =>
        $"Nothing can be changed on {instance.Name}: it has no administrative role. Set AdminUser and AdminPasswordFile or AdminVaultPath in Databases:Instances; docs/databases.md has the SQL that the role needs.";

    public async Task<AdminPowers> PowersAsync(CancellationToken cancellation) =>
        (
            await Connection.RowsAsync(
                """
                select current_setting('server_version_num')::int / 10000, r.rolsuper, r.rolcreaterole, r.rolcreatedb,
                       has_database_privilege(current_database(), 'CREATE'),
                       pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on'
                  from pg_roles r where r.rolname = current_user
                """,
                row => new AdminPowers(
                    Role,
                    row.GetInt32(0),
                    row.GetBoolean(1),
                    row.GetBoolean(2),
                    row.GetBoolean(3),
                    row.GetBoolean(4),
                    row.GetBoolean(5)
                ),
                cancellation
            )
        )[0];

    /// <summary>
    /// What this session runs from now on has the time that dropping much takes, and waits for a lock longer than a look does;
    /// not as long as others would wait behind it.
    /// </summary>
    public async Task BePatientAsync(CancellationToken cancellation)
    {
        await RunAsync(["set statement_timeout = 0", "set lock_timeout = '15s'"], null, cancellation);
        seconds = (int)Patience.TotalSeconds;
    }

    /// <summary>Runs statements one after another.</summary>
    /// <param name="transaction">Null: each by itself.</param>
    public async Task RunAsync(
        IEnumerable<string> statements,
        NpgsqlTransaction? transaction,
        CancellationToken cancellation
    )
    {
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, Connection, transaction);
            command.CommandTimeout = seconds ?? command.CommandTimeout;
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    public async Task<T?> ValueAsync<T>(
        string sql,
        CancellationToken cancellation,
        params (string Name, object Value)[] values
    ) => (await Connection.RowsAsync(sql, row => row.GetFieldValue<T>(0), cancellation, values)).FirstOrDefault();

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
