using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>
/// A backup that was unpacked into a place of its own and proven there by the program's own code: parts, schema, rows, keys,
/// and the record from its first row to the one that was noted.
/// </summary>
internal sealed class StagedBackup(StoreElsewhere elsewhere, StoreKey key)
{
    /// <returns>What it is and what was found, in sentences; in <paramref name="scratch"/> the store lies as this version has it.</returns>
    /// <exception cref="StoreException">It can't be read, is not whole, or does not hold.</exception>
    public async Task<(BackupManifest Manifest, List<string> Told)> UnpackAsync(
        string file,
        string? passphraseFile,
        ScratchFolder scratch,
        CancellationToken cancellation
    )
    {
        await using var archive = await BackupArchive.OpenAsync(file, passphraseFile, scratch, cancellation);
        var manifest = archive.Manifest;
        await archive.CheckPartsAsync(cancellation);
        if (manifest.Keys != archive.Has(BackupManifest.Key))
        {
            throw new StoreException(
                $"{file} was changed: its manifest says that the key file is {(manifest.Keys ? "in it, and it is not" : "not in it, and it is")}."
            );
        }
        var schema = await KnownSchemaAsync(archive, file, cancellation);
        await UnpackKeyAsync(archive, file, scratch, cancellation);
        List<string> told = [About(manifest, file)];
        told.AddRange(await ProveAsync(archive, file, schema, scratch, cancellation));
        told.AddRange((manifest.LeftOut ?? []).Select(one => $"Not in it: {one}"));
        await CloseAsync(scratch.File(BackupManifest.Database), cancellation);
        return (manifest, told);
    }

    private async Task<List<string>> ProveAsync(
        BackupArchive archive,
        string file,
        string schema,
        ScratchFolder scratch,
        CancellationToken cancellation
    )
    {
        var manifest = archive.Manifest;
        await using var services = elsewhere.Open(scratch.Path, scratch.File(BackupManifest.Key));
        var listeners = services.GetServices<IStoreListener>().ToList();
        foreach (var (name, mark) in listeners.SelectMany(listener => listener.Marks))
        {
            if (archive.Has(BackupManifest.Marks + name))
            {
                await archive.ExtractAsync(BackupManifest.Marks + name, mark, cancellation);
            }
        }
        if (archive.Has(BackupManifest.Settings))
        {
            await archive.ExtractAsync(BackupManifest.Settings, scratch.File(BackupManifest.Settings), cancellation);
        }
        var database = scratch.File(BackupManifest.Database);
        if (manifest.Provider == "sqlite")
        {
            await archive.ExtractAsync(BackupManifest.Database, database, cancellation);
        }
        else
        {
            try
            {
                await FillAsync(services, archive, schema, database, cancellation);
            }
            catch (Exception exception) when (exception is JsonException or InvalidDataException)
            {
                throw new StoreException($"A row in {file} can't be read: {exception.Message}", exception);
            }
        }
        await CheckRowsAsync(manifest, schema, database, cancellation);
        await services.GetRequiredService<StoreShape>().ForgetAsync(cancellation);
        await services.GetRequiredService<StoreMigration>().ApplyAsync(cancellation);
        if (SealedDataProtection.Mistake(services) is { } sealedElsewhere)
        {
            throw new StoreException(sealedElsewhere);
        }
        var told = new List<string>();
        foreach (var listener in listeners)
        {
            var (complaint, sentence) = await listener.ProveAsync(manifest.Record, cancellation);
            told.Add(complaint is null ? sentence : throw new StoreException(complaint));
        }
        using var pool = new SqliteConnection(services.GetRequiredService<StoreConnections>().Sqlite);
        SqliteConnection.ClearPool(pool);
        return told;
    }

    /// <summary>The newest migration of the backup, by SQLite's name of it.</summary>
    private static async Task<string> KnownSchemaAsync(
        BackupArchive archive,
        string file,
        CancellationToken cancellation
    )
    {
        var manifest = archive.Manifest;
        if (manifest.Provider is not ("sqlite" or "postgres"))
        {
            throw new StoreException(
                $"{file} is of a kind of store that this version does not know: {manifest.Provider}."
            );
        }
        using var its = StoreTables.Unconnected(manifest.Provider == "sqlite");
        using var sqlite = StoreTables.Unconnected(isSqlite: true);
        var known = its.Database.GetMigrations().ToList();
        var newest = manifest.Schema ?? await SchemaBeforeAsync(archive, cancellation) ?? known[^1];
        if (!known.Contains(newest))
        {
            throw new StoreException(
                $"{file} was written by a newer version of this program ({manifest.Version}; its store has {newest}). Restore it with that version."
            );
        }
        return sqlite
                .Database.GetMigrations()
                .LastOrDefault(one => StoreTables.NameOf(one) == StoreTables.NameOf(newest))
            ?? throw new StoreException($"{file} has a schema {newest} that SQLite's store never had.");
    }

