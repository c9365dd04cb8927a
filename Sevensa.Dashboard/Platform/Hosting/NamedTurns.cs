namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Turns by name, inside this program: whoever asks for some names waits for all who asked for one of them before, and for
/// nobody else. Nobody waits for one who waits for him, and a name that nobody asks for is forgotten.
/// </summary>
public sealed class NamedTurns
{
    private readonly Lock asking = new();
    private readonly Dictionary<string, Task> last = new(StringComparer.Ordinal);

    /// <summary>How many names somebody has or waits for.</summary>
    public int Held
    {
        get
        {
            lock (asking)
            {
                return last.Count;
            }
        }
    }

    /// <returns>The turn, which ends when it is disposed of.</returns>
    public Task<IDisposable> TakeAsync(string name, CancellationToken cancellation) => TakeAsync([name], cancellation);

    /// <param name="names">All that are wanted at once.</param>
    /// <returns>The turn, which ends when it is disposed of.</returns>
    public async Task<IDisposable> TakeAsync(IReadOnlyCollection<string> names, CancellationToken cancellation)
    {
        var turn = new Turn(this, [.. names.Distinct(StringComparer.Ordinal)]);
        Task before;
        lock (asking)
        {
            before = Task.WhenAll(turn.Names.Select(name => last.GetValueOrDefault(name)).OfType<Task>());
            foreach (var name in turn.Names)
            {
                last[name] = turn.Ended;
            }
        }
        try
        {
            await before.WaitAsync(cancellation);
            return turn;
        }
        catch (OperationCanceledException)
        {
            // Those who wait for this one wait for those before it too.
            _ = before.ContinueWith(_ => turn.Dispose(), TaskScheduler.Default);
            throw;
        }
    }

    private sealed class Turn(NamedTurns turns, string[] names) : IDisposable
    {
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string[] Names => names;

        public Task Ended => ended.Task;

        public void Dispose()
        {
            lock (turns.asking)
            {
                foreach (var name in names)
                {
                    if (turns.last.GetValueOrDefault(name) == ended.Task)
                    {
                        turns.last.Remove(name);
                    }
                }
            }
            ended.TrySetResult();
        }
    }
}
