using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Wakes whoever waits for news of a container, so that waiting needs no polling.</summary>
internal sealed class ContainerSignals
{
    private readonly ConcurrentDictionary<Watch, byte> watches = new();

    /// <summary>Take it before looking at the container, so that nothing is missed between the look and the wait.</summary>
    public Watch For(string containerId)
    {
        var watch = new Watch(this, containerId);
        watches[watch] = 0;
        return watch;
    }

    public void Tell(string containerId)
    {
        foreach (var watch in watches.Keys.Where(watch => watch.ContainerId == containerId))
        {
            watch.Wake();
        }
    }

    internal sealed class Watch(ContainerSignals owner, string containerId) : IDisposable
    {
        private readonly SemaphoreSlim news = new(0);

        public string ContainerId { get; } = containerId;

        /// <summary>Ends at the next news, or after <paramref name="atMost"/>.</summary>
        public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellation)
        {
            using var timeout = new CancellationTokenSource(atMost, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
            try
            {
                await news.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested) { }
        }

        public void Wake() => news.Release();

        // The semaphore holds nothing of the system's, and a signal may still be on its way to it.
        public void Dispose() => owner.watches.TryRemove(this, out _);
    }
}
