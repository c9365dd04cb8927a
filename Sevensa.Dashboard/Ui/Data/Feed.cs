using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Ui.Data;

internal interface IFeed : IDisposable
{
    /// <summary>True while others still look.</summary>
    bool Leave(Action changed);
}

/// <summary>One shared answer, kept current while somebody looks.</summary>
internal sealed partial class Feed<T> : IFeed
{
    private readonly Lock gate = new();
    private readonly List<Action> viewers = [];
    private readonly CancellationTokenSource life = new();
    private readonly CancellationToken alive;
    private readonly Func<Loadable<T>, CancellationToken, Task<Loadable<T>>> ask;
    private readonly ILogger log;
    private readonly ITimer? timer;
    private bool asking;

    public Feed(
        TimeProvider time,
        ILogger log,
        TimeSpan? every,
        Func<Loadable<T>, CancellationToken, Task<Loadable<T>>> ask
    )
    {
        (this.ask, this.log, alive) = (ask, log, life.Token);
        timer = every is { } interval ? time.CreateTimer(_ => Begin(), null, interval, interval) : null;
    }

    public Loadable<T> Current { get; private set; } = Loadable.Loading<T>();

    public void Join(Action changed)
    {
        lock (gate)
        {
            viewers.Add(changed);
        }
    }

    public bool Leave(Action changed)
    {
        lock (gate)
        {
            viewers.Remove(changed);
            return viewers.Count > 0;
        }
    }

    public void Retry()
    {
        lock (gate)
        {
            Current = Current.Refreshing();
        }
        Tell();
        Begin();
    }

    public void Dispose()
    {
        timer?.Dispose();
        life.Cancel();
        life.Dispose();
    }

    /// <summary>Asks, unless it is being asked already. The first time after the first viewer has joined, who would miss the answer else.</summary>
    public void Begin()
    {
        lock (gate)
        {
            if (asking || alive.IsCancellationRequested)
            {
                return;
            }
            asking = true;
        }
        _ = Task.Run(AskAsync, CancellationToken.None);
    }

    private async Task AskAsync()
    {
        var before = Current;
        var next = before;
        try
        {
            next = await ask(before, alive).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (alive.IsCancellationRequested)
        {
            return;
        }
        catch (UpstreamException fault)
        {
            next = before.FailedWith(fault);
        }
        catch (Exception error)
        {
            LogFailed(log, error);
            next = before.FailedWith(
                new Problem(
                    "This could not be worked out",
                    "The fault is in this program and written in its log.",
                    Words: error.Message
                )
            );
        }
        bool same;
        lock (gate)
        {
            asking = false;
            next = next with { IsRefreshing = false };
            // The same answer again is no news for anybody's page; only its age is.
            same = next.Equals(Current with { AsOf = next.AsOf });
            Current = next;
        }
        if (!same)
        {
            Tell();
        }
    }

    private void Tell()
    {
        Action[] all;
        lock (gate)
        {
            all = [.. viewers];
        }
        foreach (var changed in all)
        {
            changed();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A shared answer could not be worked out")]
    private static partial void LogFailed(ILogger log, Exception error);
}
