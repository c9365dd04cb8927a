using System.Collections.Concurrent;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Survey;

/// <summary>Looks at an instance as its read-only role, and changes nothing.</summary>
internal sealed class InstanceSurvey(PostgresDoor door, TimeProvider time)
{
    private const int DatabasesAtOnce = 4;

    /// <exception cref="UpstreamException">The instance could not be looked at at all.</exception>
    public async Task<InstanceFacts> LookAsync(Instance instance, CancellationToken cancellation)
    {
        try
        {
            return await LookAtServerAsync(instance, cancellation);
        }
        catch (Exception exception)
            when (PostgresFaults.Translate(instance, instance.Reader.Role, exception, cancellation) is { } fault)
        {
            throw fault;
        }
    }

    private async Task<InstanceFacts> LookAtServerAsync(Instance instance, CancellationToken cancellation)
    {
        // Whether everybody's transactions are read only can be asked while this session's are not yet.
        var (role, password) = await door.CredentialsAsync(instance, instance.Reader, cancellation);
        await using var connection = await door.ConnectAsync(
            instance,
            role,
            password,
            instance.Database,
            readOnly: false,
            cancellation
        );
        var notes = new ConcurrentQueue<string>();
        var server = (
            await connection.RowsAsync(
                SurveySql.Server,
                row => new ServerFacts(
                    row.GetString(0),
                    row.GetInt32(1),
                    row.GetBoolean(2),
                    row.GetBoolean(2) || row.GetBoolean(3),
                    row.Time(4)!.Value,
                    row.GetInt32(5),
                    row.GetInt32(6),
                    row.GetBoolean(7),
                    row.Time(8),
                    row.Time(9)
                ),
                cancellation
            )
        )[0];
        await using (var closing = new NpgsqlCommand("set default_transaction_read_only = on", connection))
        {
            await closing.ExecuteNonQueryAsync(cancellation);
        }
        if (server.Major is < 12 or > 18)
        {
            notes.Enqueue($"PostgreSQL {server.Version} is none of the versions that are known here (12 to 18).");
        }
        if (!server.SeesOthers)
        {
            notes.Enqueue(
                $"{instance.Reader.Role} sees of others neither what they do nor their statements: grant pg_monitor to {PostgresNames.Quoted(instance.Reader.Role)}"
            );
        }
        var databases = await connection.RowsAsync(SurveySql.Databases, Database, cancellation);
        var inside = await LookInsideAsync(instance, databases, notes, cancellation);
        var (statements, loads) = await StatementsAsync(instance, server, inside, notes, cancellation);
        return new InstanceFacts(
            time.GetUtcNow(),
            server,
            inside,
            await connection.RowsAsync(SurveySql.Roles, Role, cancellation),
            await connection.RowsAsync(
                SurveySql.Sessions,
                row => new SessionFacts(
                    row.GetString(0),
                    row.Text(1),
                    row.GetInt32(2),
                    row.GetInt32(3),
                    row.GetInt32(4)
                ),
                cancellation
            ),
            await connection.RowsAsync(SurveySql.Waits, Wait, cancellation),
            statements,
            loads,
            await connection.RowsAsync(
                SurveySql.Replicas,
                row => new ReplicaFacts(row.GetString(0), row.Text(1), row.Text(2), row.Long(3)),
                cancellation
            ),
            await connection.RowsAsync(
                SurveySql.Slots(server.Major),
                row => new SlotFacts(
                    row.GetString(0),
                    row.GetString(1),
                    row.GetBoolean(2),
                    row.Text(3),
                    row.Long(4),
                    row.Text(5)
                ),
                cancellation
            ),
            await HbaAsync(connection, cancellation),
            [.. notes]
        );
    }

