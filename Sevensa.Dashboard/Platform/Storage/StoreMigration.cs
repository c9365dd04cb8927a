using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// Brings the store to this program's shape at start, one program at a time, then puts the append-only triggers in place.
/// </summary>
internal sealed class StoreMigration(
    IDbContextFactory<Store> stores,
    StoreShape shape,
    IOptions<StorageOptions> options,
    TimeProvider time,
    ILogger<StoreMigration> log
)
{
    private const string LockFile = "migration.lock";

    /// <exception cref="StoreException">Another program migrates and did not finish in time, or the store is newer than this program.</exception>
    public async Task ApplyAsync(CancellationToken cancellation = default)
    {
        var deadline = time.GetUtcNow().AddSeconds(options.Value.MigrationWaitSeconds);
        while (true)
        {
            try
            {
                await BringUpAsync(cancellation);
                return;
            }
            catch (Exception exception) when (IsJustNow(exception) && time.GetUtcNow() < deadline)
            {
                log.LogInformation("Waiting for the database. {Fault}", StoreFault.In(exception)!.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancellation);
            }
        }
    }

    /// <summary>The server starts at this moment, or has no connection left: no mistake of anybody's.</summary>
    private static bool IsJustNow(Exception? exception) =>
        exception is Npgsql.PostgresException { SqlState: "57P03" or "53300" }
        || (exception?.InnerException is { } inner && IsJustNow(inner));

    private async Task BringUpAsync(CancellationToken cancellation)
    {
        if (await shape.IsCurrentAsync(cancellation))
        {
            return;
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var sqlite = store.Database.IsSqlite();
        // PostgreSQL: EF locks its history table inside the transaction, so a killed program leaves nothing behind.
        using var held = sqlite ? await HoldFileAsync(cancellation) : null;
        if (sqlite)
        {
            await store.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellation);
            await ClearLeftOverLockAsync(store, cancellation);
        }
        else if (
            store.GetService<IRelationalDatabaseCreator>() is var creator
            && !await creator.ExistsAsync(cancellation)
        )
        {
            await creator.CreateAsync(cancellation);
        }
        await RefuseNewerAsync(store, cancellation);
        await shape.ForgetAsync(cancellation);
        await store.Database.MigrateAsync(cancellation);
        await GuardAppendOnlyAsync(store, sqlite, cancellation);
        await shape.MarkAsync(cancellation);
    }

    /// <summary>Keeps other programs from bringing a store in this folder up, for as long as it is held.</summary>
    internal async Task<FileStream> HoldFileAsync(CancellationToken cancellation)
    {
        var path = Path.Combine(options.Value.Folder, LockFile);
        var deadline = time.GetUtcNow().AddSeconds(options.Value.MigrationWaitSeconds);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (time.GetUtcNow() < deadline)
            {
                log.LogInformation("Another program brings the store up to date ({Path} is held); waiting", path);
                await Task.Delay(TimeSpan.FromMilliseconds(250), time, cancellation);
            }
            catch (IOException exception)
            {
                throw new StoreException(
                    $"Another program has held {path} for {options.Value.MigrationWaitSeconds} s. "
                        + "End it, or raise Storage:MigrationWaitSeconds if its migration is still at work.",
                    exception
                );
            }
        }
    }

    /// <summary>A program killed while migrating leaves a row that EF would wait for without end. We hold the file: it is nobody's.</summary>
    private async Task ClearLeftOverLockAsync(Store store, CancellationToken cancellation)
    {
        var exists = await store
            .Database.SqlQuery<int>(
                $"SELECT COUNT(*) AS Value FROM sqlite_master WHERE type='table' AND name='__EFMigrationsLock'"
            )
            .SingleAsync(cancellation);
        if (exists == 0)
        {
            return;
        }
        if (await store.Database.ExecuteSqlRawAsync("DELETE FROM __EFMigrationsLock", cancellation) > 0)
        {
            log.LogWarning(
                "An earlier start was cut short while it brought the store up to date. Its lock is cleared and the migration goes on"
            );
        }
    }

    private static async Task RefuseNewerAsync(Store store, CancellationToken cancellation)
    {
        if (!await store.GetService<IHistoryRepository>().ExistsAsync(cancellation))
        {
            return;
        }
        var known = store.Database.GetMigrations().ToHashSet();
        var unknown = (await store.Database.GetAppliedMigrationsAsync(cancellation))
            .Where(name => !known.Contains(name))
            .ToList();
        if (unknown.Count > 0)
        {
            throw new StoreException(
                $"The store was written by a newer version of this program (it has {string.Join(", ", unknown)}). "
                    + "Start that version, or restore a backup made by this one."
            );
        }
    }

    private static async Task GuardAppendOnlyAsync(Store store, bool sqlite, CancellationToken cancellation)
    {
        foreach (var entity in AppendOnly.Of(store))
        {
            foreach (var sql in sqlite ? SqliteGuard(entity) : PostgresGuard(entity.GetTableName()!))
            {
                await store.Database.ExecuteSqlRawAsync(sql, cancellation);
            }
        }
    }

    private static IEnumerable<string> SqliteGuard(IEntityType entity)
    {
        var table = entity.GetTableName()!;
        foreach (var verb in new[] { "UPDATE", "DELETE" })
        {
            yield return $"""
                CREATE TRIGGER IF NOT EXISTS "{table}_no_{verb}" BEFORE {verb} ON "{table}"
                BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
                """;
        }
        // INSERT OR REPLACE takes the row away that is in its way, and no trigger on deletes sees that.
        var same = entity
            .GetKeys()
            .Select(key => key.Properties)
            .Concat(entity.GetIndexes().Where(index => index.IsUnique).Select(index => index.Properties))
            .Select(properties =>
                string.Join(
                    " AND ",
                    properties.Select(one => $"\"{one.GetColumnName()}\" = NEW.\"{one.GetColumnName()}\"")
                )
            )
            .Append("rowid = NEW.rowid");
        var exists = string.Join(" OR ", same.Select(one => $"EXISTS (SELECT 1 FROM \"{table}\" WHERE {one})"));
        yield return $"""
            CREATE TRIGGER IF NOT EXISTS "{table}_no_REPLACE" BEFORE INSERT ON "{table}" WHEN {exists}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
            """;
    }

    private static IEnumerable<string> PostgresGuard(string table) =>
        [
            """
                CREATE OR REPLACE FUNCTION sevensa_append_only() RETURNS trigger AS $$
                BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql
                """,
            $"""
                CREATE OR REPLACE TRIGGER "{table}_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}"
                FOR EACH STATEMENT EXECUTE FUNCTION sevensa_append_only()
                """,
        ];
}

/// <summary>The store cannot be used; the message says why and what to do. Ends the program with exit code 1.</summary>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What such an exception says, also when a library wrapped it; null when there is none.</summary>
    internal static string? ReasonIn(Exception? exception) =>
        exception is null or StoreException ? exception?.Message : ReasonIn(exception.InnerException);
}
