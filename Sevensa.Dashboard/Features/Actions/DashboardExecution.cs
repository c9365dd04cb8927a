using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Actions.Contracts;

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
    private readonly Dictionary<string, IDashboardExecutor> byKind = executors.ToDictionary(executor => executor.Kind);
    private readonly ConcurrentDictionary<string, (Task Work, CancellationTokenSource Cancel)> running = new();

    public bool Has(string kind) => byKind.ContainsKey(kind);

    public bool IsRunning(string id) => running.ContainsKey(id);

    public void Begin(string id, SignedAction action)
    {
        var cancel = new CancellationTokenSource();
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // It does nothing until it is let go, and of two that are begun at once one is.
        if (running.TryAdd(id, (RunAsync(begin.Task, id, action, cancel), cancel)))
        {
            begin.SetResult();
        }
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

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Lets what is under way end; what does not end in time is found out about at the next start.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(running.Values.Select(entry => entry.Work)).WaitAsync(cancellationToken);

    private async Task RunAsync(Task begin, string id, SignedAction action, CancellationTokenSource cancel)
    {
        await begin.ConfigureAwait(false);
        using var alive = new CancellationTokenSource();
        var lease = RenewAsync(id, alive.Token);
        try
        {
            await ExecuteAsync(id, action, cancel.Token);
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

    private async Task ExecuteAsync(string id, SignedAction action, CancellationToken cancellation)
    {
        var sequence = 0L;
        var began = time.GetTimestamp();
        ActionOutcome outcome;
        try
        {
            outcome = await byKind[action.Plan.Kind]
                .ExecuteAsync(
                    action,
                    report =>
                        record.ReportAsync(
                            null,
                            report with
                            {
                                ActionId = id,
                                Sequence = Interlocked.Increment(ref sequence),
                                At = time.Milliseconds(),
                            },
                            CancellationToken.None
                        ),
                    cancellation
                );
        }
        catch (Exception exception)
        {
            log.LogError(exception, "Action {Action} broke off", id);
            await record.UnknownAsync(
                id,
                $"It broke off with an error nobody foresaw ({exception.GetType().Name}); the log has it. What it did is being found out.",
                CancellationToken.None
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
            CancellationToken.None
        );
    }

    private async Task RenewAsync(string id, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Lease / 3, time, cancellation);
                await store.RenewLeaseAsync(id, time.Milliseconds() + Lease, cancellation);
            }
        }
        catch (OperationCanceledException) { }
        catch (Exception exception)
        {
            log.LogWarning(exception, "The lease of action {Action} could not be renewed", id);
        }
    }
}
