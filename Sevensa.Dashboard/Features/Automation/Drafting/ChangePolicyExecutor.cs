using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Drafting;

/// <summary>Writes an approved change down, of the version that was approved.</summary>
internal sealed class ChangePolicyExecutor(PolicyStore store, PolicyFiling filing, StoreLocks locks, TimeProvider time)
    : IDashboardExecutor,
        IDashboardReconciler
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public string Kind => PolicyRevised.Kind;

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        await report(new ActionReport("", 0, default, "step", 1, "started"));
        var planned = PolicyRevised.Of(action.Plan);
        await using (await locks.TakeAsync([PolicyStages.LockOf(planned.Policy)], cancellation))
        {
            var row = await store.FindAsync(planned.Policy, cancellation);
            if (row is not null && !IsDone(row, planned) && row.Version == planned.Version)
            {
                var by = action.Approvals[^1];
                await filing.ChangeAsync(
                    row,
                    planned.Read(row.Tenant),
                    new("person", by.ById, by.ByName),
                    cancellation
                );
            }
        }
        if (await store.FindAsync(planned.Policy, cancellation) is { } now && IsDone(now, planned))
        {
            await report(new ActionReport("", 0, default, "step", 1, "done"));
            return Done(now);
        }
        await report(new ActionReport("", 0, default, "step", 1, "failed", "The policy was changed meanwhile."));
        return new ActionOutcome(
            ProposalState.Refused,
            "The policy was changed since this was planned. It stays as it is; propose again.",
            "stale"
        );
    }

    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        var planned = PolicyRevised.Of(plan);
        return await store.FindAsync(planned.Policy, cancellation) is { } row && IsDone(row, planned) ? Done(row)
            : time.GetUtcNow() - dispatchedAt < Patience ? null
            : new ActionOutcome(ProposalState.Failed, "The policy was not changed.", Undo: "none");
    }

    /// <summary>Another sentence alone makes no other version.</summary>
    private static bool IsDone(PolicyRow row, PolicyRevised planned) =>
        row.Version - planned.Version is 0 or 1 && PolicyFiling.IsSame(row, planned.Read(row.Tenant));

    private static ActionOutcome Done(PolicyRow row) =>
        new(
            ProposalState.Succeeded,
            $"\"{row.Name}\" is changed, and {row.Stage.ToString().ToLowerInvariant()}; it is at /policies/{row.Id}."
        );
}
