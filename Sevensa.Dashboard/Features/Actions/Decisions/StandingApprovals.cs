using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Decisions;

/// <param name="Count">Approvals that hold.</param>
/// <param name="Lapsed">Why the others do not hold any more, one sentence each.</param>
internal sealed record ApprovalsNow(int Count, IReadOnlyList<string> Lapsed);

/// <summary>Which approvals still hold: one is worth what its giver may do when it is used, not what they might do when they gave it.</summary>
internal sealed class StandingApprovals(
    ProposalStore store,
    ApprovalPolicy policy,
    IStandingRights rights,
    ICallersToday today
) : IApprovalsToday
{
    public const string LapsedCode = "approvalLapsed";

    public async ValueTask<ApprovalsNow> OfAsync(ProposalRow row, CancellationToken cancellation)
    {
        var count = 0;
        var lapsed = new List<string>();
        foreach (var decision in row.Decisions.Where(decision => decision is { Verdict: Approving.Verb, Counts: true }))
        {
            if (await WhyLapsedAsync(row, decision, cancellation) is { } why)
            {
                lapsed.Add(why);
            }
            else
            {
                count++;
            }
        }
        return new ApprovalsNow(count, lapsed);
    }

    /// <summary>How an action ends that nobody who still may has approved; null when enough approvals hold.</summary>
    public async ValueTask<ActionOutcome?> EndOfAsync(ProposalRow row, CancellationToken cancellation)
    {
        var now = await OfAsync(row, cancellation);
        return now.Count >= row.ApprovalsNeeded
            ? null
            : new ActionOutcome(
                ProposalState.Refused,
                $"{string.Join(" ", now.Lapsed)} So {now.Count} of {row.ApprovalsNeeded} approvals hold. Nothing was done; propose again.",
                LapsedCode
            );
    }

    public async ValueTask<bool> StandsAsync(string proposalId, string personId, CancellationToken cancellation)
    {
        if (await store.FindAsync(proposalId, cancellation) is not { } row)
        {
            return true;
        }
        foreach (
            var decision in row.Decisions.Where(one =>
                one is { Verdict: Approving.Verb, Counts: true } && one.ById == personId
            )
        )
        {
            if (await rights.TodayAsync(decision.Right, cancellation) is null)
            {
                return false;
            }
        }
        return true;
    }

    private async ValueTask<string?> WhyLapsedAsync(
        ProposalRow row,
        ProposalDecisionRow decision,
        CancellationToken cancellation
    )
    {
        if (await rights.TodayAsync(decision.Right, cancellation) is not { } person)
        {
            return decision.Token is null || await today.PersonAsync(decision.ById, cancellation) is null
                ? $"{decision.ByName}, who approved it, {ICallersToday.WhyNone}."
                : $"The token or program by which {decision.ByName} approved it was taken back or has ended.";
        }
        return row.IsSeenBy(person) && (await policy.MayApproveAsync(person, row, cancellation)).May
            ? null
            : $"{decision.ByName}, who approved it, may not approve this any more.";
    }
}
