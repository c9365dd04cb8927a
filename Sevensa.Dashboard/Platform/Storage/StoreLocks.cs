using System.Buffers.Binary;
using System.Data;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// Locks by name that hold in this program and among all dashboards on one store: there by PostgreSQL's advisory locks, kept by
/// a connection. SQLite has one dashboard, so that its own turns are enough.
/// </summary>
internal sealed class StoreLocks(IDbContextFactory<Store> stores)
{
    // One of this program waits here and not with a connection in its hand.
    private readonly NamedTurns turns = new();

    /// <summary>Waits until all of these names are free, and takes them.</summary>
    /// <returns>What frees them when it is disposed of.</returns>
    public async Task<IAsyncDisposable> TakeAsync(IReadOnlyCollection<string> names, CancellationToken cancellation)
    {
        var turn = await turns.TakeAsync(names, cancellation);
        var held = new Held(turn);
        try
        {
            await held.LockAsync(await stores.CreateDbContextAsync(cancellation), names, cancellation);
            return held;
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }

    private sealed class Held(IDisposable turn) : IAsyncDisposable
    {
        private Store? store;

        public async Task LockAsync(Store keeping, IReadOnlyCollection<string> names, CancellationToken cancellation)
        {
            store = keeping;
            if (!store.Database.IsNpgsql())
            {
                return;
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
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                if (store is { } keeping)
                {
                    store = null;
                    await FreeAsync(keeping);
                }
            }
            finally
            {
                turn.Dispose();
            }
        }

        private static async Task FreeAsync(Store keeping)
        {
            try
            {
                var connection = keeping.Database.GetDbConnection();
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
                await keeping.DisposeAsync();
            }
        }

        private static long Key(string name) =>
            BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
    }
}
