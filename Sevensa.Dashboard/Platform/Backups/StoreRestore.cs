using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>Puts a proven backup into an empty place, as a whole or not at all; of either kind of store into either.</summary>
internal sealed class StoreRestore(
    IDbContextFactory<Store> stores,
    StoreConnections connections,
    StoreMigration migration,
    StagedBackup staged,
    StoreKey key,
    IEnumerable<IStoreListener> listeners,
    IOptions<StorageOptions> storage
)
{
    private const string SettingsOfBackup = "settings-of-backup.json";

    /// <summary>Proves a backup, and touches nothing but a folder for such things, which it takes away again.</summary>
    /// <exception cref="StoreException">It does not hold.</exception>
    public async Task<IReadOnlyList<string>> CheckAsync(
        string file,
        string? passphraseFile,
        CancellationToken cancellation
    )
    {
        using var scratch = ScratchFolder.Elsewhere();
        return (await staged.UnpackAsync(file, passphraseFile, scratch, cancellation)).Told;
    }

    /// <exception cref="StoreException">It does not hold, or the place is not empty. Nothing was changed then.</exception>
    public async Task<IReadOnlyList<string>> RestoreAsync(
        string file,
        string? passphraseFile,
        CancellationToken cancellation
    )
    {
        await using (var place = await stores.CreateDbContextAsync(cancellation))
        {
            await EmptyPlace.CheckAsync(place, connections, cancellation);
        }
        using var scratch = ScratchFolder.In(storage.Value.Folder);
        var (manifest, told) = await staged.UnpackAsync(file, passphraseFile, scratch, cancellation);
        if (manifest.Keys)
        {
            await PutKeyAsync(scratch.File(BackupManifest.Key), cancellation);
        }
        if (connections.IsSqlite)
        {
            await PutFileAsync(scratch.File(BackupManifest.Database), cancellation);
        }
        else
        {
            await FillAsync(scratch.File(BackupManifest.Database), cancellation);
        }
        if (File.Exists(scratch.File(BackupManifest.Settings)))
        {
            var settings = Path.Combine(storage.Value.Folder, SettingsOfBackup);
            File.Move(scratch.File(BackupManifest.Settings), settings, overwrite: true);
            told.Add($"The settings that it ran with are in {settings}, to compare.");
        }
        foreach (var listener in listeners)
        {
            await listener.RestoredAsync(Path.GetFileName(file), cancellation);
        }
        return told;
    }

    /// <summary>The archive of the head that a backup noted of the record; null for one that notes nothing.</summary>
    /// <exception cref="StoreException">It can't be read.</exception>
    public static async Task<BackupMark?> MarkAsync(string file, string? passphraseFile, CancellationToken cancellation)
    {
        using var scratch = ScratchFolder.Elsewhere();
        await using var archive = await BackupArchive.OpenAsync(file, passphraseFile, scratch, cancellation);
        return archive.Manifest.Record;
    }

    private async Task PutKeyAsync(string from, CancellationToken cancellation)
    {
        var text = await File.ReadAllTextAsync(from, cancellation);
        if (File.Exists(key.File))
        {
            var there = HeldKeys.Parse(await File.ReadAllTextAsync(key.File, cancellation));
            if (there is null || HeldKeys.Parse(text) is not { } its || !there.Open(its))
            {
                throw new StoreException(
                    $"{key.File} holds another key than the backup. Nothing is overwritten: move it away, or name another file with Security:KeyFile."
                );
            }
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(key.File))!);
        await using var target = new DurableFile(key.File);
        await target.Stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text.Trim()), cancellation);
        await target.KeepAsync(cancellation);
        key.Forget();
    }

    private async Task PutFileAsync(string from, CancellationToken cancellation)
    {
        // A program that starts on this place now waits, and finds the store.
        await using var held = await migration.HoldFileAsync(cancellation);
        var to = connections.SqliteFile;
        await using (var place = await stores.CreateDbContextAsync(cancellation))
        {
            await EmptyPlace.CheckAsync(place, connections, cancellation);
        }
        using (var pool = new SqliteConnection(connections.Sqlite))
        {
            SqliteConnection.ClearPool(pool);
        }
        foreach (var nothing in (string[])[to, $"{to}-wal", $"{to}-shm"])
        {
            File.Delete(nothing);
        }
        DurableFile.Rename(from, to, () => new StoreException($"{to} was made meanwhile. Nothing was overwritten."));
    }

    private async Task FillAsync(string from, CancellationToken cancellation)
    {
        await migration.ApplyAsync(cancellation);
        await using var source = await SqliteTables.OpenAsync(from, cancellation);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var counts = await SqliteTables.CountAsync(source, StoreTables.Ordered(store), cancellation);
        await PostgresTables.FillAsync(store, source, counts, () => Task.CompletedTask, cancellation);
    }
}
