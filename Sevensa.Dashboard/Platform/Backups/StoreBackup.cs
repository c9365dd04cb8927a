using System.IO.Compression;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>
/// A backup is one archive: for SQLite the database file as its online backup gives it; for PostgreSQL one file of JSON lines
/// per table, read in one snapshot; the marks that bear witness to the record; the settings; and a manifest of it all. The key
/// file goes in only when asked for.
/// </summary>
internal sealed class StoreBackup(
    IDbContextFactory<Store> stores,
    StoreKey key,
    IEnumerable<IStoreListener> listeners,
    NotedSettings noted,
    IOptions<StorageOptions> storage,
    TimeProvider time
)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    public Task<(string File, BackupManifest Manifest)> WriteAsync(
        string to,
        bool withKeys,
        CancellationToken cancellation
    ) => WriteAsync(to, withKeys, passphraseFile: null, cancellation);

    /// <param name="to">The archive, or a folder in which it is named by the time.</param>
    /// <param name="passphraseFile">Of the passphrase that it is sealed under; null for none.</param>
    /// <exception cref="StoreException">There is such a file already, or the store is not of this version.</exception>
    public async Task<(string File, BackupManifest Manifest)> WriteAsync(
        string to,
        bool withKeys,
        string? passphraseFile,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var file =
            Directory.Exists(to) || Path.EndsInDirectorySeparator(to)
                ? Path.Combine(to, $"sevensa-{now:yyyyMMdd'T'HHmmss'Z'}.backup")
                : to;
        await using var whole = new DurableFile(file);
        var passphrase = passphraseFile is null
            ? null
            : await SealedArchive.PassphraseAsync(passphraseFile, cancellation);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await RefuseOtherVersionAsync(store, cancellation);
        BackupMark? mark = null;
        foreach (var listener in listeners)
        {
            mark = await listener.BackingUpAsync(Path.GetFileName(file), withKeys, cancellation) ?? mark;
        }
        var manifest = new BackupManifest(
            BackupManifest.Newest,
            typeof(StoreBackup).Assembly.GetName().Version?.ToString(3) ?? "0",
            StoreTables.ProviderOf(store),
            now,
            withKeys,
            mark
        );
        if (passphrase is null)
        {
            manifest = await PackAsync(store, whole.Stream, manifest, cancellation);
        }
        else
        {
            await using var covered = SealedArchive.Seal(whole.Stream, passphrase);
            manifest = await PackAsync(store, covered, manifest, cancellation);
            covered.Finish();
        }
        await whole.KeepAsync(cancellation);
        return (file, manifest);
    }

    /// <exception cref="StoreException">The store is not of the version that this program knows whole.</exception>
    public static async Task RefuseOtherVersionAsync(Store store, CancellationToken cancellation)
    {
        if ((await store.Database.GetPendingMigrationsAsync(cancellation)).Any())
        {
            throw new StoreException(
                "The store is empty or of an older version. Start this program once, or take the backup with the version that wrote it."
            );
        }
        var unknown = (await store.Database.GetAppliedMigrationsAsync(cancellation)).Except(
            store.Database.GetMigrations()
        );
        if (unknown.Any())
        {
            throw new StoreException(
                $"The store was written by a newer version of this program (it has {string.Join(", ", unknown)}). Take the backup with that version."
            );
        }
    }

    private async Task<BackupManifest> PackAsync(
        Store store,
        Stream to,
        BackupManifest manifest,
        CancellationToken cancellation
    )
    {
        await using var archive = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true);
        var parts = new List<BackupPart>();
        // The marks before the rows: then the rows are at least as new as what bears witness to them.
        foreach (var (name, mark) in listeners.SelectMany(listener => listener.Marks))
        {
            if (File.Exists(mark))
            {
                await AddFileAsync(BackupManifest.Marks + name, mark);
            }
        }
        if (manifest.Keys)
        {
            await AddFileAsync(BackupManifest.Key, key.File);
        }
        var settings = noted.Read(out var secrets, out var files);
        await AddAsync(
            BackupManifest.Settings,
            stream => JsonSerializer.SerializeAsync(stream, settings, Readable, cancellation)
        );
        var (schema, tables) = store.Database.IsSqlite() ? await SqliteAsync() : await PostgresAsync();
        manifest = manifest with
        {
            Schema = schema,
            Tables = tables,
            Parts = parts,
            LeftOut = [.. LeftOut(manifest.Keys, secrets, files)],
        };
        await using var entry = await archive.CreateEntry(BackupManifest.Entry).OpenAsync(cancellation);
        await JsonSerializer.SerializeAsync(entry, manifest, Readable, cancellation);
        return manifest;

        async Task<(string? Schema, SortedDictionary<string, long> Tables)> SqliteAsync()
        {
            using var scratch = ScratchFolder.In(storage.Value.Folder);
            var copy = scratch.File(BackupManifest.Database);
            await SqliteTables.CopyAsync(store, copy, cancellation);
            await using var connection = await SqliteTables.OpenAsync(copy, cancellation);
            var counts = await SqliteTables.CountAsync(connection, StoreTables.Ordered(store), cancellation);
            await AddFileAsync(BackupManifest.Database, copy);
            return (await SqliteTables.SchemaAsync(connection, cancellation), counts);
        }

        async Task<(string? Schema, SortedDictionary<string, long> Tables)> PostgresAsync()
        {
            await using var snapshot = await store.BeginSnapshotAsync(cancellation);
            var connection = (NpgsqlConnection)store.Database.GetDbConnection();
            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            foreach (var table in StoreTables.Ordered(store))
            {
                await AddAsync(
                    PostgresTables.PartOf(table),
                    async stream =>
                        counts[table] = await PostgresTables.WriteAsync(connection, table, stream, cancellation)
                );
            }
            return (await SqliteTables.SchemaAsync(connection, cancellation), counts);
        }

        Task AddFileAsync(string name, string path) =>
            AddAsync(
                name,
                async stream =>
                {
                    await using var source = new FileStream(
                        path,
                        FileMode.Open,
                        FileAccess.Read,
                        FileShare.ReadWrite | FileShare.Delete
                    );
                    await source.CopyToAsync(stream, cancellation);
                }
            );

        async Task AddAsync(string name, Func<Stream, Task> write)
        {
            // The dashboard runs beside it: its processor is worth more than a few bytes of the archive.
            await using var entry = await archive.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(cancellation);
            await using var summed = new SummedStream(entry);
            await write(summed);
            parts.Add(summed.Part(name));
        }
    }

    private static IEnumerable<string> LeftOut(
        bool withKeys,
        IReadOnlyList<string> secrets,
        IReadOnlyList<string> files
    )
    {
        if (!withKeys)
        {
            yield return "The key file (Security:KeyFile). Without it the product's keys in this archive can't be opened, and it can't be restored: keep a copy elsewhere.";
        }
        if (files.Count > 0)
        {
            yield return $"What the files hold that settings name: {string.Join(", ", files)}. Lay them down anew.";
        }
        if (secrets.Count > 0)
        {
            yield return $"The values, or the passwords in them, of these settings: {string.Join(", ", secrets)}.";
        }
        yield return "The state of runners, in the dashboard's process (runner/ in Storage:Folder) as on their hosts: their keys never leave them.";
        yield return "What Prometheus, Loki, Vault and tenants' databases hold: each has a backup of its own.";
    }
}
