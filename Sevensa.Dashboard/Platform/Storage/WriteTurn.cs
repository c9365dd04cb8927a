using System.Data.Common;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// SQLite has one writer at a time, and who finds its lock taken polls for it on a thread, without an order. Here the
/// program's writers wait in a row instead, so that nobody waits for longer than those before him write. Whoever waits, in the
/// row and for the lock together, waits no longer than its patience: the context's command timeout, else five seconds.
/// </summary>
internal sealed class WriteTurn
    : IDbTransactionInterceptor,
        IDbCommandInterceptor,
        IDbConnectionInterceptor,
        IDisposable
{
    /// <summary>Whoever gets the turn with less than this left has waited for one that waited in vain.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Whoever waits for SQLite's lock asks for it again and again, and in between its connection answers at once. One that
    /// writes answers when its statement has ended.
    /// </summary>
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromMilliseconds(250);

    /// <summary>SQLITE_TXN_WRITE: a transaction that has the lock.</summary>
    private const int Writing = 2;

    private readonly SemaphoreSlim turn = new(1);
    private DbConnection? writer;

    /// <summary>The writer, or the last one, had SQLite's lock, not only its turn: whom it keeps waiting, our own row keeps waiting.</summary>
    private bool writes;

    /// <summary>Somebody's turn has ended.</summary>
    public event Action? Ended;

    /// <summary>A turn in which nobody of this program writes, for who does so without EF; ends when it is disposed of.</summary>
    /// <returns>Null when it did not come in time.</returns>
    public async Task<IDisposable?> StillAsync(TimeSpan patience)
    {
        if (!await turn.WaitAsync(patience))
        {
            return null;
        }
        writes = true;
        return new Stillness(turn);
    }

    public async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
        DbConnection connection,
        TransactionStartingEventData eventData,
        InterceptionResult<DbTransaction> result,
        CancellationToken cancellationToken = default
    )
    {
        var left = await TakeAsync(connection, eventData.Context, cancellationToken);
        // What is left of the patience is for another program's lock.
        ((SqliteConnection)connection).DefaultTimeout = left;
        return result;
    }

    public ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection,
        TransactionEndEventData eventData,
        DbTransaction result,
        CancellationToken cancellationToken = default
    )
    {
        if (ReferenceEquals(writer, connection))
        {
            writes = true;
        }
        return new(result);
    }

    public Task TransactionCommittedAsync(
        DbTransaction transaction,
        TransactionEndEventData eventData,
        CancellationToken cancellationToken = default
    ) => End(eventData.Context?.Database.GetDbConnection());

    public Task TransactionRolledBackAsync(
        DbTransaction transaction,
        TransactionEndEventData eventData,
        CancellationToken cancellationToken = default
    ) => End(eventData.Context?.Database.GetDbConnection());

    public Task TransactionFailedAsync(
        DbTransaction transaction,
        TransactionErrorEventData eventData,
        CancellationToken cancellationToken = default
    ) => End(eventData.Context?.Database.GetDbConnection());

    public async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default
    )
    {
        await TakeForAsync(command, eventData, cancellationToken);
        return result;
    }

    public async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        await TakeForAsync(command, eventData, cancellationToken);
        return result;
    }

    public ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command,
        CommandExecutedEventData eventData,
        DbDataReader result,
        CancellationToken cancellationToken = default
    )
    {
        Wrote(command);
        return new(result);
    }

    public ValueTask<int> NonQueryExecutedAsync(
        DbCommand command,
        CommandExecutedEventData eventData,
        int result,
        CancellationToken cancellationToken = default
    )
    {
        Wrote(command);
        EndOf(command);
        return new(result);
    }

    public Task CommandFailedAsync(
        DbCommand command,
        CommandErrorEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        EndOf(command);
        return Task.CompletedTask;
    }

    public Task CommandCanceledAsync(
        DbCommand command,
        CommandEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        EndOf(command);
        return Task.CompletedTask;
    }

    // A statement whose rows were read has written by then, and a transaction that was left without a word ends here.
    public InterceptionResult ConnectionClosing(
        DbConnection connection,
        ConnectionEventData eventData,
        InterceptionResult result
    )
    {
        _ = End(connection);
        return result;
    }

    public ValueTask<InterceptionResult> ConnectionClosingAsync(
        DbConnection connection,
        ConnectionEventData eventData,
        InterceptionResult result
    )
    {
        _ = End(connection);
        return new(result);
    }

    public void Dispose() => turn.Dispose();

