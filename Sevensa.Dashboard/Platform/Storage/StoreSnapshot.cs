using System.Data;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Sevensa.Dashboard.Platform.Storage;

public static class StoreSnapshot
{
    /// <summary>A transaction that reads one state of the store and holds no writer up, on both providers.</summary>
    public static async Task<IDbContextTransaction> BeginSnapshotAsync(this Store store, CancellationToken cancellation)
    {
        if (!store.Database.IsSqlite())
        {
            return await store.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        }
        await store.Database.OpenConnectionAsync(cancellation);
        var connection = (SqliteConnection)store.Database.GetDbConnection();
        // EF begins immediately, which takes the write lock; a deferred one reads beside writers (WAL).
        var transaction = connection.BeginTransaction(deferred: true);
        return (await store.Database.UseTransactionAsync(transaction, cancellation))!;
    }
}
