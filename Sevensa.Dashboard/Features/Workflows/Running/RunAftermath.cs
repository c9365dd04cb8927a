using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows.Running;

/// <summary>
/// What became of a run whose end nobody saw: the execution with the action's mark says it, or what else can be known of it. Nothing
/// is begun here, and n8n is asked more and more seldom.
/// </summary>
internal sealed class RunAftermath(N8nInstances instances, TimeProvider time) : IDashboardReconciler
{
    /// <summary>What is not among the executions after this long was not begun, or is not kept.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Looks> looks = new(StringComparer.Ordinal);

    public string Kind => RunWorkflow.Kind;

    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        var (order, action, now) = (RunOrder.Of(plan), plan.ProposalId, time.GetUtcNow());
        if (instances.Find(order.Instance) is not { } instance)
        {
            return null;
        }
        ForgetOld(now);
        var before = looks.GetOrAdd(action, _ => new Looks());
        if (now < before.Next)
        {
            return null;
        }
        before.Next = now + before.Pause;
        before.Pause = before.Pause * 2 < Longest ? before.Pause * 2 : Longest;
        try
        {
            var outcome = await LookAsync(instance, plan, order, before, dispatchedAt, cancellation);
            if (outcome is not null)
            {
                looks.TryRemove(action, out _);
                instance.Lookup.Forget(action);
            }
            return outcome;
        }
        catch (UpstreamException)
        {
            return null;
        }
    }

    private async Task<ActionOutcome?> LookAsync(
        N8nInstance instance,
        ActionPlan plan,
        RunOrder order,
        Looks before,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        var lookup = instance.Lookup;
        if (
            lookup.Begun(plan.ProposalId) is { } number
            && await lookup.FindAsync(order.Workflow, number, cancellation) is { } known
        )
        {
            return RunOutcomes.Of(plan.Target, known);
        }
        var seen = await lookup.LookAsync(order.Workflow, dispatchedAt, cancellation);
        var isOver = time.GetUtcNow() - dispatchedAt >= Patience;
        if (!order.IsMarked)
        {
            return await GuessedRun.OfAsync(seen, plan.Target, dispatchedAt, time.GetUtcNow(), lookup, cancellation)
                ?? (
                    isOver && !GuessedRun.Began(seen, dispatchedAt).Any()
                        ? await NoneAsync(instance, order, seen, GuessedRun.None(plan.Target), cancellation)
                        : null
                );
        }
        if (await lookup.AmongAsync(seen, RunOrder.Mark(plan.ProposalId), before.Passed, cancellation) is { } found)
        {
            return RunOutcomes.Of(plan.Target, found);
        }
        if (!isOver)
        {
            return null;
        }
        return seen.Runs.FirstOrDefault(run => run.State == RunState.Crashed) is { } crashed
            ? RunOutcomes.Failed(
                $"No run carries this action's mark, and run {crashed.Id} of {plan.Target}, of about that time, was cut off when n8n ended: what it was called with is lost. It may be this one. Nothing is begun again."
            )
            : await NoneAsync(
                instance,
                order,
                seen,
                $"n8n has no run of {plan.Target} that carries this action's mark. It was not begun, or n8n does not keep it; nothing is begun again.",
                cancellation
            );
    }

    private static async Task<ActionOutcome?> NoneAsync(
        N8nInstance instance,
        RunOrder order,
        RunsSeen seen,
        string words,
        CancellationToken cancellation
    ) =>
        !seen.IsAll
        || (
            await instance.Client().WorkflowAsync(order.Workflow, cancellation) is { } workflow
            && WorkflowReading.KeepsNoRuns(workflow)
        )
            ? null
            : RunOutcomes.Failed(words);

    /// <summary>What is not asked for any more has been found out by another dashboard on the store.</summary>
    private void ForgetOld(DateTimeOffset now)
    {
        foreach (var (action, one) in looks)
        {
            if (now - one.Next > 3 * Longest)
            {
                looks.TryRemove(action, out _);
            }
        }
    }

    /// <summary>When n8n is asked next about an action, and which runs are others'.</summary>
    private sealed class Looks
    {
        public DateTimeOffset Next { get; set; }
        public TimeSpan Pause { get; set; } = Soonest;
        public HashSet<string> Passed { get; } = [];
    }
}
