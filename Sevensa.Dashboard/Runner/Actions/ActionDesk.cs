using System.Collections.Concurrent;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>Where signed actions arrive: verified, written down, run once, told of.</summary>
internal sealed class ActionDesk(
    Journal journal,
    Verifier verifier,
    Executor executor,
    Recovery recovery,
    ReportOutbox outbox,
    TimeProvider time,
    ILogger log,
    Action? ended = null
) : IAsyncDisposable
{
    /// <summary>How long a running action may go on when the runner is told to end. What takes longer is found out at the next start.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, Lazy<Task<Delivery>>> arriving = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> cancelAsked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> busy = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource ending = new();

    /// <summary>Answers at once whether it is taken; the rest is reported.</summary>
    public async Task<Delivery> DeliverAsync(SignedEnvelope envelope)
    {
        var examination = new Examination(envelope);
        if (await verifier.AuthenticAsync(examination, ending.Token) is { } refusal)
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
            arriving.TryRemove(id, out _);
        }
    }

    /// <summary>False when it does not run here (any more).</summary>
    public bool Cancel(string actionId)
    {
        if (!running.ContainsKey(actionId))
        {
            return false;
        }
        cancelAsked[actionId] = 0;
        return true;
    }

    /// <summary>The last that is known of an action, as JSON of <see cref="ActionReport"/>; null when it never arrived.</summary>
    public byte[]? Recall(string actionId)
    {
        if (journal.Find(actionId) is not { } known)
        {
            return null;
        }
        var report =
            known.Outcome
            ?? known.Last
            ?? new ActionReport(actionId, 0, known.BegunAt, "progress", Text: "Begun; no step has been reported yet.");
        return JsonSerializer.SerializeToUtf8Bytes(report, ActionJson.Default.ActionReport);
    }

    /// <summary>Takes up what was under way when the runner ended.</summary>
    public void Recover()
    {
        foreach (var action in journal.InFlight())
        {
            log.FoundInFlight(action.Id);
            foreach (var (thing, _) in Touched(action.Begun!.Plan))
            {
                busy[thing] = action.Id;
            }
            Launch(
                action.Begun,
                async () =>
                {
                    End(action.Id, await recovery.UnknownAsync(action.Begun.Plan, ending.Token));
                    return await recovery.ReconcileAsync(
                        action.Begun.Plan,
                        action.BegunAt,
                        Teller(action.Id),
                        ending.Token
                    );
                }
            );
        }
    }

    /// <summary>Something runs.</summary>
    public bool IsActing => !running.IsEmpty;

    /// <summary>Ends when nothing runs any more.</summary>
    public Task IdleAsync() => Task.WhenAll(running.Values);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAny(IdleAsync(), Task.Delay(Farewell, time));
        await ending.CancelAsync();
        await IdleAsync();
        ending.Dispose();
    }

    private async Task<Delivery> TakeAsync(Examination examination)
    {
        var action = examination.Action;
        if (journal.Find(action.ActionId) is { } known)
        {
            return Again(known);
        }
        var taken = new List<string>();
        var begun = false;
        try
        {
            foreach (var (thing, name) in Touched(action.Plan))
            {
                if (!busy.TryAdd(thing, action.ActionId))
                {
                    return Refuse(
                        action,
                        new Refusal(
                            "busy",
                            $"Another action is being done to {name}. Propose this one again when it has ended."
                        )
                    );
                }
                taken.Add(thing);
            }
            if (await verifier.ValidAsync(examination, ending.Token) is { } refusal)
            {
                return Refuse(action, refusal);
            }
            if (!journal.TryBegin(action))
            {
                return Again(journal.Find(action.ActionId)!);
            }
            begun = true;
        }
        finally
        {
            if (!begun)
            {
                taken.ForEach(container => busy.TryRemove(container, out _));
            }
        }
        Launch(
            action,
            () =>
                executor.RunAsync(
                    action.Plan,
                    Teller(action.ActionId),
                    () => cancelAsked.ContainsKey(action.ActionId),
                    ending.Token
                )
        );
        log.Begun(
            action.ActionId,
            action.Plan.Kind,
            action.Plan.Target,
            string.Join(", ", action.Approvals.Select(approval => approval.ByName))
        );
        return new Delivery(true);
    }

    /// <summary>What an action must have for itself: its containers, and the volumes and images of its steps.</summary>
    private static IEnumerable<(string Thing, string Name)> Touched(ActionPlan plan) =>
        plan
            .Containers.Select(container => (container.Id, container.Name))
            .Concat(plan.Steps.Select(step => (step.On, step.On)))
            .DistinctBy(touched => touched.Item1);

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
        log.Refused(action.ActionId, refusal.Code, refusal.Text);
        return new Delivery(false, refusal.Code, refusal.Text);
    }

    private Tell Teller(string actionId) =>
        (type, step, status, text) =>
        {
            journal.Report(actionId, type, step, status, text);
            outbox.Wake();
        };

    private void End(string actionId, ActionOutcome outcome)
    {
        journal.Report(actionId, "outcome", outcome: outcome);
        outbox.Wake();
        log.Ended(actionId, outcome.State.ToString(), outcome.Text);
    }

    private void Launch(SignedAction action, Func<Task<ActionOutcome>> run)
    {
        // The task may not begin before it is known to run, or it could end before that.
        var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        running[action.ActionId] = RunAsync();
        known.SetResult();

        async Task RunAsync()
        {
            await known.Task;
            try
            {
                var outcome = await ForeseenAsync(action, run);
                if (outcome.State == ProposalState.Unknown)
                {
                    End(action.ActionId, outcome);
                    var begunAt = journal.Find(action.ActionId)!.BegunAt;
                    outcome = await recovery.ReconcileAsync(
                        action.Plan,
                        begunAt,
                        Teller(action.ActionId),
                        ending.Token,
                        wasSilent: true
                    );
                }
                End(action.ActionId, outcome);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // The next start finds it in the journal.
            }
            catch (Exception exception)
            {
                // It is not to be found out now; the next start finds it in the journal too.
                End(action.ActionId, Broken(exception));
            }
            finally
            {
                foreach (var (thing, _) in Touched(action.Plan))
                {
                    busy.TryRemove(thing, out _);
                }
                cancelAsked.TryRemove(action.ActionId, out _);
                running.TryRemove(action.ActionId, out _);
                ended?.Invoke();
            }
        }
    }

    /// <summary>What nobody foresaw leaves nobody knowing what was done: that is said, and found out like a silence of Docker.</summary>
    private async Task<ActionOutcome> ForeseenAsync(SignedAction action, Func<Task<ActionOutcome>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception exception) when (!ending.IsCancellationRequested)
        {
            return Broken(exception);
        }
    }

    private static ActionOutcome Broken(Exception exception) =>
        new(ProposalState.Unknown, $"The runner failed in the middle: {exception.Message}");
}
