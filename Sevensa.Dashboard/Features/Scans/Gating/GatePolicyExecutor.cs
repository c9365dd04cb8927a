using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>Carries out an approved change of a gate policy.</summary>
/// <param name="kind"><see cref="GatePolicyChange.Save"/> or <see cref="GatePolicyChange.Remove"/>.</param>
internal sealed class GatePolicyExecutor(string kind, GatePolicyStore store, TimeProvider time)
    : IDashboardExecutor,
        IDashboardReconciler
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public string Kind => kind;

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        var (plan, change) = (action.Plan, GatePolicyChange.Of(action.Plan));
        await report(new ActionReport("", 0, default, "step", 1, "started"));
        var changed = await store.ChangeAsync(
            plan.Tenant,
            change.Version,
            change.Rules,
            action.ActionId,
            action.Approvals is [.., var last] ? last.ByName : "Sevensa Dashboard",
            time.GetUtcNow(),
            cancellation
        );
        if (!changed)
        {
            await report(new ActionReport("", 0, default, "step", 1, "failed", "The policy was changed meanwhile."));
            return new ActionOutcome(
                ProposalState.Refused,
                "The policy was changed since this was planned. Nothing was written; propose again.",
                "stale"
            );
        }
        await report(new ActionReport("", 0, default, "step", 1, "done"));
        return Done(plan, change);
    }

    /// <summary>Whether the policy is the one that this proposal made.</summary>
    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        var row = await store.FindAsync(plan.Tenant, cancellation);
        return row?.ProposalId == plan.ProposalId ? Done(plan, GatePolicyChange.Of(plan))
            : time.GetUtcNow() - dispatchedAt < Patience ? null
            : new ActionOutcome(ProposalState.Failed, "The policy is not the one of this proposal.", Undo: "none");
    }

    private static ActionOutcome Done(ActionPlan plan, GatePolicyChange change) =>
        new(
            ProposalState.Succeeded,
            change.Rules is null
                ? $"{plan.Tenant} is judged by the installation's policy again."
                : $"{plan.Tenant}'s gate policy: {change.Rules.Words}."
        );
}
