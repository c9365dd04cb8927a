using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Sevensa.Dashboard.Features.Logs.Loki;

namespace Sevensa.Dashboard.Features.Logs.Tail;

/// <summary>One who follows a tail that others may follow too. Dispose it to stop. One reader at a time.</summary>
internal sealed class FrameFollower(Action<FrameFollower> leave) : IDisposable
{
    /// <summary>Bytes that wait for a slow reader beside quicker ones; what comes then is left out and named.</summary>
    public const int Room = 8 * 1024 * 1024;

    /// <summary>How much later than the store has it a tail may bring a line.</summary>
    private const long LatestNs = 30_000_000_000;

    /// <summary>As many as Loki names at a time.</summary>
    private const int MostDropped = 1000;

    private readonly Lock gate = new();
    private readonly Channel<byte[]> frames = Channel.CreateUnbounded<byte[]>();
    private readonly List<LokiDropped> dropped = [];
    private readonly Dictionary<(long TimeUnixNs, string Line), List<LokiLabels>> before = [];
    private TaskCompletionSource room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[]? first;
    private long newestBefore = long.MinValue;
    private int waiting;
    private bool disposed;

    /// <summary>How it ended, once <see cref="ReadAsync"/> has no more.</summary>
    public FrameEnd End { get; private set; } = new(WebSocketCloseStatus.NormalClosure, "");

    /// <summary>Comes before all else; the same lines in the tail are left out.</summary>
    public void Begin(IReadOnlyList<LokiStream> streams)
    {
        foreach (var (stream, entry) in streams.SelectMany(stream => stream.Entries.Select(entry => (stream, entry))))
        {
            var key = (entry.TimeUnixNs, entry.Line);
            if (!before.TryGetValue(key, out var alike))
            {
                before.Add(key, alike = []);
            }
            alike.Add(stream.Labels);
            newestBefore = Math.Max(newestBefore, entry.TimeUnixNs);
        }
        if (before.Count > 0)
        {
            // A range has the newest first, a tail the oldest.
            first = LokiTailJson.Write(
                [.. streams.Select(stream => stream with { Entries = [.. stream.Entries.Reverse()] })],
                []
            );
        }
    }

    public void Put(byte[] frame, bool isAlone)
    {
        lock (gate)
        {
            if (isAlone || waiting < Room)
            {
                waiting += frame.Length;
                frames.Writer.TryWrite(frame);
            }
            else
            {
                Drop(frame);
            }
        }
    }

    /// <summary>Waits while too much waits.</summary>
    public Task RoomAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            if (waiting < Room || disposed)
            {
                return Task.CompletedTask;
            }
            if (room.Task.IsCompleted)
            {
                room = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            return room.Task.WaitAsync(cancellation);
        }
    }

    public void Finish(FrameEnd end)
    {
        End = end;
        frames.Writer.TryComplete();
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        if (first is { } begin)
        {
            first = null;
            yield return begin;
        }
        await foreach (var frame in frames.Reader.ReadAllAsync(cancellation))
        {
            var missed = Taken(frame.Length);
            if (Rest(frame) is { } rest)
            {
                yield return rest;
            }
            if (missed.Count > 0)
            {
                yield return LokiTailJson.Write([], missed);
            }
        }
        if (Taken(0) is { Count: > 0 } last)
        {
            yield return LokiTailJson.Write([], last);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }
            disposed = true;
            room.TrySetResult();
        }
        leave(this);
    }

    private IReadOnlyList<LokiDropped> Taken(int bytes)
    {
        lock (gate)
        {
            waiting -= bytes;
            if (waiting >= Room)
            {
                return [];
            }
            room.TrySetResult();
            LokiDropped[] missed = [.. dropped];
            dropped.Clear();
            return missed;
        }
    }

    private void Drop(byte[] frame)
    {
        if (Read(frame) is { } read)
        {
            var missed = read
                .Streams.Where(stream => stream.Entries.Count > 0)
                .Select(stream => new LokiDropped(stream.Entries[0].TimeUnixNs, stream.Labels))
                // What Loki itself has left out of it, too.
                .Concat(read.Dropped);
            dropped.AddRange(missed.Take(MostDropped - dropped.Count));
        }
    }

    /// <summary>Without what was read from the store; the frame as Loki wrote it where there is none of that, null where there is nothing else.</summary>
    private byte[]? Rest(byte[] frame)
    {
        if (before.Count == 0 || Read(frame) is not { } read)
        {
            return frame;
        }
        if (read.Streams.All(stream => stream.Entries.All(entry => entry.TimeUnixNs > newestBefore + LatestNs)))
        {
            before.Clear();
            return frame;
        }
        var rest = read
            .Streams.Select(stream =>
                stream with
                {
                    Entries = [.. stream.Entries.Where(entry => !IsBefore(entry, stream.Labels))],
                }
            )
            .ToList();
        var isWhole = rest.Sum(stream => stream.Entries.Count) == read.Streams.Sum(stream => stream.Entries.Count);
        if (isWhole)
        {
            return frame;
        }
        rest.RemoveAll(stream => stream.Entries.Count == 0);
        return rest.Count == 0 && read.Dropped.Count == 0 ? null : LokiTailJson.Write(rest, read.Dropped);
    }

    // A line is in the store and in the tail once each: the next that is the same is another.
    private bool IsBefore(LokiEntry entry, LokiLabels labels)
    {
        if (entry.TimeUnixNs > newestBefore || !before.TryGetValue((entry.TimeUnixNs, entry.Line), out var alike))
        {
            return false;
        }
        // A tail of a selector alone brings lines without their metadata, which the store shows beside the stream's labels:
        // so it is the one that has all of these, and the fewest besides.
        var same = alike.Where(labels.IsWithin).MinBy(stored => stored.Count);
        if (same is null)
        {
            return false;
        }
        alike.Remove(same);
        if (alike.Count == 0)
        {
            before.Remove((entry.TimeUnixNs, entry.Line));
        }
        return true;
    }

    private static LokiTailFrame? Read(byte[] frame)
    {
        try
        {
            var result = new LokiResultReader(isTail: true);
            LokiStreaming.Read(frame, result);
            return result.Frame();
        }
        catch (JsonException)
        {
            // What can't be read is for the follower to judge.
            return null;
        }
    }
}
