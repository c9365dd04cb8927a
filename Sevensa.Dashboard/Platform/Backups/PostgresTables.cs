using System.Data.Common;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>The tables of a PostgreSQL store as JSON lines, written and read by PostgreSQL itself, so that every type keeps its form.</summary>
internal static class PostgresTables
{
    public const string Folder = "tables/";
    private const int BatchRows = 500;

    public static string PartOf(string table) => $"{Folder}{table}.jsonl";

    /// <summary>A table's rows, in the transaction that the connection is in.</summary>
    public static async Task<long> WriteAsync(
        NpgsqlConnection connection,
        string table,
        Stream to,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand($"SELECT row_to_json(t)::text FROM \"{table}\" t", connection)
        {
            CommandTimeout = 0,
        };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        long rows = 0;
        for (; await reader.ReadAsync(cancellation); rows++)
        {
            await to.WriteAsync(Encoding.UTF8.GetBytes(reader.GetString(0) + "\n"), cancellation);
        }
        return rows;
    }

    /// <summary>Fills an empty store of this version with what is in a SQLite file, all of it or nothing.</summary>
    /// <param name="counts">How many rows each table has to have then.</param>
    /// <param name="last">May still refuse it, before anything is kept.</param>
    /// <exception cref="StoreException">It is not empty any more, or a table has other rows afterwards.</exception>
    public static async Task FillAsync(
        Store store,
        SqliteConnection source,
        IReadOnlyDictionary<string, long> counts,
        Func<Task> last,
        CancellationToken cancellation
    )
    {
        var tables = StoreTables.Ordered(store);
        var forms = new RowForms();
        await store.Database.OpenConnectionAsync(cancellation);
        var connection = (NpgsqlConnection)store.Database.GetDbConnection();
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // A program that starts on it now waits, and finds it filled.
        var names = string.Join(", ", tables.Select(table => $"\"{table}\""));
        await RunAsync(connection, $"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE", cancellation);
        await EmptyPlace.RefuseContentAsync(store, connection, cancellation);
        foreach (var table in StoreTables.Brought(store).Keys)
        {
            await RunAsync(connection, $"DELETE FROM \"{table}\"", cancellation);
        }
        foreach (var table in tables)
        {
            await FillAsync(
                connection,
                table,
                SqliteTables.RowsAsync(source, forms, table, cancellation),
                cancellation
            );
        }
        await ContinueSequencesAsync(store, connection, cancellation);
        var filled = await SqliteTables.CountAsync(connection, tables, cancellation);
        if (RowCounts.Difference(counts, filled) is { } difference)
        {
            throw new StoreException($"{difference} Nothing was kept.");
        }
        await last();
        await transaction.CommitAsync(cancellation);
    }

    private static async Task FillAsync(
        NpgsqlConnection connection,
        string table,
        IAsyncEnumerable<byte[]> rows,
        CancellationToken cancellation
    )
    {
        var batch = new StringBuilder();
        var waiting = 0;
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            batch.Append(waiting == 0 ? '[' : ',').Append(Encoding.UTF8.GetString(row));
            if (++waiting == BatchRows)
            {
                await PutAsync();
            }
        }
        await PutAsync();

        async Task PutAsync()
        {
            if (waiting == 0)
            {
                return;
            }
            await using var command = new NpgsqlCommand(
                $"INSERT INTO \"{table}\" SELECT * FROM json_populate_recordset(null::\"{table}\", $1::json)",
                connection
            )
            {
                CommandTimeout = 0,
            };
            command.Parameters.AddWithValue(NpgsqlTypes.NpgsqlDbType.Text, batch.Append(']').ToString());
            try
            {
                await command.ExecuteNonQueryAsync(cancellation);
            }
            catch (PostgresException exception) when (exception.SqlState.StartsWith('2'))
            {
                throw new StoreException(
                    $"PostgreSQL does not take a row of {table}: {exception.MessageText}. Nothing was kept.",
                    exception
                );
            }
            (waiting, _) = (0, batch.Clear());
        }
    }

    private static async Task ContinueSequencesAsync(
        Store store,
        NpgsqlConnection connection,
        CancellationToken cancellation
    )
    {
        var columns = StoreTables
            .Relational(store)
            .Tables.SelectMany(table => table.Columns.Select(column => (table.Name, Column: column.Name)));
        foreach (var (table, column) in columns)
        {
            if (await IsSerialAsync(connection, table, column, cancellation))
            {
                await RunAsync(
                    connection,
                    $"""
                    SELECT setval(pg_get_serial_sequence('"{table}"', '{column}'),
                                  GREATEST((SELECT COALESCE(MAX("{column}"), 0) FROM "{table}"), 1))
                    """,
                    cancellation
                );
            }
        }
    }

    private static async Task<bool> IsSerialAsync(
        NpgsqlConnection connection,
        string table,
        string column,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand("SELECT pg_get_serial_sequence($1, $2) IS NOT NULL", connection);
        command.Parameters.AddWithValue($"\"{table}\"");
        command.Parameters.AddWithValue(column);
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static async Task RunAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandTimeout = 0;
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
