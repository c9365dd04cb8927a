using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Asks for a sweep now instead of at its next turn.</summary>
internal sealed class SweepSignal
{
    private readonly ConcurrentDictionary<string, bool> hostsBack = new();
    private readonly Channel<bool> channel = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    public void Now() => channel.Writer.TryWrite(true);

    /// <summary>What this host had under way is asked about at once.</summary>
    public void HostIsBack(string hostId)
    {
        hostsBack[hostId] = true;
        Now();
    }

    public IReadOnlyList<string> TakeHostsBack() => [.. hostsBack.Keys.Where(host => hostsBack.TryRemove(host, out _))];

    public async Task WaitAsync(CancellationToken cancellation) => await channel.Reader.ReadAsync(cancellation);
}

/// <summary>Takes up everything open, also after a restart: what expired, what waits, and what nobody reports on.</summary>
internal sealed class ActionSweep(
    ProposalStore store,
    EmergencyStop stop,
    Dispatcher dispatcher,
    Reconciliation reconciliation,
    IAuditLog audit,
    ProposalChanges changes,
    SweepSignal signal,
    StartWork start,
    IOptions<ActionsOptions> options,
    IOptions<StorageOptions> storage,
    TimeProvider time,
    ILogger<ActionSweep> log
) : BackgroundService
{
    /// <summary>Nothing is left alone for longer, whatever is known of it.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(2);

    /// <summary>
    /// After a sweep: until when nothing is to be done unless something changes here. Where others write to the same store,
    /// and while an action is on its way, that is the next turn.
    /// </summary>
    internal TimeSpan Rest { get; private set; }

    public async Task SweepAsync(CancellationToken cancellation)
    {
        await TryAsync("the emergency stop", () => stop.RefreshAsync(cancellation));
        var waiting = await store.InStatesAsync([ProposalState.Proposed, ProposalState.Approved], cancellation);
        foreach (var row in waiting)
        {
            if (row.ExpiresAt <= time.GetUtcNow())
            {
                await TryAsync(row.Id, () => ExpireAsync(row, cancellation));
            }
            else if (row.State == ProposalState.Approved)
            {
                await TryAsync(row.Id, () => dispatcher.TakeUpAsync(row.Id, cancellation));
            }
        }
        var back = signal.TakeHostsBack();
        var silentSince = time.GetUtcNow() - options.Value.AskAfterSilence;
        var inFlight = await store.InStatesAsync(
            [ProposalState.Dispatched, ProposalState.Running, ProposalState.Unknown],
            cancellation
        );
        Rest = RestOf(waiting, inFlight);
        await Task.WhenAll(
            inFlight
                .Where(row =>
                    row.HostId is { } host
                        ? back.Contains(host) || row.State == ProposalState.Unknown || row.TouchedAt <= silentSince
                        : row.LeaseUntil is null || row.LeaseUntil <= time.GetUtcNow()
                )
                .Select(row => reconciliation.TryAsync(row, cancellation))
        );
    }

    /// <summary>Ends a proposal whose time is over; a no-op when it was dispatched or ended meanwhile.</summary>
    public async Task ExpireAsync(ProposalRow row, CancellationToken cancellation)
    {
        var entry = ActionRecord.Entry(AuditActor.System, "proposal.expired", row);
        var change = new ProposalChange(row, time.Milliseconds()).Become(
            ProposalState.Expired,
            new JsonObject { ["text"] = "Nobody decided or carried it out in time." }
        );
        if (await store.CommitAsync(change, audit, entry, cancellation) == Commit.Done)
        {
            changes.Raise(row.Id);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        using var listening = changes.OnChange(() =>
        {
            // While it does not rest, its next turn is soon enough.
            if (Rest > options.Value.SweepEvery)
            {
                signal.Now();
            }
            return Task.CompletedTask;
        });
        await LastingWork.RunAsync("The look after open actions", SweepAsync, PauseAsync, log, time, stoppingToken);
    }

    private TimeSpan RestOf(IReadOnlyList<ProposalRow> waiting, IReadOnlyList<ProposalRow> inFlight)
    {
        var turn = options.Value.SweepEvery;
        var isShared = !string.IsNullOrWhiteSpace(storage.Value.Postgres);
        if (isShared || inFlight.Count > 0 || waiting.Any(row => row.State == ProposalState.Approved))
        {
            return turn;
        }
        var now = time.GetUtcNow();
        var rest = waiting.Select(row => row.ExpiresAt - now).Append(LongestRest).Min();
        return rest > turn ? rest : turn;
    }

    private async Task PauseAsync(CancellationToken cancellation)
    {
        var rest = Rest > TimeSpan.Zero ? Rest : options.Value.SweepEvery;
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(signal.WaitAsync(turn.Token), Task.Delay(rest, time, turn.Token));
        await turn.CancelAsync();
    }

    private async Task TryAsync(string what, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) { }
        // Without the store nothing else of the sweep goes either: it is begun anew when the store is back.
        catch (Exception exception) when (StoreFault.In(exception) is null)
        {
            log.LogError(exception, "Looking after {What} failed; it is tried again", what);
        }
    }
}
