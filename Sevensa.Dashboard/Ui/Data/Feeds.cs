namespace Sevensa.Dashboard.Ui.Data;

/// <summary>
/// Answers that several viewers look at: whoever watches the same key shares one question and one timer, which end with
/// the last viewer. The last good answer stays while the next one fails.
/// </summary>
public sealed class Feeds(TimeProvider time, ILogger<Feeds> log)
{
    private readonly Lock gate = new();
    private readonly Dictionary<object, IFeed> feeds = [];

    /// <summary>How many answers are kept current.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return feeds.Count;
            }
        }
    }

    /// <param name="key">The same key is the same answer: it holds the scope and everything else that decides it.</param>
    /// <param name="every">How often the question is asked again; null asks once.</param>
    /// <param name="ask">Given what is known, so that it may ask only for what is new. Of several viewers' the first is used.</param>
    /// <param name="changed">Called from any thread when <see cref="FeedView{T}.Current"/> is another than it was when the watch began.</param>
    public FeedView<T> Watch<T>(
        object key,
        TimeSpan? every,
        Func<Loadable<T>, CancellationToken, Task<Loadable<T>>> ask,
        Action changed
    )
    {
        lock (gate)
        {
            var known = feeds.GetValueOrDefault(key) as Feed<T>;
            var feed = known;
            if (feed is null)
            {
                feed = new Feed<T>(time, log, every, ask);
                feeds[key] = feed;
            }
            feed.Join(changed);
            if (known is null)
            {
                feed.Begin();
            }
            return new FeedView<T>(feed, () => Leave(key, feed, changed));
        }
    }

    private void Leave(object key, IFeed feed, Action changed)
    {
        lock (gate)
        {
            if (feed.Leave(changed))
            {
                return;
            }
            if (feeds.GetValueOrDefault(key) == feed)
            {
                feeds.Remove(key);
            }
        }
        feed.Dispose();
    }
}

/// <summary>One viewer's look at a shared answer. Dispose to look away.</summary>
public sealed class FeedView<T> : IDisposable
{
    private readonly Feed<T> feed;
    private readonly Subscription subscription;

    internal FeedView(Feed<T> feed, Action leave) => (this.feed, subscription) = (feed, new Subscription(leave));

    public Loadable<T> Current => feed.Current;

    /// <summary>Asks now, for everybody who looks.</summary>
    public void Retry() => feed.Retry();

    public void Dispose() => subscription.Dispose();
}
