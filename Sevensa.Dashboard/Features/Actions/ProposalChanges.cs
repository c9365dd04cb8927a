using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>
/// Wakes those who watch proposals: streams of one proposal at once, lists a moment later, so that an approval is on its way before
/// everybody who looks is shown that it was given, and what follows within the moment is shown together.
/// </summary>
internal sealed class ProposalChanges(TimeProvider time, ILogger<ProposalChanges> log)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(150);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> next = new();
    private readonly ConcurrentDictionary<Listener, bool> listeners = new();

    /// <summary>Take it before reading the store, then nothing can fall between reading and waiting.</summary>
    public Task Next(string id) =>
        next.GetOrAdd(
            id,
            static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
        ).Task;

    /// <summary>Passes on to other dashboards what came about here; null names no proposal, and the emergency stop.</summary>
    public Action<string?>? Outward { get; set; }

    public void Raise(string id)
    {
        Outward?.Invoke(id);
        Hear(id);
    }

    /// <summary>It came about at another dashboard.</summary>
    public void Hear(string id)
    {
        if (next.TryRemove(id, out var waiting))
        {
            waiting.SetResult();
        }
        Wake();
    }

    public void RaiseAll()
    {
        Outward?.Invoke(null);
        Wake();
    }

    /// <summary>Shows lists anew.</summary>
    public void Wake()
    {
        foreach (var listener in listeners.Keys)
        {
            listener.Wake();
        }
    }

    public IDisposable OnChange(Func<Task> callback)
    {
        var listener = new Listener(callback, time, log, gone => listeners.TryRemove(gone, out _));
        listeners[listener] = true;
        return listener;
    }

    private sealed class Listener(Func<Task> callback, TimeProvider time, ILogger log, Action<Listener> gone)
        : IDisposable
    {
        private int pending;
        private volatile bool disposed;

        public void Wake()
        {
            if (!disposed && Interlocked.Exchange(ref pending, 1) == 0)
            {
                _ = CallAsync();
            }
        }

        public void Dispose()
        {
            disposed = true;
            gone(this);
        }

        private async Task CallAsync()
        {
            await Task.Delay(Moment, time);
            Interlocked.Exchange(ref pending, 0);
            if (disposed)
            {
                return;
            }
            try
            {
                await callback();
            }
            catch (Exception exception)
            {
                log.LogWarning(exception, "A listener for proposals failed");
            }
        }
    }
}
