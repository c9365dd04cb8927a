using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows.Running;

/// <summary>
/// What became of a run whose end nobody saw: the execution with the action's mark says it. Nothing is begun here.
/// </summary>
internal sealed class RunAftermath(RunLookup lookup, Func<N8nClient> client, TimeProvider time) : IDashboardReconciler
{
    /// <summary>What is not among the executions after this long was not begun, or is not kept.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public string Kind => RunWorkflow.Kind;

    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        var order = RunOrder.Of(plan);
        if (!order.IsMarked)
        {
            // Its run is like any other of the workflow: which one it is nobody can say.
            return null;
        }
        try
        {
            var found = await lookup.FindAsync(
                order.Workflow,
                RunOrder.Mark(plan.ProposalId),
                dispatchedAt,
                new HashSet<string>(),
                cancellation
            );
            if (found is not null)
            {
                return RunOutcomes.Of(plan.Target, found);
            }
            if (time.GetUtcNow() - dispatchedAt < Patience)
            {
                return null;
            }
            if (await lookup.CrashedAsync(order.Workflow, dispatchedAt, cancellation) is { } crashed)
            {
                return RunOutcomes.Failed(
                    $"No run carries this action's mark, and run {crashed.Id} of {plan.Target}, of about that time, was cut off when n8n ended: what it was called with is lost. It may be this one. Nothing is begun again."
                );
            }
            return
                !await lookup.IsAllSeenAsync(order.Workflow, dispatchedAt, cancellation)
                || (
                    await client().WorkflowAsync(order.Workflow, cancellation) is { } workflow
                    && WorkflowReading.KeepsNoRuns(workflow)
                )
                ? null
                : RunOutcomes.Failed(
                    $"n8n has no run of {plan.Target} that carries this action's mark. It was not begun, or n8n does not keep it; nothing is begun again."
                );
        }
        catch (UpstreamException)
        {
            return null;
        }
    }
}
