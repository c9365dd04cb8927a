using System.IO.Compression;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>The tables of a PostgreSQL store as JSON lines, written and read by PostgreSQL itself, so that every type keeps its form.</summary>
internal static class PostgresTables
{
    private const string Folder = "tables/";
    private const string History = "__EFMigrationsHistory";
    private const int BatchRows = 500;

    public static async Task PackAsync(Store store, ZipArchive archive, CancellationToken cancellation)
    {
        await using var snapshot = await store.BeginSnapshotAsync(cancellation);
        var connection = (NpgsqlConnection)store.Database.GetDbConnection();
        foreach (var table in Ordered(store).Prepend(History))
        {
            await using var entry = await archive.CreateEntry($"{Folder}{table}.jsonl").OpenAsync(cancellation);
            await using var command = new NpgsqlCommand($"SELECT row_to_json(t)::text FROM \"{table}\" t", connection);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                await entry.WriteAsync(Encoding.UTF8.GetBytes(reader.GetString(0) + "\n"), cancellation);
            }
        }
    }

    public static async Task UnpackAsync(Store store, ZipArchive archive, CancellationToken cancellation)
    {
        var last = await LastMigrationAsync(archive, cancellation);
        if (!store.Database.GetMigrations().Contains(last))
        {
            throw new StoreException(
                $"The backup was written by a newer version of this program (it has {last}). Restore it with that version."
            );
        }
        var migrator = store.GetService<IMigrator>();
        // Down to nothing drops the tables, which triggers against deleting rows don't hold up.
        await migrator.MigrateAsync(Migration.InitialDatabase, cancellation);
        await migrator.MigrateAsync(last, cancellation);
        await store.Database.OpenConnectionAsync(cancellation);
        var connection = (NpgsqlConnection)store.Database.GetDbConnection();
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var tables = string.Join(", ", Ordered(store).Select(table => $"\"{table}\""));
        // Migrations bring rows of their own; those of the backup take their place.
        await using (var empty = new NpgsqlCommand($"TRUNCATE {tables}", connection))
        {
            await empty.ExecuteNonQueryAsync(cancellation);
        }
        foreach (var table in Ordered(store))
        {
            if (archive.GetEntry($"{Folder}{table}.jsonl") is { } entry)
            {
                await FillAsync(connection, table, entry, cancellation);
            }
        }
        await ContinueSequencesAsync(store, connection, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Whether the store was used: nothing is done without a row in an append-only table. On both providers.</summary>
    public static async Task<bool> HasContentAsync(Store store, CancellationToken cancellation)
    {
        if (
            !await store.Database.CanConnectAsync(cancellation)
            || !await store.GetService<IHistoryRepository>().ExistsAsync(cancellation)
            || !(await store.Database.GetAppliedMigrationsAsync(cancellation)).Any()
        )
        {
            return false;
        }
        foreach (var table in AppendOnly.TablesOf(store))
        {
#pragma warning disable EF1002 // A table's name from the model, not from outside.
            var rows = await store
                .Database.SqlQueryRaw<int>(
                    $"SELECT COUNT(*) AS \"Value\" FROM (SELECT 1 FROM \"{table}\" LIMIT 1) AS one"
                )
                .ToListAsync(cancellation);
#pragma warning restore EF1002
            if (rows[0] > 0)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Tables after those that they refer to.</summary>
    private static List<string> Ordered(Store store)
    {
        var ordered = new List<string>();
        var pending = store.GetService<IDesignTimeModel>().Model.GetRelationalModel().Tables.ToList();
        while (pending.Count > 0)
        {
            var ready = pending
                .Where(table =>
                    table.ForeignKeyConstraints.All(key =>
                        key.PrincipalTable == table || !pending.Contains(key.PrincipalTable)
                    )
                )
                .ToList();
            // A circle has no order; its tables go as they come.
            foreach (var table in ready.Count > 0 ? ready : [.. pending])
            {
                ordered.Add(table.Name);
                pending.Remove(table);
            }
        }
        return ordered;
    }

    private static async Task<string> LastMigrationAsync(ZipArchive archive, CancellationToken cancellation)
    {
        var entry =
            archive.GetEntry($"{Folder}{History}.jsonl")
            ?? throw new StoreException("The backup does not say which version wrote it. It is not whole.");
        var last = "";
        await foreach (var line in LinesAsync(entry, cancellation))
        {
            using var row = System.Text.Json.JsonDocument.Parse(line);
            var id = row.RootElement.GetProperty("MigrationId").GetString()!;
            last = string.CompareOrdinal(id, last) > 0 ? id : last;
        }
        return last;
    }

    private static async Task FillAsync(
        NpgsqlConnection connection,
        string table,
        ZipArchiveEntry entry,
        CancellationToken cancellation
    )
    {
        var batch = new List<string>(BatchRows);
        await foreach (var line in LinesAsync(entry, cancellation))
        {
            batch.Add(line);
            if (batch.Count == BatchRows)
            {
                await PutAsync();
            }
        }
        await PutAsync();

        async Task PutAsync()
        {
            if (batch.Count == 0)
            {
                return;
            }
            await using var command = new NpgsqlCommand(
                $"INSERT INTO \"{table}\" SELECT * FROM json_populate_recordset(null::\"{table}\", $1::json)",
                connection
            );
            command.Parameters.AddWithValue(NpgsqlTypes.NpgsqlDbType.Text, $"[{string.Join(',', batch)}]");
            await command.ExecuteNonQueryAsync(cancellation);
            batch.Clear();
        }
    }

    private static async Task ContinueSequencesAsync(
        Store store,
        NpgsqlConnection connection,
        CancellationToken cancellation
    )
    {
        var columns = store
            .GetService<IDesignTimeModel>()
            .Model.GetRelationalModel()
            .Tables.SelectMany(table => table.Columns.Select(column => (table.Name, Column: column.Name)));
        foreach (var (table, column) in columns)
        {
            await using var command = new NpgsqlCommand(
                $"""
                SELECT setval(s, GREATEST((SELECT COALESCE(MAX("{column}")::text::bigint, 0) FROM "{table}"), 1))
                FROM (SELECT pg_get_serial_sequence('"{table}"', '{column}') AS s) AS q WHERE s IS NOT NULL
                """,
                connection
            );
            if (await IsSerialAsync(connection, table, column, cancellation))
            {
                await command.ExecuteNonQueryAsync(cancellation);
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

    private static async IAsyncEnumerable<string> LinesAsync(
        ZipArchiveEntry entry,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var stream = await entry.OpenAsync(cancellation);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            yield return line;
        }
    }
}
