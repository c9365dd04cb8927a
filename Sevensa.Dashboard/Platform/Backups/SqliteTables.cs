using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>A store's SQLite file: copied by its online backup, counted, and filled with what PostgreSQL wrote.</summary>
internal static class SqliteTables
{
    /// <summary>The store as it is at one moment, as a file that is whole by itself. Whoever writes meanwhile goes on.</summary>
    /// <exception cref="StoreException">There is no room for it, or the store can't be read.</exception>
    public static async Task CopyAsync(Store store, string to, CancellationToken cancellation)
    {
        await store.Database.OpenConnectionAsync(cancellation);
        try
        {
            await using var target = await OpenAsync(to, cancellation);
            ((SqliteConnection)store.Database.GetDbConnection()).BackupDatabase(target);
            await RunAsync(target, "PRAGMA journal_mode=DELETE", cancellation);
        }
        catch (SqliteException exception)
        {
            throw new StoreException(
                $"The store can't be copied into {Path.GetDirectoryName(to)}: {exception.Message} Look at the room on that disk.",
                exception
            );
        }
    }

    public static async Task<SqliteConnection> OpenAsync(string file, CancellationToken cancellation)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync(cancellation);
        return connection;
    }

    /// <summary>Whether another program has it open: each holds a lock for as long as it does, also while it does nothing.</summary>
    public static async Task<bool> IsOpenElsewhereAsync(string file, CancellationToken cancellation)
    {
        try
        {
            await using var connection = new SqliteConnection($"Data Source={file};Pooling=False;Default Timeout=1");
            await connection.OpenAsync(cancellation);
            await RunAsync(connection, "PRAGMA locking_mode=EXCLUSIVE", cancellation);
            await RunAsync(connection, "SELECT COUNT(*) FROM sqlite_master", cancellation);
            return false;
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is 5 or 6)
        {
            return true;
        }
    }

    /// <exception cref="StoreException">SQLite finds it damaged.</exception>
    public static async Task CheckAsync(SqliteConnection connection, CancellationToken cancellation)
    {
        try
        {
            await using var check = connection.CreateCommand();
            check.CommandText = "PRAGMA integrity_check";
            if (await check.ExecuteScalarAsync(cancellation) is "ok")
            {
                return;
            }
        }
        catch (SqliteException) { }
        throw new StoreException("The database in the backup is damaged.");
    }

    /// <summary>The newest migration; null for a file that is no store.</summary>
    public static async Task<string?> SchemaAsync(DbConnection connection, CancellationToken cancellation)
    {
        await using var read = connection.CreateCommand();
        read.CommandText = $"""SELECT MAX("MigrationId") FROM "{StoreTables.History}" """;
        return await read.ExecuteScalarAsync(cancellation) as string;
    }

    /// <summary>What tables there are, but for those of its shape.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(DbConnection connection, CancellationToken cancellation)
    {
        await using var read = connection.CreateCommand();
        read.CommandText =
            connection is SqliteConnection
                ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
                : "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename";
        await using var rows = await read.ExecuteReaderAsync(cancellation);
        var names = new List<string>();
        while (await rows.ReadAsync(cancellation))
        {
            names.Add(rows.GetString(0));
        }
        return [.. names.Where(name => !StoreTables.OfShape.Contains(name))];
    }

    public static async Task<SortedDictionary<string, long>> CountAsync(
        DbConnection connection,
        IEnumerable<string> tables,
        CancellationToken cancellation
    )
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in tables)
        {
            await using var count = connection.CreateCommand();
            count.CommandTimeout = 0;
            // Of a file that somebody else may have written.
            count.CommandText = $"SELECT COUNT(*) FROM \"{table.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            counts[table] = (long)(await count.ExecuteScalarAsync(cancellation))!;
        }
        return counts;
    }

    /// <summary>Takes in a table's rows as PostgreSQL wrote them.</summary>
    public static async Task FillAsync(
        SqliteConnection connection,
        RowForms forms,
        string table,
        IAsyncEnumerable<string> rows,
        CancellationToken cancellation
    )
    {
        await using var transaction = connection.BeginTransaction();
        await RunAsync(connection, $"DELETE FROM \"{table}\"", cancellation);
        string[]? columns = null;
        await using var insert = connection.CreateCommand();
        await foreach (var line in rows.WithCancellation(cancellation))
        {
            using var row = JsonDocument.Parse(line);
            var values = row.RootElement.EnumerateObject().ToList();
            if (columns is null || !columns.SequenceEqual(values.Select(one => one.Name)))
            {
                columns = [.. values.Select(one => one.Name)];
                insert.CommandText =
                    $"INSERT INTO \"{table}\" ({string.Join(", ", columns.Select(one => $"\"{one.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))}) "
                    + $"VALUES ({string.Join(", ", columns.Select((_, at) => $"$p{at}"))})";
                insert.Parameters.Clear();
                insert.Parameters.AddRange(
                    columns.Select((_, at) => new SqliteParameter { ParameterName = $"$p{at}" })
                );
            }
            for (var at = 0; at < values.Count; at++)
            {
                insert.Parameters[at].Value = forms.Read(table, columns[at], values[at].Value);
            }
            await insert.ExecuteNonQueryAsync(cancellation);
        }
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>A table's rows as PostgreSQL reads them.</summary>
    public static async IAsyncEnumerable<byte[]> RowsAsync(
        SqliteConnection connection,
        RowForms forms,
        string table,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var read = connection.CreateCommand();
        read.CommandText = $"SELECT * FROM \"{table}\"";
        await using var rows = await read.ExecuteReaderAsync(cancellation);
        using var written = new MemoryStream();
        while (await rows.ReadAsync(cancellation))
        {
            written.SetLength(0);
            using (var json = new Utf8JsonWriter(written))
            {
                json.WriteStartObject();
                for (var at = 0; at < rows.FieldCount; at++)
                {
                    forms.Write(json, table, rows.GetName(at), rows.GetValue(at));
                }
                json.WriteEndObject();
            }
            yield return written.ToArray();
        }
    }

    public static async Task RunAsync(SqliteConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
