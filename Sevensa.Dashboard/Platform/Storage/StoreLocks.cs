using System.Buffers.Binary;
using System.Data;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// Locks by name that hold among all dashboards on one store: PostgreSQL's advisory locks, kept by a connection. SQLite has one
/// dashboard, which keeps order by itself.
/// </summary>
public static class StoreLocks
{
    /// <summary>Waits until all of these names are free, and takes them.</summary>
    /// <returns>What frees them when it is disposed of; null where nobody else can be.</returns>
    public static async Task<IAsyncDisposable?> LockAsync(
        this IDbContextFactory<Store> stores,
        IReadOnlyCollection<string> names,
        CancellationToken cancellation
    )
    {
        var held = new Held(await stores.CreateDbContextAsync(cancellation));
        try
        {
            if (await held.TakeAsync(names, cancellation))
            {
                return held;
            }
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
        await held.DisposeAsync();
        return null;
    }

    private sealed class Held(Store store) : IAsyncDisposable
    {
        public async Task<bool> TakeAsync(IReadOnlyCollection<string> names, CancellationToken cancellation)
        {
            if (!store.Database.IsNpgsql())
            {
                return false;
            }
            await store.Database.OpenConnectionAsync(cancellation);
            await using var command = store.Database.GetDbConnection().CreateCommand();
            command.CommandTimeout = 0;
            // Always in the same order, so that nobody waits for one who waits for him.
            command.CommandText = string.Join(
                ';',
                names.Select(Key).Distinct().Order().Select(key => $"SELECT pg_advisory_lock({key})")
            );
            await command.ExecuteNonQueryAsync(cancellation);
            return true;
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                var connection = store.Database.GetDbConnection();
                if (connection.State == ConnectionState.Open)
                {
                    await using var command = connection.CreateCommand();
                    command.CommandText = "SELECT pg_advisory_unlock_all()";
                    await command.ExecuteNonQueryAsync(CancellationToken.None);
                }
            }
            catch (DbException)
            {
                // A connection that is gone holds nothing.
            }
            finally
            {
                await store.DisposeAsync();
            }
        }

        private static long Key(string name) =>
            BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
    }
}
