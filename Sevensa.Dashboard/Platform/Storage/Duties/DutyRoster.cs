using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage.Presence;

namespace Sevensa.Dashboard.Platform.Storage.Duties;

/// <summary>
/// One dashboard for each duty. Whoever has one moves a number in its row every second or two; another that has watched the number stand
/// still for longer takes it and counts the epoch up. Nobody compares two machines' clocks. On SQLite there is one dashboard, whose all
/// of them are.
/// </summary>
internal sealed class DutyRoster(
    DutyStore store,
    StoreConnections connections,
    Replicas replicas,
    StartWork start,
    Draining draining,
    TimeProvider time,
    ILogger<DutyRoster> log
) : BackgroundService, IDuties
{
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Beside = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Watched> watched = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim turn = new(1);
    private readonly DateTimeOffset began = time.GetUtcNow();

    public Func<CancellationToken, Task> Once(string duty, Func<CancellationToken, Task> work)
    {
        watched.TryAdd(duty, new Watched());
        return cancellation => connections.IsSqlite ? work(cancellation) : DoAsync(duty, work, cancellation);
    }

    public async Task<IReadOnlyList<DutyLeader>> LeadersAsync(CancellationToken cancellation) =>
        connections.IsSqlite
            ?
            [
                .. watched
                    .Keys.Order(StringComparer.Ordinal)
                    .Select(duty => new DutyLeader(duty, replicas.OwnId, 1, began)),
            ]
            :
            [
                .. (await store.AllAsync(cancellation)).Select(row => new DutyLeader(
                    row.Name,
                    row.Holder,
                    row.Epoch,
                    row.Since
                )),
            ];

    /// <summary>Keeps what this one has, and takes what nobody has any more.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        if (draining.HasBegun)
        {
            return;
        }
        await turn.WaitAsync(cancellation);
        try
        {
            var sent = time.GetTimestamp();
            // One that ended by its own watch stands still, so that it is taken anew, by this one too.
            var current = watched
                .Where(pair => pair.Value.Term is { IsCurrent: true })
                .Select(pair => pair.Key)
                .ToList();
            if (current.Count > 0)
            {
                await store.BeatAsync(replicas.OwnId, current, cancellation);
            }
            var rows = (await store.AllAsync(cancellation)).ToDictionary(row => row.Name, StringComparer.Ordinal);
            foreach (var (duty, one) in watched)
            {
                await LookAsync(duty, one, rows.GetValueOrDefault(duty), sent, cancellation);
            }
        }
        finally
        {
            turn.Release();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await LeaveAsync();
    }

    /// <summary>Gives back what this one has, so that another need not wait until it has watched that stand still.</summary>
    private async Task LeaveAsync()
    {
        if (connections.IsSqlite || watched.Values.All(one => one.Term is null))
        {
            return;
        }
        foreach (var one in watched.Values)
        {
            one.Term?.End();
            one.Term = null;
        }
        using var late = new CancellationTokenSource(LastWord, time);
        try
        {
            await store.LeaveAsync(replicas.OwnId, late.Token);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or DbUpdateException or ObjectDisposedException
                || StoreFault.In(exception) is not null
            )
        {
            log.LogInformation("What this dashboard had to do once was not given back; another takes it in a moment");
        }
    }

    public override void Dispose()
    {
        turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (connections.IsSqlite || !await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, draining.Begun);
        await LastingWork.RunAsync(
            "Looking who does what must be done once",
            LookAsync,
            rest => Task.Delay(replicas.Others.Count == 0 ? Alone : Beside, time, rest),
            log,
            time,
            over.Token
        );
        if (draining.HasBegun)
        {
            await LeaveAsync();
        }
    }

    private async Task DoAsync(string duty, Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        var one = watched[duty];
        if (!one.Looked)
        {
            await LookAsync(cancellation);
        }
        if (one.Term is not { IsCurrent: true } term)
        {
            return;
        }
        // Of this flow alone: whoever called does not see it.
        DutyTerm.Current = term;
        try
        {
            await work(cancellation);
        }
        catch (Exception exception) when (DutyLostException.IsIn(exception))
        {
            log.LogWarning("{Duty} went to another dashboard while this one was at it; it wrote nothing more", duty);
        }
    }

    private async Task LookAsync(string duty, Watched one, DutyRow? row, long sent, CancellationToken cancellation)
    {
        one.Looked = true;
        var now = time.GetUtcNow();
        if (row is null)
        {
            var first = new DutyRow
            {
                Name = duty,
                Holder = replicas.OwnId,
                Epoch = 1,
                Beat = 1,
                Since = now,
            };
            if (await store.AddAsync(first, cancellation))
            {
                one.Term = new DutyTerm(duty, first.Epoch, sent, time);
            }
            return;
        }
        if (one.Term is { } term)
        {
            if (row.Holder == replicas.OwnId && row.Epoch == term.Epoch)
            {
                term.Renew(sent);
                if (term.IsCurrent)
                {
                    return;
                }
            }
            term.End();
            one.Term = null;
            log.LogWarning("This dashboard was away for too long to keep on doing {Duty}", duty);
        }
        if (one.Epoch != row.Epoch || one.Beat != row.Beat || one.SeenAt is null)
        {
            (one.Epoch, one.Beat, one.SeenAt) = (row.Epoch, row.Beat, time.GetTimestamp());
        }
        var isFree = row.Holder is null || time.GetElapsedTime(one.SeenAt.Value) >= DutyTerm.Lease;
        if (isFree && await store.TakeAsync(row, replicas.OwnId, now, cancellation))
        {
            one.Term = new DutyTerm(duty, row.Epoch + 1, sent, time);
            log.LogInformation("This dashboard does {Duty} from now on", duty);
        }
    }

    private sealed class Watched
    {
        public bool Looked { get; set; }
        public long Epoch { get; set; }
        public long Beat { get; set; }
        public long? SeenAt { get; set; }
        public DutyTerm? Term { get; set; }
    }
}
