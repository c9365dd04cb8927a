namespace Sevensa.Dashboard.Features.Scans;

/// <summary>
/// Two reports of one image are taken in one after the other, since each is compared with what is there. An image has several
/// names and a report may know one of them only, so whoever comes asks for all that are known to be its, and waits for all who
/// asked for one of them before. On PostgreSQL that holds among several dashboards too.
/// </summary>
internal sealed class ImageTurns(ScanStore store)
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
            turn.Locks = await store.LockAsync(turn.Digests, cancellation);
            return turn;
        }
        catch
        {
            turn.End();
            throw;
        }
    }

    private sealed class Turn(ImageTurns turns, string[] digests) : IAsyncDisposable
    {
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string[] Digests => digests;
        public Task Ended => ended.Task;
        public IAsyncDisposable? Locks { get; set; }

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
                await locks.DisposeAsync();
            }
            End();
        }
    }
}