#pragma warning disable CS0618 // What ExecuteUpdate and ExecuteDelete still call themselves.
    private const CommandSource Many = CommandSource.BulkUpdate;
#pragma warning restore CS0618

    private async Task TakeForAsync(DbCommand command, CommandEventData eventData, CancellationToken cancellation)
    {
        if (
            command.Transaction is null
            && eventData.CommandSource
                is CommandSource.SaveChanges
                    or Many
                    or CommandSource.ExecuteUpdate
                    or CommandSource.ExecuteDelete
                    or CommandSource.ExecuteSqlRaw
        )
        {
            command.CommandTimeout = await TakeAsync(command.Connection!, eventData.Context, cancellation);
        }
    }

    /// <returns>Whole seconds that are left for the lock itself; one at least, since SQLite knows no fewer.</returns>
    /// <exception cref="StoreUnavailableException">The turn did not come in time.</exception>
    private async Task<int> TakeAsync(DbConnection connection, DbContext? context, CancellationToken cancellation)
    {
        var patience = TimeSpan.FromSeconds(context?.Database.GetCommandTimeout() ?? StoreConnections.LockPatience);
        if (ReferenceEquals(writer, connection))
        {
            return (int)patience.TotalSeconds;
        }
        var asked = Stopwatch.GetTimestamp();
        if (!await turn.WaitAsync(patience, cancellation))
        {
            throw new StoreUnavailableException(
                writes || await HasLockAsync(writer) ? StoreFault.BusyByItself : StoreFault.LockedByAnother
            );
        }
        var left = patience - Stopwatch.GetElapsedTime(asked);
        if (left < Least)
        {
            turn.Release();
            throw new StoreUnavailableException(writes ? StoreFault.BusyByItself : StoreFault.LockedByAnother);
        }
        writes = false;
        writer = connection;
        // A transaction that could not begin ends without a word of EF's: the connection tells by closing.
        connection.StateChange += Closed;
        if (connection.State is System.Data.ConnectionState.Closed)
        {
            _ = End(connection);
        }
        return Math.Max(1, (int)Math.Round(left.TotalSeconds));
    }

    private void Closed(object sender, System.Data.StateChangeEventArgs change)
    {
        if (change.CurrentState is System.Data.ConnectionState.Closed)
        {
            _ = End(sender as DbConnection);
        }
    }

    /// <summary>Whether this one has SQLite's lock now: a transaction of its own that writes, or a statement in the middle of it.</summary>
    private static async Task<bool> HasLockAsync(DbConnection? one)
    {
        try
        {
            return one
                    is SqliteConnection { State: System.Data.ConnectionState.Open, Handle: { IsClosed: false } handle }
                && await Task.Run(() => TransactionState(handle, 0) == Writing).WaitAsync(AnswersWithin);
        }
        catch (TimeoutException)
        {
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    private void Wrote(DbCommand command)
    {
        if (command.Transaction is null && ReferenceEquals(writer, command.Connection))
        {
            writes = true;
        }
    }

    private void EndOf(DbCommand command)
    {
        if (command.Transaction is null)
        {
            End(command.Connection);
        }
    }

    private Task End(DbConnection? connection)
    {
        if (
            connection is not null
            && ReferenceEquals(Interlocked.CompareExchange(ref writer, null, connection), connection)
        )
        {
            connection.StateChange -= Closed;
            turn.Release();
            Ended?.Invoke();
        }
        return Task.CompletedTask;
    }

    [DllImport("e_sqlite3", EntryPoint = "sqlite3_txn_state")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern int TransactionState(SQLitePCL.sqlite3 database, nint schema);

    private sealed class Stillness(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
