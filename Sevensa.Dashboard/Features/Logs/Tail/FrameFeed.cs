using System.Net.WebSockets;
using Sevensa.Dashboard.Features.Logs.Loki;

namespace Sevensa.Dashboard.Features.Logs.Tail;

/// <summary>How a tail ended, as a WebSocket says it.</summary>
internal readonly record struct FrameEnd(WebSocketCloseStatus Status, string Reason);

/// <summary>One of Loki's tails and who follows it. It begins with the first and ends with the last, or when Loki ends it.</summary>
internal sealed class FrameFeed(LokiTail tail) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<FrameFollower> followers = [];
    private readonly CancellationTokenSource life = new();
    private Task leaving = Task.CompletedTask;
    private bool began;
    private bool ended;

    /// <summary>Null when it has ended.</summary>
    /// <param name="whenEmpty">Called, once or more, when it is of no more use.</param>
    public FrameFollower? Join(Action whenEmpty)
    {
        lock (gate)
        {
            if (ended)
            {
                return null;
            }
            var follower = new FrameFollower(left => Leave(left, whenEmpty));
            followers.Add(follower);
            if (!began)
            {
                began = true;
                _ = Task.Run(() => PumpAsync(whenEmpty));
            }
            return follower;
        }
    }

    private void Leave(FrameFollower follower, Action whenEmpty)
    {
        lock (gate)
        {
            followers.Remove(follower);
            if (followers.Count > 0 || ended)
            {
                return;
            }
            ended = true;
            leaving = life.CancelAsync();
        }
        whenEmpty();
    }

    public void Dispose() => life.Dispose();

    private async Task PumpAsync(Action whenEmpty)
    {
        FrameEnd end;
        await using (tail)
        {
            end = await ReadAsync();
        }
        lock (gate)
        {
            ended = true;
            foreach (var follower in followers)
            {
                follower.Finish(end);
            }
        }
        whenEmpty();
        await leaving;
        Dispose();
    }

    private async Task<FrameEnd> ReadAsync()
    {
        try
        {
            await foreach (var frame in tail.ReadRawAsync(life.Token))
            {
                var copy = frame.ToArray();
                FrameFollower? only;
                lock (gate)
                {
                    foreach (var follower in followers)
                    {
                        follower.Put(copy, isAlone: followers.Count == 1);
                    }
                    only = followers.Count == 1 ? followers[0] : null;
                }
                if (only is not null)
                {
                    // Alone it may slow Loki down, which then drops lines and says which. Beside others it may not.
                    await only.RoomAsync(life.Token);
                }
            }
            return new(WebSocketCloseStatus.NormalClosure, tail.CloseReason ?? "");
        }
        catch (LokiException exception)
        {
            return new(WebSocketCloseStatus.InternalServerError, exception.Message);
        }
        catch (OperationCanceledException)
        {
            return new(WebSocketCloseStatus.NormalClosure, "");
        }
    }
}
