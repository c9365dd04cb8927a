using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR.Client;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Link;

/// <summary>
/// Containers' logs on their way to the dashboard, over one connection. Each is read from Docker only while the dashboard
/// gives credit, so that a slow reader is felt by Docker's own buffer and by nobody else.
/// </summary>
internal sealed class LogStreams(
    IDockerEngine engine,
    Func<LogPiece, CancellationToken, Task> send,
    CancellationToken closed
)
{
    /// <summary>Many more than people look at; beyond it something is wrong with the dashboard.</summary>
    private const int Most = 100;

    private readonly ConcurrentDictionary<string, Open> open = new(StringComparer.Ordinal);

    /// <returns>False when there are too many, or one of that id.</returns>
    public bool Start(LogFollow wanted)
    {
        var stream = new Open(wanted.Credit, CancellationTokenSource.CreateLinkedTokenSource(closed));
        if (open.Count >= Most || !open.TryAdd(wanted.Id, stream))
        {
            stream.Ending.Dispose();
            return false;
        }
        _ = Task.Run(() => RunAsync(wanted, stream), CancellationToken.None);
        return true;
    }

    public void More(string id, int pieces)
    {
        if (pieces > 0 && open.TryGetValue(id, out var stream))
        {
            stream.Credit.Release(pieces);
        }
    }

    public void Stop(string id)
    {
        if (open.TryRemove(id, out var stream))
        {
            stream.Ending.Cancel();
        }
    }

    private async Task RunAsync(LogFollow wanted, Open stream)
    {
        var alive = stream.Ending.Token;
        try
        {
            string? words = null;
            try
            {
                await foreach (
                    var lines in engine.FollowLogsAsync(
                        wanted.ContainerId,
                        wanted.Tail,
                        wanted.SinceUnixNs,
                        wanted.Follow,
                        alive
                    )
                )
                {
                    await stream.Credit.WaitAsync(alive);
                    await send(new LogPiece(wanted.Id, lines, false), alive);
                }
            }
            catch (EngineException exception)
            {
                words = exception.Message;
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                words = $"Docker broke off the log: {exception.Message}";
            }
            await send(new LogPiece(wanted.Id, [], true, words), alive);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or InvalidOperationException or IOException)
        {
            // Nobody listens any more, or the connection is gone; then so is whoever listened.
        }
        finally
        {
            open.TryRemove(wanted.Id, out _);
            stream.Ending.Dispose();
        }
    }

    private sealed record Open(int Begin, CancellationTokenSource Ending)
    {
        public SemaphoreSlim Credit { get; } = new(Math.Clamp(Begin, 1, 64));
    }
}
