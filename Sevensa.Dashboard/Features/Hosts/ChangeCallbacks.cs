namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Tells subscribers that something changed: off the publisher's thread, and a burst costs one call.</summary>
internal sealed class ChangeCallbacks(TimeProvider time, ILogger<ChangeCallbacks> log)
{
    private static readonly TimeSpan AtMostEvery = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private readonly HashSet<Subscription> subscriptions = [];
    private bool waiting;

    public IDisposable Add(Func<Task> callback)
    {
        var subscription = new Subscription(this, callback);
        lock (gate)
        {
            subscriptions.Add(subscription);
        }
        return subscription;
    }

    public void Tell()
    {
        lock (gate)
        {
            if (waiting || subscriptions.Count == 0)
            {
                return;
            }
            waiting = true;
        }
        _ = Task.Run(CallAsync);
    }

    private async Task CallAsync()
    {
        await Task.Delay(AtMostEvery, time);
        List<Subscription> all;
        lock (gate)
        {
            waiting = false;
            all = [.. subscriptions];
        }
        await Task.WhenAll(all.Select(CallAsync));
    }

    private async Task CallAsync(Subscription subscription)
    {
        try
        {
            await subscription.Callback();
        }
        catch (Exception exception)
        {
            log.CallbackFailed(exception);
        }
    }

    private sealed class Subscription(ChangeCallbacks owner, Func<Task> callback) : IDisposable
    {
        public Func<Task> Callback { get; } = callback;

        public void Dispose()
        {
            lock (owner.gate)
            {
                owner.subscriptions.Remove(this);
            }
        }
    }
}
