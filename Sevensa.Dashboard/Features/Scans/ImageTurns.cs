using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>
/// Two reports of one image are taken in one after the other, since each is compared with what is there. An image has several
/// names and a report may know one of them only, so whoever comes asks for all that are known to be its, and waits for all who
/// asked for one of them before. On PostgreSQL that holds among several dashboards too.
/// </summary>
internal sealed class ImageTurns(IDbContextFactory<Store> stores)
{
    private readonly Lock asking = new();
    private readonly Dictionary<string, Task> last = new(StringComparer.Ordinal);

    /// <param name="digests">Bare ones.</param>
    /// <returns>The turn, which ends when it is disposed of.</returns>
    public async Task<IAsyncDisposable> TakeAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        var turn = new Turn(this, [.. digests.Distinct()]);
        Task before;
        lock (asking)
        {
            before = Task.WhenAll(turn.Digests.Select(digest => last.GetValueOrDefault(digest)).OfType<Task>());
            foreach (var digest in turn.Digests)
            {
                last[digest] = turn.Ended;
            }
        }
        try
        {
            await before.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // Those who wait for this one wait for those before it too.
            _ = before.ContinueWith(_ => turn.End(), TaskScheduler.Default);
            throw;
        }
        try
        {
            turn.Locks = await LockAsync(turn.Digests, cancellation);
            return turn;
        }
        catch
        {
            turn.End();
            throw;
        }
    }

    /// <summary>Locks that the database holds for a connection; null where there is one dashboard only.</summary>
    private async Task<Store?> LockAsync(string[] digests, CancellationToken cancellation)
    {
        var store = await stores.CreateDbContextAsync(cancellation);
        try
        {
            if (!store.Database.IsNpgsql())
            {
                await store.DisposeAsync();
                return null;
            }
            await store.Database.OpenConnectionAsync(cancellation);
            await using var command = store.Database.GetDbConnection().CreateCommand();
            command.CommandTimeout = 0;
            // Always in the same order, so that nobody waits for one who waits for him.
            command.CommandText = string.Join(
                ';',
                digests.Select(Key).Order().Select(key => $"SELECT pg_advisory_lock({key})")
            );
            await command.ExecuteNonQueryAsync(cancellation);
            return store;
        }
        catch
        {
            await UnlockAsync(store);
            throw;
        }
    }

    private static async Task UnlockAsync(Store store)
    {
        try
        {
            var connection = store.Database.GetDbConnection();
            if (connection.State == System.Data.ConnectionState.Open)
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

    private static long Key(string digest) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(digest)));

    private sealed class Turn(ImageTurns turns, string[] digests) : IAsyncDisposable
    {
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string[] Digests => digests;
        public Task Ended => ended.Task;
        public Store? Locks { get; set; }

        public void End()
        {
            lock (turns.asking)
            {
                foreach (var digest in digests)
                {
                    if (turns.last.GetValueOrDefault(digest) == ended.Task)
                    {
                        turns.last.Remove(digest);
                    }
                }
            }
            ended.TrySetResult();
        }

        public async ValueTask DisposeAsync()
        {
            if (Locks is { } locks)
            {
                Locks = null;
                await UnlockAsync(locks);
            }
            End();
        }
    }
}
