using System.Collections.Concurrent;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>Where signed actions arrive: verified, written down, run once, told of.</summary>
internal sealed class ActionDesk : IAsyncDisposable
{
    private readonly Journal journal;
    private readonly Verifier verifier;
    private readonly Executor executor;
    private readonly Recovery recovery;
    private readonly ReportOutbox outbox;
    private readonly ILogger log;
    private readonly ThingsAtWork things = new();
    private readonly RunningActions running;
    private readonly ConcurrentDictionary<string, Lazy<Task<Delivery>>> arriving = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> cancelAsked = new(StringComparer.Ordinal);

    public ActionDesk(
        Journal journal,
        Verifier verifier,
        Executor executor,
        Recovery recovery,
        ReportOutbox outbox,
        TimeProvider time,
        ILogger log,
        Action? ended = null
    )
    {
        (this.journal, this.verifier, this.executor) = (journal, verifier, executor);
        (this.recovery, this.outbox, this.log) = (recovery, outbox, log);
        running = new RunningActions(journal, recovery, outbox, things, time, log, ended);
    }

    /// <summary>Answers at once whether it is taken; the rest is reported.</summary>
    public async Task<Delivery> DeliverAsync(SignedEnvelope envelope)
    {
        var examination = new Examination(envelope);
        if (await verifier.AuthenticAsync(examination, running.Ending) is { } refusal)
        {
            log.Refused(examination.Action?.ActionId ?? "(unread)", refusal.Code, refusal.Text);
            return new Delivery(false, refusal.Code, refusal.Text);
        }
        var id = examination.Action.ActionId;
        var arrival = arriving.GetOrAdd(id, _ => new Lazy<Task<Delivery>>(() => TakeAsync(examination)));
        try
        {
            return await arrival.Value;
        }
        finally
        {
            arriving.TryRemove(KeyValuePair.Create(id, arrival));
        }
    }

    /// <summary>Also of what is still looked at: it ends then before its first step. False when it does not run here (any more).</summary>
    public bool Cancel(string actionId)
    {
        if (!running.Has(actionId) && !arriving.ContainsKey(actionId))
        {
            return false;
        }
        cancelAsked[actionId] = 0;
        if (!running.Has(actionId) && !arriving.ContainsKey(actionId))
        {
            // It ended between the two looks.
            cancelAsked.TryRemove(actionId, out _);
            return false;
        }
        return true;
    }

    /// <summary>The last that is known of an action, as JSON of <see cref="ActionReport"/>; null when it never arrived.</summary>
    public byte[]? Recall(string actionId)
    {
        // In this order: what has arrived is in the journal before it is not looked at any more.
        var arrives = arriving.ContainsKey(actionId);
        var known = journal.Find(actionId);
        var report =
            known?.Outcome
            ?? known?.Last
            ?? (
                known is not null
                    ? new ActionReport(
                        actionId,
                        0,
                        known.BegunAt,
                        "progress",
                        Text: "Begun; no step has been reported yet."
                    )
                : arrives
                    ? new ActionReport(
                        actionId,
                        0,
                        DateTimeOffset.UnixEpoch,
                        "progress",
                        Status: ActionReport.Arriving,
                        Text: "It has arrived, and whether it may be begun is being looked at."
                    )
                : null
            );
        return report is null ? null : JsonSerializer.SerializeToUtf8Bytes(report, ActionJson.Default.ActionReport);
    }

    /// <summary>Takes up what was under way when the runner ended.</summary>
    public void Recover()
    {
        foreach (var action in journal.InFlight())
        {
            log.FoundInFlight(action.Id);
            var begun = action.Begun!;
            things.Take(begun.Plan, action.Id);
            running.Launch(
                begun,
                async () =>
                {
                    running.Tentatively(action.Id, await recovery.UnknownAsync(begun.Plan, running.Ending));
                    return await recovery.ReconcileAsync(
                        begun.Plan,
                        action.BegunAt,
                        Recovery.RunnerEnded,
                        running.Teller(action.Id),
                        running.Ending
                    );
                },
                () => cancelAsked.TryRemove(action.Id, out _)
            );
        }
    }

    /// <summary>Something runs.</summary>
    public bool IsActing => running.Any;

    /// <summary>Ends when nothing runs any more.</summary>
    public Task IdleAsync() => running.IdleAsync();

    public ValueTask DisposeAsync() => running.DisposeAsync();

    private async Task<Delivery> TakeAsync(Examination examination)
    {
        try
        {
            return await TryTakeAsync(examination);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What can't be written down is not done, and that it was not is not written down either.
            var refusal = new Refusal(
                Executor.StateFolderCode,
                $"{exception.Message.TrimEnd('.')}. Nothing was done; propose it again when that is mended."
            );
            log.Refused(examination.Action.ActionId, refusal.Code, refusal.Text);
            return new Delivery(false, refusal.Code, refusal.Text);
        }
    }

    private async Task<Delivery> TryTakeAsync(Examination examination)
    {
        var action = examination.Action;
        var (id, plan) = (action.ActionId, action.Plan);
        if (journal.Find(id) is { } known)
        {
            return Again(known);
        }
        if (things.TryTake(plan, id) is { } busy)
        {
            return Refuse(
                action,
                new Refusal(
                    "busy",
                    $"Another action is being done to {busy}. Propose this one again when it has ended."
                )
            );
        }
        var begun = false;
        try
        {
            if (await verifier.ValidAsync(examination, running.Ending) is { } refusal)
            {
                return Refuse(action, refusal);
            }
            running.Ending.ThrowIfCancellationRequested();
            if (!journal.TryBegin(action))
            {
                return Again(journal.Find(id)!);
            }
            begun = true;
        }
        finally
        {
            if (!begun)
            {
                things.Release(plan, id);
                cancelAsked.TryRemove(id, out _);
            }
        }
        running.Launch(
            action,
            () => executor.RunAsync(plan, running.Teller(id), () => cancelAsked.ContainsKey(id), running.Ending),
            () => cancelAsked.TryRemove(id, out _)
        );
        log.Begun(id, plan.Kind, plan.Target, string.Join(", ", action.Approvals.Select(approval => approval.ByName)));
        return new Delivery(true);
    }

    /// <summary>Once is enough: the recorded outcome is told again, nothing is done.</summary>
    private Delivery Again(JournalledAction known)
    {
        if (known is { Begun: null, Outcome.Outcome: { } refused })
        {
            return new Delivery(false, refused.Code, refused.Text);
        }
        if (known.Outcome is { } outcome)
        {
            outbox.PostAgain(outcome);
        }
        return new Delivery(true);
    }

    private Delivery Refuse(SignedAction action, Refusal refusal)
    {
        log.Refused(action.ActionId, refusal.Code, refusal.Text);
        try
        {
            // Written down, so that the same delivery is refused the same way when it comes again into another world.
            var report = journal.Report(
                action.ActionId,
                "outcome",
                outcome: new ActionOutcome(
                    ProposalState.Refused,
                    refusal.Text,
                    refusal.Code,
                    Differences: refusal.Differences
                )
            );
            journal.Acknowledge(action.ActionId, report.Sequence);
        }
        catch (JournalException exception)
        {
            log.EndNotKept(action.ActionId, nameof(ProposalState.Refused), exception.Message);
        }
        return new Delivery(false, refusal.Code, refusal.Text);
    }
}