    /// <summary>Archives of the first form say it in a table; null for SQLite's, whose file is asked later.</summary>
    private static async Task<string?> SchemaBeforeAsync(BackupArchive archive, CancellationToken cancellation)
    {
        if (!archive.Has(PostgresTables.PartOf(StoreTables.History)))
        {
            return null;
        }
        string? last = null;
        await foreach (var line in archive.LinesAsync(PostgresTables.PartOf(StoreTables.History), cancellation))
        {
            using var row = JsonDocument.Parse(line);
            var id = row.RootElement.GetProperty("MigrationId").GetString()!;
            last = string.CompareOrdinal(id, last) > 0 ? id : last;
        }
        return last;
    }

    private async Task UnpackKeyAsync(
        BackupArchive archive,
        string file,
        ScratchFolder scratch,
        CancellationToken cancellation
    )
    {
        var here = scratch.File(BackupManifest.Key);
        if (archive.Has(BackupManifest.Key))
        {
            await archive.ExtractAsync(BackupManifest.Key, here, cancellation);
        }
        else if (File.Exists(key.File))
        {
            // By a link: no second copy of it lies about, and the marks beside the real one are of another time.
            File.CreateSymbolicLink(here, Path.GetFullPath(key.File));
        }
        else
        {
            throw new StoreException(
                $"The key file is not in {file}, and {key.File} is not there. Put the key file that belongs to this backup there, or name it with Security:KeyFile."
            );
        }
    }

    private static async Task FillAsync(
        ServiceProvider services,
        BackupArchive archive,
        string schema,
        string database,
        CancellationToken cancellation
    )
    {
        await using var store = await services
            .GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync(cancellation);
        await store.GetService<IMigrator>().MigrateAsync(schema, cancellation);
        var forms = new RowForms();
        await using var connection = await SqliteTables.OpenAsync(database, cancellation);
        await SqliteTables.RunAsync(connection, "PRAGMA foreign_keys=OFF", cancellation);
        foreach (var table in StoreTables.Ordered(store))
        {
            var part = PostgresTables.PartOf(table);
            if (archive.Has(part))
            {
                await SqliteTables.FillAsync(
                    connection,
                    forms,
                    table,
                    archive.LinesAsync(part, cancellation),
                    cancellation
                );
            }
        }
    }

    private static async Task CheckRowsAsync(
        BackupManifest manifest,
        string schema,
        string database,
        CancellationToken cancellation
    )
    {
        await using var connection = await SqliteTables.OpenAsync(database, cancellation);
        await SqliteTables.CheckAsync(connection, cancellation);
        if (
            await SqliteTables.SchemaAsync(connection, cancellation) is not { } has
            || (manifest.Schema is not null && has != schema)
        )
        {
            throw new StoreException("The database in the backup is not of the version that its manifest says.");
        }
        if (manifest.Tables is { } noted)
        {
            var found = await SqliteTables.CountAsync(
                connection,
                await SqliteTables.NamesAsync(connection, cancellation),
                cancellation
            );
            if (RowCounts.Difference(noted, found) is { } difference)
            {
                throw new StoreException(difference);
            }
        }
    }

    /// <summary>One file that is whole by itself, and as a store has it.</summary>
    private static async Task CloseAsync(string database, CancellationToken cancellation)
    {
        await using (var connection = await SqliteTables.OpenAsync(database, cancellation))
        {
            await SqliteTables.RunAsync(connection, "PRAGMA journal_mode=WAL", cancellation);
            await SqliteTables.RunAsync(connection, "PRAGMA wal_checkpoint(TRUNCATE)", cancellation);
        }
        await using var file = new FileStream(database, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    private static string About(BackupManifest manifest, string file)
    {
        var what = manifest.Provider == "sqlite" ? "SQLite" : "PostgreSQL";
        var made = string.Create(
            CultureInfo.InvariantCulture,
            $"{file} is a backup of a {what} store, made on {manifest.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC by version {manifest.Version}"
        );
        return manifest.Tables is { } tables
            ? $"{made}: {tables.Count} tables with {manifest.Rows} rows, as its manifest says."
            : $"{made}, which noted neither sums nor rows.";
    }
}
