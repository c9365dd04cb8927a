using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Platform.Hosting;

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
    StartWork start,
    TimeProvider time,
    ILogger<GraphWatch> log
) : BackgroundService
{
    /// <summary>What another dashboard on the same store began is seen by then.</summary>
    private static readonly TimeSpan lookAgain = TimeSpan.FromSeconds(30);

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
                rest => pump.Changed.WaitAsync(next ?? lookAgain, rest),
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
        public Task Work { get; set; } = Task.CompletedTask;
    }
}
