using System.ComponentModel.DataAnnotations;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>From SQLite to PostgreSQL: one copy of one moment, counted and proven before anybody is told to use it.</summary>
internal sealed class StoreMove(
    IDbContextFactory<Store> stores,
    StoreConnections connections,
    StoreElsewhere elsewhere,
    IEnumerable<IStoreListener> listeners,
    IOptions<StorageOptions> storage
)
{
    /// <param name="to">PostgreSQL's connection string, as <c>Storage:Postgres</c> takes it.</param>
    /// <exception cref="StoreException">It can't be moved there. What was in either place is there as before.</exception>
    public async Task<IReadOnlyList<string>> MoveAsync(string to, string? passwordFile, CancellationToken cancellation)
    {
        if (!connections.IsSqlite)
        {
            throw new StoreException(
                "The store is in PostgreSQL already (Storage:Postgres). Name the SQLite one: --Storage:Postgres= --Storage:Folder=…"
            );
        }
        if (!File.Exists(connections.SqliteFile))
        {
            throw new StoreException(
                $"There is no store at {connections.SqliteFile}. Name its folder with Storage:Folder."
            );
        }
        RefuseMistakes(to, passwordFile);
        if (await IsOpenElsewhereAsync(cancellation))
        {
            throw new StoreException(
                $"{connections.SqliteFile} is open elsewhere: a dashboard runs on it, and what it writes from now on would be lost. Stop it, and move then."
            );
        }
        await using var source = await stores.CreateDbContextAsync(cancellation);
        await StoreBackup.RefuseOtherVersionAsync(source, cancellation);
        await using var services = elsewhere.Open(storage.Value.Folder, postgres: to, passwordFile: passwordFile);
        if (await services.GetRequiredService<StoreMistakes>().FindAsync(toServe: true) is { } mistake)
        {
            throw new StoreException(mistake.Replace("Storage:Postgres:", "--to:", StringComparison.Ordinal));
        }
        await using var target = await services
            .GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync(cancellation);
        await EmptyPlace.CheckAsync(target, services.GetRequiredService<StoreConnections>(), cancellation);
        var database = StoreConnections.Read(to);
        var place = $"{database.Host}:{database.Port}/{database.Database}";
        BackupMark? mark = null;
        foreach (var listener in listeners)
        {
            mark = await listener.CopyingAsync($"PostgreSQL {place}", cancellation) ?? mark;
        }
        using var scratch = ScratchFolder.In(storage.Value.Folder);
        await SqliteTables.CopyAsync(source, scratch.File(BackupManifest.Database), cancellation);
        await source.Database.CloseConnectionAsync();
        await using var copy = await SqliteTables.OpenAsync(scratch.File(BackupManifest.Database), cancellation);
        var counts = await SqliteTables.CountAsync(copy, StoreTables.Ordered(source), cancellation);
        await services.GetRequiredService<StoreMigration>().ApplyAsync(cancellation);
        await PostgresTables.FillAsync(target, copy, counts, RefuseStartedAsync, cancellation);
        List<string> told =
        [
            $"{counts.Count} tables with {counts.Values.Sum()} rows are in {place}, as many as in {connections.SqliteFile}.",
        ];
        foreach (var listener in services.GetServices<IStoreListener>())
        {
            var (complaint, sentence) = await listener.ProveAsync(mark, cancellation);
            told.Add(
                complaint is null
                    ? sentence
                    : throw new StoreException($"What is in {place} does not hold: {complaint}")
            );
        }
        return told;

        async Task RefuseStartedAsync()
        {
            var isWritten = false;
            foreach (var listener in listeners)
            {
                isWritten |= await listener.NewestAsync(cancellation) != mark;
            }
            if (isWritten || await IsOpenElsewhereAsync(cancellation))
            {
                throw new StoreException(
                    $"A dashboard was started on {connections.SqliteFile} while it was copied. Stop it, and move then. Nothing was kept in {place}."
                );
            }
        }
    }

    private async Task<bool> IsOpenElsewhereAsync(CancellationToken cancellation)
    {
        // What this program itself has open would look like somebody else's.
        SqliteConnection.ClearAllPools();
        return await SqliteTables.IsOpenElsewhereAsync(connections.SqliteFile, cancellation);
    }

    private static void RefuseMistakes(string to, string? passwordFile)
    {
        var options = new StorageOptions { Postgres = to, PostgresPasswordFile = passwordFile };
        var mistakes = options
            .Validate(new ValidationContext(options))
            .Select(mistake =>
                $"{(mistake.MemberNames.Contains(nameof(StorageOptions.Postgres)) ? "--to" : "--password-file")}: {mistake.ErrorMessage}"
            )
            .ToList();
        if (string.IsNullOrWhiteSpace(to))
        {
            mistakes.Add("--to: it is empty");
        }
        if (mistakes.Count > 0)
        {
            throw new StoreException(string.Join(Environment.NewLine, mistakes));
        }
    }
}
