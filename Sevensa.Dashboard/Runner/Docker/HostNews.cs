using System.Threading.Channels;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>One piece of news for the dashboard; one member is set.</summary>
internal sealed record News(
    IReadOnlyList<ContainerFacts>? Inventory = null,
    IReadOnlyList<ContainerFacts>? Changed = null,
    IReadOnlyList<string>? Removed = null,
    IReadOnlyList<EngineEvent>? Events = null,
    IReadOnlyList<ContainerUsage>? Usage = null,
    bool Engine = false,
    ClusterNews? Cluster = null
);

/// <summary>Where the watch leaves its news for the connection, if there is one. A new connection starts with the whole.</summary>
internal sealed class HostNews
{
    /// <summary>A connection that is so far behind is better begun anew, with the whole inventory.</summary>
    private const int MostWaiting = 1000;

    private readonly Lock gate = new();
    private Channel<News>? feed;

    /// <summary>Ends the feed before, if any. Dispose of nothing: the next one replaces it.</summary>
    public ChannelReader<News> Open()
    {
        lock (gate)
        {
            feed?.Writer.TryComplete();
            feed = Channel.CreateBounded<News>(MostWaiting);
            return feed.Reader;
        }
    }

    public void Close()
    {
        lock (gate)
        {
            feed?.Writer.TryComplete();
            feed = null;
        }
    }

    public void Tell(News news)
    {
        lock (gate)
        {
            if (feed is not null && !feed.Writer.TryWrite(news))
            {
                feed.Writer.TryComplete();
                feed = null;
            }
        }
    }
}
