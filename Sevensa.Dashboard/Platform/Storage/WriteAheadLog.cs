using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using SQLitePCL;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// Brings SQLite's write-ahead log back into the database's file beside the writers. Left to itself SQLite does that inside the
/// commit that finds a thousand pages in the log, where everybody behind it waits for the disk.
/// </summary>
internal sealed class WriteAheadLog : DbConnectionInterceptor, IDisposable
{
    /// <summary>Pages of 4 KiB that are worth the way.</summary>
    private const int Worth = 1000;

    /// <summary>
    /// From here on the log is to begin anew, which it does when all of it is back and nobody reads it: who writes many rows waits,
    /// and what little comes meanwhile is brought back in a turn of its own.
    /// </summary>
    private const int Long = 4000;

    /// <summary>Where SQLite does it by itself after all.</summary>
    private const int TooLong = 4 * Long;
    private const int LookEvery = 8;

    /// <summary>SQLITE_CHECKPOINT_NOOP: tells how much there is, and does nothing.</summary>
    private const int OnlyLook = -1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly StoreConnections connections;
    private readonly WriteTurn turn;
    private readonly Lock inUse = new();
    private SqliteConnection? own;
    private bool disposed;
    private int turns;
    private int isLooking;
    private volatile Task shortEnough = Task.CompletedTask;

    public WriteAheadLog(StoreConnections connections, WriteTurn turn)
    {
        (this.connections, this.turn) = (connections, turn);
        turn.Ended += Wrote;
    }

    /// <summary>That of a store; null on PostgreSQL.</summary>
    public static WriteAheadLog? Of(Store store) =>
        store
            .GetService<IDbContextOptions>()
            .FindExtension<CoreOptionsExtension>()
            ?.Interceptors?.OfType<WriteAheadLog>()
            .FirstOrDefault();

    /// <summary>Whoever writes much waits here between two transactions, so that the log does not grow while it is brought back.</summary>
    public Task ShortEnoughAsync(CancellationToken cancellation) => shortEnough.WaitAsync(cancellation);

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
        LeaveToUs(connection);

    public override Task ConnectionOpenedAsync(
        DbConnection connection,
        ConnectionEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        LeaveToUs(connection);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        turn.Ended -= Wrote;
        lock (inUse)
        {
            disposed = true;
            own?.Dispose();
        }
    }

    private static void LeaveToUs(DbConnection connection) =>
        raw.sqlite3_wal_autocheckpoint(((SqliteConnection)connection).Handle, TooLong);

    private void Wrote()
    {
        if (Interlocked.Increment(ref turns) % LookEvery == 0 && Interlocked.Exchange(ref isLooking, 1) == 0)
        {
            _ = Task.Run(LookAsync);
        }
    }

    private async Task LookAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var (pages, back) = Bring(OnlyLook);
            if (pages - back < Worth)
            {
                return;
            }
            if (pages < Long)
            {
                Bring(raw.SQLITE_CHECKPOINT_PASSIVE);
                return;
            }
            shortEnough = ready.Task;
            Bring(raw.SQLITE_CHECKPOINT_PASSIVE);
            using (await turn.StillAsync(Patience))
            {
                Bring(raw.SQLITE_CHECKPOINT_PASSIVE);
            }
        }
        catch (SqliteException)
        {
            // Tried again after the next writes; whoever writes or reads tells what is wrong with the store.
        }
        finally
        {
            ready.SetResult();
            Interlocked.Exchange(ref isLooking, 0);
        }
    }

    /// <summary>Pages in the log, and how many of them are back in the database's file.</summary>
    private (int Pages, int Back) Bring(int how)
    {
        lock (inUse)
        {
            if (disposed)
            {
                return (0, 0);
            }
            if (own is null)
            {
                own = new SqliteConnection(
                    new SqliteConnectionStringBuilder(connections.Sqlite) { Pooling = false }.ToString()
                );
                own.Open();
            }
            var outcome = raw.sqlite3_wal_checkpoint_v2(own.Handle, "main", how, out var pages, out var back);
            if (outcome is not (raw.SQLITE_OK or raw.SQLITE_BUSY or raw.SQLITE_LOCKED))
            {
                SqliteException.ThrowExceptionForRC(outcome, own.Handle);
            }
            return (pages, back);
        }
    }
}
