using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Actions.Decisions;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage.Duties;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Hands approved actions to their executor. A proposal becomes Dispatched once, in the store, before anything is sent.</summary>
internal sealed class Dispatcher(
    ProposalStore store,
    IRunnerLink link,
    IFleet fleet,
    IActionSigner signer,
    IEmergencyStop stop,
    ActionKinds kinds,
    StandingApprovals standing,
    DashboardExecution dashboard,
    ActionRecord record,
    IAuditLog audit,
    ProposalChanges changes,
    TimeProvider time,
    ILogger<Dispatcher> log
)
{
    private readonly ConcurrentDictionary<string, byte> sending = new();
    private readonly ConcurrentDictionary<string, string> troubles = new();

    /// <summary>Why an action could not be begun when it was sent last, in its host's words; null when nothing is known of that.</summary>
    public string? TroubleOf(string id) => troubles.GetValueOrDefault(id);

    /// <summary>Why an approved action can't go now, in words; null when it can.</summary>
    public async Task<string?> HeldByAsync(ProposalRow row, CancellationToken cancellation)
    {
        if (stop.Current is { } stopped)
        {
            return $"Dispatching was stopped by {stopped.ByName}.";
        }
        if (row.HostId is { } host ? !link.IsConnected(host) : !dashboard.Has(row.Kind))
        {
            return row.HostId is null ? $"This dashboard has no executor for {row.Kind}."
                : link.IsElsewhere(row.HostId)
                    ? $"{row.Where} is connected to another dashboard, which is not heard at the moment and sends it."
                : $"{row.Where} is not connected. It is sent as soon as its runner is back.";
        }
        if (row.HostId is { } told && !fleet.Knows(told))
        {
            return $"{row.Where} has not told yet what runs there.";
        }
        return await store.BusyAsync(ProposalStore.ClaimsOf(row), row.Id, cancellation) is { } busy
            ? $"\"{busy}\" is still at work on the same thing."
            : null;
    }

    public static ProposalChange Mark(ProposalChange change, TimeProvider time)
    {
        if (change.Row.HostId is null)
        {
            change.Row.LeaseUntil = time.Milliseconds() + DashboardExecution.Lease;
            change.Row.LeaseEpoch++;
        }
        return change.Become(ProposalState.Dispatched, new JsonObject { ["to"] = change.Row.Where });
    }

    /// <summary>Begins to carry out what was committed as Dispatched; returns at once.</summary>
    public void Begin(ProposalRow row)
    {
        if (row.HostId is null)
        {
            dashboard.Begin(row.Id, Signed(row), row.LeaseEpoch);
            return;
        }
        // Whoever put it there sends; of many who begin it at once, one.
        if (sending.TryAdd(row.Id, 0))
        {
            DutyTerm.Apart(() =>
                _ = Task.Run(async () =>
                {
                    try
                    {
                        await SendAsync(row, CancellationToken.None);
                    }
                    finally
                    {
                        sending.TryRemove(row.Id, out _);
                    }
                })
            );
        }
    }

    /// <summary>
    /// Sends what its host says it never got, if it still may go: the stop and the approvals are looked at as they were before
    /// it was sent first.
    /// </summary>
    public async Task SendAgainAsync(ProposalRow row, CancellationToken cancellation)
    {
        if (await standing.EndOfAsync(row, cancellation) is { } lapsed)
        {
            await record.ConcludeAsync(row.Id, lapsed, cancellation);
        }
        else if (await store.HoldAsync(cancellation) is { Held: true } hold)
        {
            await record.UnknownAsync(
                row.Id,
                $"It never reached {row.Where}, and dispatching was stopped by {hold.ByName} meanwhile. It is sent when dispatching goes on.",
                cancellation
            );
        }
        else
        {
            Begin(row);
        }
    }

    public bool IsSending(string id) => sending.ContainsKey(id);

    /// <summary>Dispatches an approved action that had to wait, if nothing holds it any more.</summary>
    public async Task TakeUpAsync(string id, CancellationToken cancellation)
    {
        while (
            await store.FindAsync(id, cancellation) is { State: ProposalState.Approved } row
            && row.ExpiresAt > time.GetUtcNow()
        )
        {
            if (await HeldByAsync(row, cancellation) is { } held)
            {
                if (await WaitAsync(row, held, cancellation))
                {
                    return;
                }
                continue;
            }
            if (await standing.EndOfAsync(row, cancellation) is { } lapsed)
            {
                await record.ConcludeAsync(id, lapsed, cancellation);
                return;
            }
            var differences = await kinds.DifferencesAsync(row.Plan, cancellation);
            if (differences.Count > 0)
            {
                await record.ConcludeAsync(
                    id,
                    new ActionOutcome(
                        ProposalState.Refused,
                        "The world is no longer the one that was approved. Nothing was done; propose again.",
                        "stale",
                        Differences: differences
                    ),
                    cancellation
                );
                return;
            }
            var entry = ActionRecord.Entry(
                AuditActor.System,
                "action.dispatched",
                row,
                detail: $"Sent to {row.Where}; plan {row.PlanHash}"
            );
            var change = Mark(new ProposalChange(row, time.Milliseconds()), time);
            switch (await store.CommitAsync(change, audit, entry, cancellation))
            {
                case Commit.Done:
                    Begin(row);
                    changes.Raise(id);
                    return;
                case Commit.Held:
                    await WaitAsync(
                        (await store.FindAsync(id, cancellation))!,
                        "Dispatching was stopped.",
                        cancellation
                    );
                    return;
                default:
                    continue;
            }
        }
    }

    private async Task<bool> WaitAsync(ProposalRow row, string why, CancellationToken cancellation)
    {
        if (row.Waiting == why)
        {
            return true;
        }
        var change = new ProposalChange(row, time.Milliseconds()).Tell("progress", new JsonObject { ["text"] = why });
        row.Waiting = why;
        if (await store.CommitAsync(change, cancellation) != Commit.Done)
        {
            return false;
        }
        changes.Raise(row.Id);
        return true;
    }

    private async Task SendAsync(ProposalRow row, CancellationToken cancellation)
    {
        if (stop.Current is { } stopped)
        {
            await TryUnknownAsync(
                row.Id,
                $"Dispatching was stopped by {stopped.ByName} before it was sent to {row.Where}. It is sent when dispatching goes on.",
                cancellation
            );
            return;
        }
        try
        {
            var payload = CanonicalJson.Of(Signed(row), ActionJson.Default.SignedAction);
            var host = row.HostId!;
            var envelope = await signer.SignAsync(host, payload, cancellation);
            var delivery = await link.DeliverAsync(host, envelope, cancellation);
            if (delivery is { Accepted: false, RefusalCode: "badSignature" })
            {
                // The host may have been given a new key between the signature and its arrival. It wrote nothing down.
                var again = await signer.SignAsync(host, payload, cancellation);
                if (again.KeyId != envelope.KeyId)
                {
                    delivery = await link.DeliverAsync(host, again, cancellation);
                }
            }
            troubles.TryRemove(row.Id, out _);
            if (delivery.Accepted)
            {
                return;
            }
            await RefusedAsync(row, delivery, cancellation);
        }
        catch (RunnerUnreachableException exception)
        {
            log.LogWarning(exception, "Action {Action} may or may not have reached {Host}", row.Id, row.HostId);
            await TryUnknownAsync(
                row.Id,
                $"{row.Where} did not answer: {exception.Message} It is asked as soon as it is back.",
                cancellation
            );
        }
        catch (UpstreamException exception)
        {
            log.LogError(exception, "Action {Action} could not be begun on {Host}", row.Id, row.HostId);
            var words = $"{row.Where} could not begin it: {exception.Message.TrimEnd('.')}.";
            troubles[row.Id] = words;
            await TryUnknownAsync(row.Id, $"{words} It is sent again as long as it may be begun.", cancellation);
        }
        catch (Exception exception)
        {
            log.LogError(exception, "Action {Action} could not be sent to {Host}", row.Id, row.HostId);
            await TryUnknownAsync(
                row.Id,
                $"Sending it to {row.Where} failed. The host is asked whether it got it.",
                cancellation
            );
        }
    }

    /// <summary>The answer has the code and the words; what differs in the world is in the host's journal.</summary>
    private async Task RefusedAsync(ProposalRow row, Delivery delivery, CancellationToken cancellation)
    {
        var outcome = new ActionOutcome(
            ProposalState.Refused,
            delivery.Refusal ?? $"{row.Where} refused it.",
            delivery.RefusalCode ?? "refused"
        );
        try
        {
            if (
                await link.RecallAsync(row.HostId!, row.Id, cancellation) is { } journalled
                && JsonSerializer.Deserialize(journalled, ActionJson.Default.ActionReport)
                    is { Outcome: { State: ProposalState.Refused } recorded }
            )
            {
                outcome = recorded;
            }
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            log.LogInformation(exception, "What differs for {Action} was not told by {Host}", row.Id, row.HostId);
        }
        await record.ConcludeAsync(row.Id, outcome, cancellation);
    }

    private async Task TryUnknownAsync(string id, string why, CancellationToken cancellation)
    {
        try
        {
            await record.UnknownAsync(id, why, cancellation);
        }
        catch (Exception exception)
        {
            // It stays Dispatched and silent, which the sweep looks into.
            log.LogError(exception, "That action {Action} is unknown could not be written", id);
        }
    }

    internal SignedAction Signed(ProposalRow row) =>
        new(
            RunnerProtocol.Current,
            row.Id,
            row.HostId ?? PlanExecutor.Dashboard,
            time.Milliseconds(),
            row.ExpiresAt,
            row.PlanHash,
            row.Plan,
            [
                .. row
                    .Decisions.Where(decision => decision is { Verdict: "approve", Counts: true })
                    .Select(decision => new SignedApproval(
                        decision.ById,
                        decision.ByName,
                        decision.At,
                        decision.Comment
                    )),
            ]
        );
}
