using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
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
    TimeProvider time,
    ILogger<ActionSweep> log
) : BackgroundService
{
    public async Task SweepAsync(CancellationToken cancellation)
    {
        await TryAsync("the emergency stop", () => stop.RefreshAsync(cancellation));
        foreach (var row in await store.InStatesAsync([ProposalState.Proposed, ProposalState.Approved], cancellation))
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
        await audit.AppendAsync(ActionRecord.Entry(AuditActor.System, "proposal.expired", row), cancellation);
        var change = new ProposalChange(row, time.Milliseconds()).Become(
            ProposalState.Expired,
            new JsonObject { ["text"] = "Nobody decided or carried it out in time." }
        );
        if (await store.CommitAsync(change, cancellation) == Commit.Done)
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
        await LastingWork.RunAsync("The look after open actions", SweepAsync, PauseAsync, log, time, stoppingToken);
    }

    private async Task PauseAsync(CancellationToken cancellation)
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(signal.WaitAsync(turn.Token), Task.Delay(options.Value.SweepEvery, time, turn.Token));
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
