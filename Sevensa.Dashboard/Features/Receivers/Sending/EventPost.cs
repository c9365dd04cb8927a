using System.Collections.Concurrent;
using System.Security.Cryptography;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>
/// Tells every receiver of what happened, each by itself, so that one that is dead or slow holds up nobody; and nobody who acts
/// waits for any. While there is no receiver it does nothing.
/// </summary>
internal sealed class EventPost(
    ReceiverStore receivers,
    ReceiverTurn turn,
    ReceiverNews news,
    IRecordFeed record,
    IAlertFeed alerts,
    StartWork start,
    TimeProvider time,
    ILogger<EventPost> log
) : BackgroundService
{
    /// <summary>What another dashboard on the same store wrote is seen by then.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    /// <summary>What happens at once is told together: many receivers that were each told for itself would take the store from who approves.</summary>
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(400);

    private readonly string self = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly ConcurrentDictionary<string, Pump> pumps = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        using var changed = new SemaphoreSlim(0);
        using var listening = news.OnChange(() =>
        {
            Wake(changed);
            WakeAll();
        });
        using var appended = record.OnAppended(WakeAll);
        using var fired = alerts.OnChange(WakeAll);
        await LastingWork.RunAsync(
            "Telling receivers",
            cancellation => BeginAsync(stoppingToken, cancellation),
            rest => changed.WaitAsync(LookAgain, rest),
            log,
            time,
            stoppingToken
        );
        await Task.WhenAll(pumps.Values.Select(pump => pump.Work));
    }

    /// <summary>Begins with receivers that are new, and forgets those that are gone.</summary>
    private async Task BeginAsync(CancellationToken stopping, CancellationToken cancellation)
    {
        var all = (await receivers.AllAsync(cancellation))
            .Where(row => row.State != ReceiverState.Paused)
            .Select(row => row.Id)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (id, pump) in pumps)
        {
            if (!all.Contains(id) && pumps.TryRemove(id, out _))
            {
                pump.End();
                // It writes what it has sent before another begins where it ended.
                await pump.Work;
            }
        }
        foreach (var id in all.Where(id => !pumps.ContainsKey(id)))
        {
            var pump = new Pump();
            pumps[id] = pump;
            pump.Work = Task.Run(() => KeepAsync(id, pump, stopping), CancellationToken.None);
        }
    }

    private async Task KeepAsync(string id, Pump pump, CancellationToken stopping)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stopping, pump.Ended);
        var next = LookAgain;
        try
        {
            await LastingWork.RunAsync(
                "Telling a receiver",
                async cancellation => next = await turn.TakeAsync(id, self, cancellation) ?? LookAgain,
                async rest =>
                {
                    if (await pump.Changed.WaitAsync(next < LookAgain ? next : LookAgain, rest))
                    {
                        await Task.Delay(Together, time, rest);
                    }
                },
                log,
                time,
                until.Token
            );
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // The receiver is paused or gone, or the program ends.
        }
        finally
        {
            pump.Dispose();
        }
    }

    private void WakeAll()
    {
        foreach (var pump in pumps.Values)
        {
            Wake(pump.Changed);
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

    /// <summary>The work for one receiver.</summary>
    private sealed class Pump : IDisposable
    {
        private readonly CancellationTokenSource ended = new();

        public SemaphoreSlim Changed { get; } = new(0);
        public CancellationToken Ended => ended.Token;
        public Task Work { get; set; } = Task.CompletedTask;

        public void End() => ended.Cancel();

        public void Dispose()
        {
            ended.Dispose();
            Changed.Dispose();
        }
    }
}
