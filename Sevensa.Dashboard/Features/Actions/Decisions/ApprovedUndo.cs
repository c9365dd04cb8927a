using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Decisions;

/// <summary>
/// Carries approvals over to the undo that the approved plan itself named. Only the watch's own proposal, on the same host, for
/// the same services, of no higher risk, within a day; the sweep dispatches it like any other approved one.
/// </summary>
internal sealed class ApprovedUndo(
    ProposalStore store,
    StandingApprovals standing,
    IAuditLog audit,
    ProposalChanges changes,
    SweepSignal sweep,
    TimeProvider time
) : IApprovedUndo
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public async Task<bool> ApproveAsync(string originalId, string undoId, CancellationToken cancellation)
    {
        var now = time.Milliseconds();
        if (
            await store.FindAsync(originalId, cancellation) is not { State: ProposalState.Succeeded } original
            || await store.FindAsync(undoId, cancellation) is not { State: ProposalState.Proposed } undo
            || !Covers(original, undo, now)
        )
        {
            return false;
        }
        var approvers = original
            .Decisions.Where(decision => decision is { Verdict: Approving.Verb, Counts: true })
            .DistinctBy(decision => decision.ById)
            .ToList();
        if (
            approvers.Count < undo.ApprovalsNeeded
            || (await standing.OfAsync(original, cancellation)).Count < undo.ApprovalsNeeded
        )
        {
            return false;
        }
        var change = new ProposalChange(undo, now);
        var last = approvers[^1];
        foreach (var approver in approvers.SkipLast(1))
        {
            undo.Decisions.Add(Decision(undo, approver, original, now));
        }
        change.Decide(Decision(undo, last, original, now));
        // What would be refused when it is sent is left to somebody who may approve it.
        if ((await standing.OfAsync(undo, cancellation)).Count < undo.ApprovalsNeeded)
        {
            return false;
        }
        change.Become(ProposalState.Approved, new JsonObject { ["by"] = last.ByName, ["inAdvance"] = original.Id });
        var entry = ActionRecord.Entry(
            AuditActor.System,
            "proposal.approvedInAdvance",
            undo,
            detail: $"Approved with the plan {original.PlanHash} of {original.Id} by {string.Join(", ", approvers.Select(approver => approver.ByName))}: on a breach, undo."
        ) with
        {
            Before = ActionRecord.Word(ProposalState.Proposed),
            After = ActionRecord.Word(ProposalState.Approved),
        };
        if (await store.CommitAsync(change, audit, entry, cancellation) != Commit.Done)
        {
            return false;
        }
        changes.Raise(undo.Id);
        sweep.Now();
        return true;
    }

    private static bool Covers(ProposalRow original, ProposalRow undo, DateTimeOffset now)
    {
        var services = original
            .Plan.Containers.Select(container => container.Service)
            .ToHashSet(StringComparer.Ordinal);
        return undo.RequesterId == WatchCaller.Subject
            && undo.Tenant == original.Tenant
            && undo.HostId == original.HostId
            && undo.Risk <= original.Risk
            && original.EndedAt >= now - Longest
            && original.Plan.Parameters.TryGetProperty(WatchCaller.OnBreach, out var choice)
            && choice.ValueKind == JsonValueKind.String
            && choice.GetString() == WatchCaller.Undo
            && undo.Plan.Containers.All(container => services.Contains(container.Service));
    }

    private static ProposalDecisionRow Decision(
        ProposalRow undo,
        ProposalDecisionRow approver,
        ProposalRow original,
        DateTimeOffset now
    ) =>
        new()
        {
            ProposalId = undo.Id,
            ById = approver.ById,
            ByName = approver.ByName,
            Verdict = Approving.Verb,
            At = now,
            Comment = $"In advance, with the plan {original.PlanHash[..12]} of {original.Title}.",
            Counts = true,
            Client = approver.Client,
            Token = approver.Token,
        };
}
