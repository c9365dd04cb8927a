using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Graphs.Following;

/// <summary>
/// Follows every thread that has not ended, each by itself, whoever has a page open. While the settings name no server it does
/// nothing.
/// </summary>
internal sealed class GraphWatch(
    GraphStore store,
    GraphTurn turn,
    GraphServers servers,
    GraphNews news,
    IProposals proposals,
    IStandingRights rights,
    StartWork start,
    TimeProvider time,
    ILogger<GraphWatch> log
) : BackgroundService
{
    /// <summary>What another dashboard on the same store began is seen by then.</summary>
    private static readonly TimeSpan lookAgain = TimeSpan.FromSeconds(30);

    /// <summary>Whether whoever began it may go on is looked at so often, also while nothing is to be done.</summary>
    private static readonly TimeSpan lookAtRights = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, Pump> pumps = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (servers.All.Count == 0 || !await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        using var changed = new SemaphoreSlim(0);
        void Woken()
        {
            Wake(changed);
            foreach (var pump in pumps.Values)
            {
                Wake(pump.Changed);
            }
        }
        using var listening = news.Work.OnChange(Woken);
        using var decided = proposals.OnChange(() =>
        {
            Woken();
            return Task.CompletedTask;
        });
        await LastingWork.RunAsync(
            "Following graphs",
            cancellation => BeginAsync(stoppingToken, cancellation),
            rest => changed.WaitAsync(lookAgain, rest),
            log,
            time,
            stoppingToken
        );
        await Task.WhenAll(pumps.Values.Select(pump => pump.Work));
    }

    private async Task BeginAsync(CancellationToken stopping, CancellationToken cancellation)
    {
        foreach (var id in await store.UnderWayAsync(cancellation))
        {
            if (pumps.ContainsKey(id))
            {
                continue;
            }
            var pump = new Pump();
            pumps[id] = pump;
            pump.Work = Task.Run(() => FollowAsync(id, pump, stopping), CancellationToken.None);
        }
    }

    private async Task FollowAsync(string id, Pump pump, CancellationToken stopping)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        TimeSpan? next = lookAgain;
        try
        {
            await LastingWork.RunAsync(
                "Following a graph",
                async cancellation =>
                {
                    next = await turn.TakeAsync(id, cancellation);
                    if (next is null)
                    {
                        await until.CancelAsync();
                    }
                },
                rest => RestAsync(id, pump, next ?? lookAgain, rest),
                log,
                time,
                until.Token
            );
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // It has ended, or the program ends.
        }
        finally
        {
            pumps.TryRemove(id, out _);
            pump.Changed.Dispose();
        }
    }

    /// <summary>Until there is something to do, the pause is over, or nobody stands behind it any more.</summary>
    private async Task RestAsync(string id, Pump pump, TimeSpan pause, CancellationToken cancellation)
    {
        pump.Right ??= (await store.FindAsync(id, cancellation))?.Right;
        for (var left = pause; left > TimeSpan.Zero; left -= lookAtRights)
        {
            if (await pump.Changed.WaitAsync(left < lookAtRights ? left : lookAtRights, cancellation))
            {
                return;
            }
            if (pump.Right is { } right && await rights.TodayAsync(right, cancellation) is null)
            {
                return;
            }
        }
    }

    private static void Wake(SemaphoreSlim sleeper)
    {
        try
        {
            if (sleeper.CurrentCount == 0)
            {
                sleeper.Release();
            }
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    private sealed class Pump
    {
        public SemaphoreSlim Changed { get; } = new(0);
        public StandingRight? Right { get; set; }
        public Task Work { get; set; } = Task.CompletedTask;
    }
}