    private async Task<IReadOnlyList<DatabaseFacts>> LookInsideAsync(
        Instance instance,
        IReadOnlyList<DatabaseFacts> databases,
        ConcurrentQueue<string> notes,
        CancellationToken cancellation
    )
    {
        var all = databases.ToArray();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, all.Length).Where(at => all[at] is { TakesConnections: true, IsTemplate: false }),
            new ParallelOptions { MaxDegreeOfParallelism = DatabasesAtOnce, CancellationToken = cancellation },
            async (at, stop) =>
            {
                if (!all[at].MayConnect)
                {
                    all[at] = all[at] with
                    {
                        Trouble =
                            $"{instance.Reader.Role} may not connect: grant connect on database {PostgresNames.Quoted(all[at].Name)} to {PostgresNames.Quoted(instance.Reader.Role)}",
                    };
                    return;
                }
                try
                {
                    await using var connection = await door.OpenAsync(instance, instance.Reader, all[at].Name, stop);
                    all[at] = all[at] with { Inside = await InsideAsync(connection, stop) };
                }
                catch (Exception exception)
                    when ((
                            exception as UpstreamException
                            ?? PostgresFaults.Translate(instance, instance.Reader.Role, exception, stop)
                        )
                            is { } fault
                    )
                {
                    all[at] = all[at] with { Trouble = fault.Told };
                }
            }
        );
        return all;
    }

    private static async Task<InsideFacts> InsideAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        new(
            await connection.RowsAsync(
                SurveySql.Schemas,
                row => new SchemaFacts(
                    row.GetString(0),
                    row.GetString(1),
                    row.Text(2),
                    row.Texts(3),
                    row.GetInt32(4),
                    row.GetInt32(5),
                    row.GetInt32(6),
                    row.GetInt32(7),
                    row.GetInt64(8),
                    row.GetInt64(9)
                ),
                cancellation
            ),
            await connection.RowsAsync(
                SurveySql.Grants,
                row => new GrantFacts(
                    row.GetString(0),
                    row.GetString(1),
                    row.GetString(2),
                    row.GetString(3),
                    row.GetInt32(4)
                ),
                cancellation
            ),
            await connection.RowsAsync(
                SurveySql.DefaultGrants,
                row => new DefaultGrant(
                    row.GetString(0),
                    row.Text(1),
                    row.GetString(2),
                    row.GetString(3),
                    row.GetString(4)
                ),
                cancellation
            ),
            await connection.RowsAsync(
                SurveySql.Extensions,
                row => new ExtensionFacts(row.GetString(0), row.GetString(1), row.GetString(2)),
                cancellation
            ),
            await connection.RowsAsync(
                SurveySql.SecuredTables,
                row => new SecuredTable(row.GetString(0), row.GetString(1), row.GetBoolean(2), row.GetInt32(3)),
                cancellation
            ),
            await connection.RowsAsync(
                SurveySql.Bloated,
                row => new DeadRows(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.Time(4)),
                cancellation
            )
        );

    /// <summary>The statistics are the whole server's, from whichever database has the extension.</summary>
    private async Task<(IReadOnlyList<StatementFacts>?, IReadOnlyList<RoleLoad>?)> StatementsAsync(
        Instance instance,
        ServerFacts server,
        IReadOnlyList<DatabaseFacts> databases,
        ConcurrentQueue<string> notes,
        CancellationToken cancellation
    )
    {
        var found = databases
            .SelectMany(database => (database.Inside?.Extensions ?? []).Select(one => (database.Name, Extension: one)))
            .FirstOrDefault(one => one.Extension.Name == "pg_stat_statements");
        if (found.Name is null)
        {
            notes.Enqueue(
                "No database that can be looked into has pg_stat_statements, so it is not known which statements take the time: create extension pg_stat_statements (and shared_preload_libraries)."
            );
            return (null, null);
        }
        try
        {
            await using var connection = await door.OpenAsync(instance, instance.Reader, found.Name, cancellation);
            var source = $"{PostgresNames.Quoted(found.Extension.Schema)}.pg_stat_statements";
            return (
                await connection.RowsAsync(
                    SurveySql.Statements(server.Major, source),
                    row => new StatementFacts(
                        row.Text(0) ?? "",
                        row.GetString(1),
                        StatementTexts.Shown(row.Text(2)),
                        row.GetInt64(3),
                        row.GetDouble(4),
                        row.GetDouble(5),
                        row.GetInt64(6),
                        row.GetInt64(7),
                        row.GetInt64(8)
                    ),
                    cancellation
                ),
                await connection.RowsAsync(
                    SurveySql.Loads(server.Major, source),
                    row => new RoleLoad(
                        row.Text(0) ?? "",
                        row.GetDouble(1),
                        row.GetInt64(2),
                        row.GetInt64(3),
                        row.GetInt64(4)
                    ),
                    cancellation
                )
            );
        }
        catch (PostgresException exception)
        {
            // Created, but not loaded by the server.
            notes.Enqueue($"pg_stat_statements can't be read: {exception.MessageText}.");
            return (null, null);
        }
    }

    private static async Task<IReadOnlyList<HbaLine>?> HbaAsync(
        NpgsqlConnection connection,
        CancellationToken cancellation
    )
    {
        try
        {
            return await connection.RowsAsync(
                SurveySql.Hba,
                row => new HbaLine(
                    row.GetInt32(0),
                    row.GetString(1),
                    row.Text(2) ?? "",
                    row.Text(3) ?? "",
                    row.Text(4),
                    row.Text(5) ?? ""
                ),
                cancellation
            );
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Superusers' only, unless it was granted.
            return null;
        }
    }

    private static DatabaseFacts Database(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            row.GetBoolean(2),
            row.GetBoolean(3),
            row.GetInt32(4),
            row.GetBoolean(5),
            row.Long(6),
            row.Text(7),
            row.Texts(8),
            row.Long(9),
            row.Long(10),
            row.Double(11)
        );

    private static RoleFacts Role(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetBoolean(1),
            row.GetBoolean(2),
            row.GetBoolean(3),
            row.GetBoolean(4),
            row.GetBoolean(5),
            row.GetBoolean(6),
            row.GetInt32(7),
            row.Time(8),
            row.Texts(9),
            row.Text(10),
            row.Texts(11)
        );

    private static WaitFacts Wait(NpgsqlDataReader row) =>
        new(
            row.GetInt32(0),
            row.GetString(1),
            row.Text(2),
            [
                .. row.GetFieldValue<int[]>(3)
                    .Zip(row.Texts(4), (process, role) => (process, role.Length > 0 ? role : null)),
            ],
            row.Double(5),
            StatementTexts.Shown(row.Text(6))
        );
}
