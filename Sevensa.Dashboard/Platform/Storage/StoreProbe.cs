using System.Data.Common;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>Asks the store whether it can be read and written, over a plain connection.</summary>
internal sealed class StoreProbe(StoreConnections connections, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>The database's name for people.</summary>
    public string Name => connections.Name;

    /// <returns>Null when it is well. A lock that another program holds for a while is no fault here: reading works.</returns>
    public async Task<StoreFault?> LookAsync(CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            await using var connection = await connections.OpenAsync(both.Token);
            await using var look = connection.CreateCommand();
            if (connections.IsSqlite)
            {
                look.CommandTimeout = 1;
                // Takes the write lock and gives it back: a file or disk that is read only refuses that.
                look.CommandText = "SELECT COUNT(*) FROM sqlite_master; BEGIN IMMEDIATE; ROLLBACK";
                await look.ExecuteNonQueryAsync(both.Token);
                return null;
            }
            look.CommandText = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool";
            return await look.ExecuteScalarAsync(both.Token) is true
                ? new StoreFault(
                    "storeReadOnly",
                    "The database can't be written",
                    "PostgreSQL says that it is read only",
                    "It is a standby, or set to read only. Name the primary server in Storage:Postgres, or let it be written."
                )
                : null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new StoreFault(
                "storeUnreachable",
                "The database does not answer",
                $"it gave no answer within {Patience.TotalSeconds:0} s",
                "Look at it and the network to it."
            );
        }
        catch (DbException exception)
        {
            return StoreFault.In(exception) is { Code: "storeLocked" }
                ? null
                : StoreFault.In(exception) ?? StoreFault.Unnamed(exception);
        }
    }
}
