using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Sevensa.Dashboard.Platform.Storage.Duties;

/// <summary>
/// Refuses what a duty writes after it has gone to another dashboard: a program that was paused and comes back changes nothing. Looked
/// at before each statement that writes, and once more before what they are in is committed.
/// </summary>
internal sealed class DutyFence : DbCommandInterceptor, IDbTransactionInterceptor
{
    public override InterceptionResult<int> NonQueryExecuting(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<int> result
    )
    {
        if (Writes(eventData))
        {
            Check(command.Connection!, command.Transaction);
        }
        return result;
    }

    public override async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        if (Writes(eventData))
        {
            await CheckAsync(command.Connection!, command.Transaction, cancellationToken);
        }
        return result;
    }

    public override InterceptionResult<DbDataReader> ReaderExecuting(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result
    )
    {
        if (Writes(eventData))
        {
            Check(command.Connection!, command.Transaction);
        }
        return result;
    }

    public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default
    )
    {
        if (Writes(eventData))
        {
            await CheckAsync(command.Connection!, command.Transaction, cancellationToken);
        }
        return result;
    }

    public InterceptionResult TransactionCommitting(
        DbTransaction transaction,
        TransactionEventData eventData,
        InterceptionResult result
    )
    {
        Check(transaction.Connection!, transaction);
        return result;
    }

    public async ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction,
        TransactionEventData eventData,
        InterceptionResult result,
        CancellationToken cancellationToken = default
    )
    {
        await CheckAsync(transaction.Connection!, transaction, cancellationToken);
        return result;
    }

    private static bool Writes(CommandEventData eventData) =>
        eventData.CommandSource
            is CommandSource.SaveChanges
                or CommandSource.ExecuteUpdate
                or CommandSource.ExecuteDelete
                or CommandSource.ExecuteSqlRaw
                or CommandSource.FromSqlQuery;

    private static void Check(DbConnection connection, DbTransaction? transaction)
    {
        if (DutyTerm.Current is not { } term)
        {
            return;
        }
        using var ask = Question(connection, transaction, term);
        Judge(term, ask.ExecuteScalar());
    }

    private static async Task CheckAsync(
        DbConnection connection,
        DbTransaction? transaction,
        CancellationToken cancellation
    )
    {
        if (DutyTerm.Current is not { } term)
        {
            return;
        }
        await using var ask = Question(connection, transaction, term);
        Judge(term, await ask.ExecuteScalarAsync(cancellation));
    }

    private static DbCommand Question(DbConnection connection, DbTransaction? transaction, DutyTerm term)
    {
        if (!term.IsCurrent)
        {
            throw new DutyLostException(term);
        }
        var ask = connection.CreateCommand();
        ask.Transaction = transaction;
        ask.CommandText = "SELECT \"Epoch\" FROM \"Duties\" WHERE \"Name\" = @name";
        var name = ask.CreateParameter();
        (name.ParameterName, name.Value) = ("name", term.Duty);
        ask.Parameters.Add(name);
        return ask;
    }

    private static void Judge(DutyTerm term, object? epoch)
    {
        // Once more: the answer may have waited here for longer than the duty was this one's.
        if (epoch is not long now || now != term.Epoch || !term.IsCurrent)
        {
            throw new DutyLostException(term);
        }
    }
}
