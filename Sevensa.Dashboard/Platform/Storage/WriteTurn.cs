using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// SQLite has one writer at a time, and who finds its lock taken polls for it on a thread, without an order. Here the
/// program's writers wait in a row instead, so that nobody waits for longer than those before him write.
/// </summary>
internal sealed class WriteTurn
    : IDbTransactionInterceptor,
        IDbCommandInterceptor,
        IDbConnectionInterceptor,
        IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(StoreConnections.LockPatience);
    private readonly SemaphoreSlim turn = new(1);
    private DbConnection? writer;

    public async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
        DbConnection connection,
        TransactionStartingEventData eventData,
        InterceptionResult<DbTransaction> result,
        CancellationToken cancellationToken = default
    )
    {
        await TakeAsync(connection, cancellationToken);
        return result;
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

    public ValueTask<int> NonQueryExecutedAsync(
        DbCommand command,
        CommandExecutedEventData eventData,
        int result,
        CancellationToken cancellationToken = default
    )
    {
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

    private Task TakeForAsync(DbCommand command, CommandEventData eventData, CancellationToken cancellation) =>
        command.Transaction is null
        && eventData.CommandSource
            is CommandSource.SaveChanges
                or CommandSource.ExecuteUpdate
                or CommandSource.ExecuteDelete
                or CommandSource.ExecuteSqlRaw
            ? TakeAsync(command.Connection!, cancellation)
            : Task.CompletedTask;

    private async Task TakeAsync(DbConnection connection, CancellationToken cancellation)
    {
        if (ReferenceEquals(writer, connection))
        {
            return;
        }
        if (!await turn.WaitAsync(Patience, cancellation))
        {
            throw new SqliteException("SQLite Error 5: 'database is locked'.", 5);
        }
        writer = connection;
        // A transaction that could not begin ends without a word of EF's: the connection tells by closing.
        connection.StateChange += Closed;
        if (connection.State is System.Data.ConnectionState.Closed)
        {
            _ = End(connection);
        }
    }

    private void Closed(object sender, System.Data.StateChangeEventArgs change)
    {
        if (change.CurrentState is System.Data.ConnectionState.Closed)
        {
            _ = End(sender as DbConnection);
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
        }
        return Task.CompletedTask;
    }
}
