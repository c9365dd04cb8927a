using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>Who wants to know when the store was copied or put back: the record, which is checked after a restore.</summary>
public interface IStoreListener
{
    /// <summary>Before the copy is taken, so that it is in it.</summary>
    /// <returns>What the backup's manifest is to say of the newest row, so that the record can be held against it later.</returns>
    Task<BackupMark?> BackingUpAsync(string file, bool withKeys, CancellationToken cancellation);

    /// <returns>What is wrong with what was restored, or null; and a sentence for the console.</returns>
    Task<(string? Complaint, string Told)> RestoredAsync(string file, BackupMark? mark, CancellationToken cancellation);
}

/// <summary>The newest row of the record when a backup was made.</summary>
/// <param name="Hash">SHA-256, hex.</param>
public sealed record BackupMark(long Number, string Hash, DateTimeOffset At);

/// <param name="Provider"><c>sqlite</c> or <c>postgres</c>: a backup goes back into the same kind of store.</param>
internal sealed record BackupManifest(
    int Format,
    string Version,
    string Provider,
    DateTimeOffset CreatedAt,
    bool Keys,
    BackupMark? Record = null
);

/// <summary>
/// A backup is one archive: a manifest and, for SQLite, the database file as its online backup gives it; for PostgreSQL one
/// file of JSON lines per table, read in one snapshot. The key file goes in only when asked for.
/// </summary>
internal sealed class StoreBackup(
    IDbContextFactory<Store> stores,
    StoreMigration migration,
    StoreShape shape,
    StoreKey key,
    IEnumerable<IStoreListener> listeners,
    TimeProvider time
)
{
    private const int Format = 1;
    private const string ManifestEntry = "manifest.json";
    private const string DatabaseEntry = Storage.SqliteFile;
    private const string KeyEntry = "store.key";

    /// <exception cref="StoreException">There is such a file already, or the store is not of this version.</exception>
    public async Task WriteAsync(string file, bool withKeys, CancellationToken cancellation)
    {
        if (File.Exists(file))
        {
            throw new StoreException($"{file} exists already. Name another file, or move it away.");
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        if ((await store.Database.GetPendingMigrationsAsync(cancellation)).Any())
        {
            throw new StoreException(
                "The store is empty or of an older version. Start this program once, or take the backup with the version that wrote it."
            );
        }
        BackupMark? mark = null;
        foreach (var listener in listeners)
        {
            mark = await listener.BackingUpAsync(Path.GetFileName(file), withKeys, cancellation) ?? mark;
        }
        var draft = file + ".part";
        try
        {
            await using (var stream = new FileStream(draft, OwnerOnly()))
            await using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
            {
                await PackAsync(store, archive, withKeys, mark, cancellation);
            }
            File.Move(draft, file);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <param name="replace">Whether a store with content may be overwritten.</param>
    /// <returns>What the listeners tell of it.</returns>
    /// <exception cref="StoreException">It can't be read, is of another kind, or the store is not empty.</exception>
    public async Task<(bool Good, IReadOnlyList<string> Told)> RestoreAsync(
        string file,
        bool replace,
        CancellationToken cancellation
    )
    {
        await using var archive = await OpenAsync(file, cancellation);
        var manifest = await ManifestAsync(archive, file, cancellation);
        await using (var store = await stores.CreateDbContextAsync(cancellation))
        {
            var provider = ProviderOf(store);
            if (manifest.Provider != provider)
            {
                throw new StoreException(
                    $"{file} is a backup of a {manifest.Provider} store and this one is {provider}. Set Storage:Postgres accordingly."
                );
            }
            if (!replace && await PostgresTables.HasContentAsync(store, cancellation))
            {
                throw new StoreException(
                    "The store is not empty. Restore into an empty one, or say --replace to lose what is in it."
                );
            }
            await PutKeyBackAsync(archive, replace, cancellation);
            await shape.ForgetAsync(cancellation);
            if (store.Database.IsSqlite())
            {
                await UnpackSqliteAsync(store, archive, cancellation);
            }
            else
            {
                await PostgresTables.UnpackAsync(store, archive, cancellation);
            }
        }
        await migration.ApplyAsync(cancellation);
        var told = new List<string>();
        var good = true;
        foreach (var listener in listeners)
        {
            var (complaint, line) = await listener.RestoredAsync(Path.GetFileName(file), manifest.Record, cancellation);
            good &= complaint is null;
            told.Add(complaint ?? line);
        }
        return (good, told);
    }

    /// <summary>What a backup notes of the record; null for one that notes nothing.</summary>
    /// <exception cref="StoreException">It can't be read.</exception>
    public async Task<BackupMark?> MarkAsync(string file, CancellationToken cancellation)
    {
        await using var archive = await OpenAsync(file, cancellation);
        return (await ManifestAsync(archive, file, cancellation)).Record;
    }

    private async Task PackAsync(
        Store store,
        ZipArchive archive,
        bool withKeys,
        BackupMark? mark,
        CancellationToken cancellation
    )
    {
        var version = typeof(StoreBackup).Assembly.GetName().Version?.ToString(3) ?? "0";
        var manifest = new BackupManifest(Format, version, ProviderOf(store), time.GetUtcNow(), withKeys, mark);
        await using (var entry = await archive.CreateEntry(ManifestEntry).OpenAsync(cancellation))
        {
            await JsonSerializer.SerializeAsync(entry, manifest, cancellationToken: cancellation);
        }
        if (withKeys && File.Exists(key.File))
        {
            await using var entry = await archive.CreateEntry(KeyEntry).OpenAsync(cancellation);
            await entry.WriteAsync(await File.ReadAllBytesAsync(key.File, cancellation), cancellation);
        }
        if (!store.Database.IsSqlite())
        {
            await PostgresTables.PackAsync(store, archive, cancellation);
            return;
        }
        var copy = Path.GetTempFileName();
        try
        {
            await store.Database.OpenConnectionAsync(cancellation);
            await using (var target = new SqliteConnection($"Data Source={copy};Pooling=False"))
            {
                target.Open();
                ((SqliteConnection)store.Database.GetDbConnection()).BackupDatabase(target);
            }
            await archive.CreateEntryFromFileAsync(copy, DatabaseEntry, cancellation);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static async Task UnpackSqliteAsync(Store store, ZipArchive archive, CancellationToken cancellation)
    {
        var entry =
            archive.GetEntry(DatabaseEntry)
            ?? throw new StoreException("The backup holds no database. It is not whole.");
        var copy = Path.GetTempFileName();
        try
        {
            await entry.ExtractToFileAsync(copy, overwrite: true, cancellation);
            await using var source = new SqliteConnection($"Data Source={copy};Pooling=False");
            await source.OpenAsync(cancellation);
            await using (var check = source.CreateCommand())
            {
                check.CommandText = "PRAGMA integrity_check";
                if (await check.ExecuteScalarAsync(cancellation) is not "ok")
                {
                    throw new StoreException("The database in the backup is damaged. Nothing was restored.");
                }
            }
            await store.Database.OpenConnectionAsync(cancellation);
            source.BackupDatabase((SqliteConnection)store.Database.GetDbConnection());
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private async Task PutKeyBackAsync(ZipArchive archive, bool replace, CancellationToken cancellation)
    {
        if (archive.GetEntry(KeyEntry) is not { } entry)
        {
            return;
        }
        await using var stream = await entry.OpenAsync(cancellation);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var text = (await reader.ReadToEndAsync(cancellation)).Trim();
        if (File.Exists(key.File) && (await File.ReadAllTextAsync(key.File, cancellation)).Trim() != text && !replace)
        {
            throw new StoreException(
                $"{key.File} holds another key than the backup. Say --replace to overwrite it, or name another file with Security:KeyFile."
            );
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(key.File))!);
        File.Delete(key.File);
        await using var target = new FileStream(key.File, OwnerOnly());
        await target.WriteAsync(Encoding.ASCII.GetBytes(text), cancellation);
        key.Forget();
    }

    private static async Task<ZipArchive> OpenAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return await ZipFile.OpenReadAsync(file, cancellation);
        }
        catch (Exception exception)
            when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new StoreException($"{file} can't be read as a backup: {exception.Message}", exception);
        }
    }

    private static async Task<BackupManifest> ManifestAsync(
        ZipArchive archive,
        string file,
        CancellationToken cancellation
    )
    {
        if (archive.GetEntry(ManifestEntry) is not { } entry)
        {
            throw new StoreException($"{file} is an archive, but not a backup of this program.");
        }
        await using var stream = await entry.OpenAsync(cancellation);
        var manifest = await JsonSerializer.DeserializeAsync<BackupManifest>(stream, cancellationToken: cancellation);
        return manifest is { Format: Format }
            ? manifest
            : throw new StoreException(
                $"{file} was written by version {manifest?.Version}, in a form that this version does not read."
            );
    }

    private static string ProviderOf(Store store) => store.Database.IsSqlite() ? "sqlite" : "postgres";

    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        return options;
    }
}
