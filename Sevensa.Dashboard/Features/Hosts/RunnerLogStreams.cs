using System.Collections.Concurrent;
using System.Threading.Channels;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>The log streams that are open to runners. What a runner sends goes to whoever asked for it, and nowhere else.</summary>
internal sealed class RunnerLogStreams
{
    private readonly ConcurrentDictionary<string, Open> open = new(StringComparer.Ordinal);

    /// <summary>How many are open.</summary>
    public int Count => open.Count;

    // Not bounded: the credit that was given bounds it.
    public ChannelReader<LogPiece> Begin(string id, string connectionId)
    {
        var pieces = Channel.CreateUnbounded<LogPiece>(new UnboundedChannelOptions { SingleReader = true });
        open[id] = new Open(
            connectionId,
            piece => pieces.Writer.TryWrite(piece),
            () =>
                pieces.Writer.TryComplete(
                    new RunnerUnreachableException(
                        "The line to the runner broke. The log goes on when it is back: open it again."
                    )
                )
        );
        return pieces.Reader;
    }

    /// <summary>For somebody who reads it through another dashboard, which notices a broken line itself.</summary>
    public void Pass(string id, string connectionId, Action<LogPiece> take, Action broke) =>
        open[id] = new Open(connectionId, take, broke);

    /// <summary>What comes for a stream that nobody reads any more is dropped, and so is what another host sends.</summary>
    public void Take(string connectionId, LogPiece piece)
    {
        if (open.TryGetValue(piece.Id, out var stream) && stream.ConnectionId == connectionId)
        {
            stream.Take(piece);
        }
    }

    public void End(string id) => open.TryRemove(id, out _);

    public void Lost(string connectionId)
    {
        foreach (var (id, stream) in open)
        {
            if (stream.ConnectionId == connectionId && open.TryRemove(id, out _))
            {
                stream.Break();
            }
        }
    }

    private sealed record Open(string ConnectionId, Action<LogPiece> Take, Action Break);
}
