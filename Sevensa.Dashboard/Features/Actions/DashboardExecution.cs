using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Storage.Duties;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>
/// Carries out plans whose executor is the dashboard. The store's Dispatched row is the journal: it stands before the first
/// call, and whoever finds it without a living owner asks the world instead of doing it again.
/// </summary>
internal sealed class DashboardExecution(
    IEnumerable<IDashboardExecutor> executors,
    ProposalStore store,
    ActionRecord record,
    TimeProvider time,
    ILogger<DashboardExecution> log
) : IHostedService
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly ActionOutcome TooLate = new(
        ProposalState.Refused,
        "Its time was over before it began. Nothing was changed.",
        "expired"
    );

    private readonly Dictionary<string, IDashboardExecutor> byKind = executors.ToDictionary(executor => executor.Kind);
    private readonly ConcurrentDictionary<string, (Task Work, CancellationTokenSource Cancel)> running = new();

    public bool Has(string kind) => byKind.ContainsKey(kind);

    public bool IsRunning(string id) => running.ContainsKey(id);

    /// <param name="epoch">As this instance took it on.</param>
    public void Begin(string id, SignedAction action, int epoch) =>
        Begin(
            id,
            epoch,
            (report, cancellation) =>
                action.ExpiresAt <= time.GetUtcNow()
                    ? Task.FromResult(TooLate)
                    : byKind[action.Plan.Kind].ExecuteAsync(action, report, cancellation),
            0,
            false
        );

    /// <summary>Whether what was begun elsewhere, or before a restart, is gone on with.</summary>
    public bool Resumes(ActionPlan plan) =>
        byKind.GetValueOrDefault(plan.Kind) is IResumingExecutor executor && executor.Resumes(plan);

    /// <summary>Goes on with what an instance that is dead had begun.</summary>
    /// <param name="epoch">As this instance took it on.</param>
    /// <param name="told">What it told, by the number of each report.</param>
    public void Resume(string id, SignedAction action, int epoch, IReadOnlyList<ActionReport> told, bool cancelled) =>
        Begin(
            id,
            epoch,
            (report, cancellation) =>
                ((IResumingExecutor)byKind[action.Plan.Kind]).ResumeAsync(action, told, report, cancellation),
            told.Select(report => report.Sequence).DefaultIfEmpty().Max(),
            cancelled
        );

    private void Begin(
        string id,
        int epoch,
        Func<Func<ActionReport, Task>, CancellationToken, Task<ActionOutcome>> work,
        long told,
        bool cancelled
    )
    {
        var cancel = new CancellationTokenSource();
        if (cancelled)
        {
            cancel.Cancel();
        }
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // It does nothing until it is let go, and of two that are begun at once one is.
        DutyTerm.Apart(() =>
        {
            if (running.TryAdd(id, (RunAsync(begin.Task, id, epoch, work, told, cancel), cancel)))
            {
                begin.SetResult();
            }
        });
    }

    /// <summary>Asks a running action to stop between steps; false when this instance does not run it.</summary>
    public async Task<bool> CancelAsync(string id)
    {
        if (!running.TryGetValue(id, out var found))
        {
            return false;
        }
        await found.Cancel.CancelAsync();
        return true;
    }

    /// <summary>Something of an action became another: where it runs here and its cancel was asked for elsewhere, it is asked to stop.</summary>
    public async Task LookAsync(string id, CancellationToken cancellation)
    {
        if (IsRunning(id) && await store.IsCancelAskedAsync(id, cancellation))
        {
            await CancelAsync(id);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Lets what is under way end; what does not end in time is found out about at the next start.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(running.Values.Select(entry => entry.Work)).WaitAsync(cancellationToken);

    private async Task RunAsync(
        Task begin,
        string id,
        int epoch,
        Func<Func<ActionReport, Task>, CancellationToken, Task<ActionOutcome>> work,
        long told,
        CancellationTokenSource cancel
    )
    {
        await begin.ConfigureAwait(false);
        using var alive = new CancellationTokenSource();
        var lease = RenewAsync(id, epoch, cancel, alive.Token);
        try
        {
            await ExecuteAsync(id, epoch, work, told, cancel.Token);
        }
        catch (TakenOverException)
        {
            log.LogWarning("Action {Action} was taken over by another dashboard; it is left to that one", id);
        }
        catch (Exception exception)
        {
            // Its outcome could not be written; the sweep finds it out once the lease is over.
            log.LogError(exception, "The outcome of action {Action} could not be written", id);
        }
        finally
        {
            await alive.CancelAsync();
            await lease;
            running.TryRemove(id, out _);
            cancel.Dispose();
        }
    }

    private async Task ExecuteAsync(
        string id,
        int epoch,
        Func<Func<ActionReport, Task>, CancellationToken, Task<ActionOutcome>> work,
        long told,
        CancellationToken cancellation
    )
    {
        var sequence = told;
        var began = time.GetTimestamp();
        ActionOutcome outcome;
        try
        {
            outcome = await work(
                report =>
                    record.ReportAsync(
                        null,
                        report with
                        {
                            ActionId = id,
                            Sequence = Interlocked.Increment(ref sequence),
                            At = time.Milliseconds(),
                        },
                        CancellationToken.None,
                        epoch
                    ),
                cancellation
            );
        }
        catch (Exception exception) when (exception is not TakenOverException)
        {
            log.LogError(exception, "Action {Action} broke off", id);
            await record.UnknownAsync(
                id,
                $"It broke off with an error nobody foresaw ({exception.GetType().Name}); the log has it. What it did is being found out.",
                CancellationToken.None,
                epoch
            );
            return;
        }
        await record.ReportAsync(
            null,
            new ActionReport(
                id,
                Interlocked.Increment(ref sequence),
                time.Milliseconds(),
                "outcome",
                Outcome: outcome with
                {
                    DurationSeconds = outcome.DurationSeconds ?? Math.Round(time.GetElapsedTime(began).TotalSeconds, 3),
                }
            ),
            CancellationToken.None,
            epoch
        );
    }

    private async Task RenewAsync(string id, int epoch, CancellationTokenSource work, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await Task.Delay(Lease / 3, time, cancellation);
                if (!await store.RenewLeaseAsync(id, epoch, time.Milliseconds() + Lease, cancellation))
                {
                    // It is another's. Its next report is not taken, and ends the work here; until then it begins nothing.
                    await work.CancelAsync();
                    return;
                }
                // Without a word between dashboards the store alone says that it was asked for at another.
                await LookAsync(id, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The work goes on, so the next time is tried too: a lease that lapses lets another take it up.
                log.LogWarning(exception, "The lease of action {Action} could not be renewed; it is tried again", id);
            }
        }
    }
}
