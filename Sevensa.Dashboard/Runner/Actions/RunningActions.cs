using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>Actions under way, each until its end is known and written down: as long as the journal can't be written, it is tried again.</summary>
internal sealed class RunningActions : IAsyncDisposable
{
    /// <summary>How long a running action may go on when the runner is told to end. What takes longer is found out at the next start.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan WriteAgain = TimeSpan.FromSeconds(2);

    private readonly Journal journal;
    private readonly Recovery recovery;
    private readonly ReportOutbox outbox;
    private readonly ThingsAtWork things;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Action? ended;
    private readonly ConcurrentDictionary<string, Task> running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource ending = new();

    public RunningActions(
        Journal journal,
        Recovery recovery,
        ReportOutbox outbox,
        ThingsAtWork things,
        TimeProvider time,
        ILogger log,
        Action? ended
    )
    {
        (this.journal, this.recovery, this.outbox, this.things) = (journal, recovery, outbox, things);
        (this.time, this.log, this.ended) = (time, log, ended);
        Ending = ending.Token;
    }

    /// <summary>Cancelled when the runner ends and has waited long enough.</summary>
    public CancellationToken Ending { get; }

    public bool Any => !running.IsEmpty;

    public bool Has(string actionId) => running.ContainsKey(actionId);

    /// <summary>Ends when nothing runs any more.</summary>
    public Task IdleAsync() => Task.WhenAll(running.Values);

    /// <summary>
    /// Tells how an action goes. What can't be written down is not told, and no reason to end it; the log says so once, for it
    /// may lie on the very disk that is full.
    /// </summary>
    public Tell Teller(string actionId)
    {
        string? said = null;
        return (type, step, status, text) =>
        {
            try
            {
                journal.Report(actionId, type, step, status, text);
                said = null;
                outbox.Wake();
            }
            catch (JournalException exception)
            {
                if (exception.Message != said)
                {
                    log.ProgressNotKept(actionId, text ?? type, said = exception.Message);
                }
            }
        };
    }

    /// <summary>Says what is known of an action without being sure of it yet.</summary>
    public void Tentatively(string actionId, ActionOutcome unknown)
    {
        try
        {
            End(actionId, unknown);
        }
        catch (JournalException exception)
        {
            log.EndNotKept(actionId, unknown.State.ToString(), exception.Message);
        }
    }

    /// <summary>Runs what was begun, beside everything else, to an end that is written down.</summary>
    /// <param name="done">Called when nothing more comes of it here.</param>
    public void Launch(SignedAction action, Func<Task<ActionOutcome>> run, Action done)
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
                var outcome = await ForeseenAsync(run);
                if (outcome.State == ProposalState.Unknown)
                {
                    Tentatively(action.ActionId, outcome);
                    outcome = await ForeseenAsync(() => FindOutAsync(action, outcome.Text));
                }
                // Also what is still unknown: the next start finds it in the journal.
                await WriteEndAsync(action.ActionId, outcome);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // The next start finds it in the journal.
            }
            catch (Exception exception) when (ending.IsCancellationRequested)
            {
                // It keeps nothing of what is still to be closed from being closed.
                log.LeftToTheNextStart(action.ActionId, exception.Message);
            }
            finally
            {
                things.Release(action.Plan, action.ActionId);
                running.TryRemove(action.ActionId, out _);
                done();
                ended?.Invoke();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAny(IdleAsync(), Task.Delay(Farewell, time));
        await ending.CancelAsync();
        await IdleAsync();
        ending.Dispose();
    }

    private Task<ActionOutcome> FindOutAsync(SignedAction action, string why) =>
        recovery.ReconcileAsync(
            action.Plan,
            journal.Find(action.ActionId)!.BegunAt,
            why,
            Teller(action.ActionId),
            Ending,
            wasSilent: true
        );

    /// <summary>What was done is known and must be told, however long it takes until it can be written down.</summary>
    private async Task WriteEndAsync(string actionId, ActionOutcome outcome)
    {
        string? said = null;
        while (true)
        {
            try
            {
                End(actionId, outcome);
                return;
            }
            catch (JournalException exception)
            {
                if (exception.Message != said)
                {
                    log.EndNotKept(actionId, outcome.State.ToString(), said = exception.Message);
                }
            }
            await Task.Delay(WriteAgain, time, Ending);
        }
    }

    private void End(string actionId, ActionOutcome outcome)
    {
        journal.Report(actionId, "outcome", outcome: outcome);
        outbox.Wake();
        log.Ended(actionId, outcome.State.ToString(), outcome.Text);
    }

    /// <summary>What nobody foresaw leaves nobody knowing what was done: that is said, and found out like a silence of Docker.</summary>
    private async Task<ActionOutcome> ForeseenAsync(Func<Task<ActionOutcome>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception exception) when (!ending.IsCancellationRequested)
        {
            return new ActionOutcome(ProposalState.Unknown, $"The runner failed in the middle: {exception.Message}");
        }
    }
}
