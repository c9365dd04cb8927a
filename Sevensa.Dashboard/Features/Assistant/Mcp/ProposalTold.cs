using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Mcp;

/// <summary>A proposal with the API's members and words, without its plan, which the API has.</summary>
internal sealed record ProposalTold(
    string Id,
    string Kind,
    string Title,
    string Tenant,
    string Target,
    ProposalState State,
    bool Ended,
    Risk Risk,
    string PlanHash,
    string Reason,
    Requester RequestedBy,
    DecisionTold? Decision,
    IReadOnlyList<ApprovalTold> Approvals,
    int ApprovalsNeeded,
    bool AskedBefore,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? DispatchedAt,
    DateTimeOffset? EndedAt,
    string? Waiting,
    ActionOutcome? Outcome,
    string? Note,
    ProposalLinks Links
)
{
    /// <param name="proposal">What is told.</param>
    /// <param name="own">The dashboard's address, without a slash at its end.</param>
    public static ProposalTold Of(Proposal proposal, string own)
    {
        var last = proposal.Approvals.Count > 0 ? proposal.Approvals[^1] : null;
        var id = Uri.EscapeDataString(proposal.Id);
        return new ProposalTold(
            proposal.Id,
            proposal.Kind,
            proposal.Title,
            proposal.Tenant,
            proposal.Target,
            proposal.State,
            proposal.Ended,
            proposal.Risk,
            proposal.PlanHash,
            proposal.Reason,
            proposal.RequestedBy,
            last is null ? null : new DecisionTold(last.Verdict, last.ByName, last.At, last.Comment),
            [
                .. proposal.Approvals.Select(decision => new ApprovalTold(
                    decision.ById,
                    decision.ByName,
                    decision.Verdict,
                    decision.At,
                    decision.Comment
                )),
            ],
            proposal.ApprovalsNeeded,
            proposal.AskedBefore,
            proposal.CreatedAt,
            proposal.ExpiresAt,
            proposal.DispatchedAt,
            proposal.EndedAt,
            proposal.Waiting,
            proposal.Outcome,
            proposal.State == ProposalState.Proposed
                ? "It waits for a person's approval. Nothing has been changed."
                : null,
            new ProposalLinks(
                $"{own}/approvals/{id}",
                $"{own}/api/v1/proposals/{id}",
                $"{own}/api/v1/proposals/{id}/events"
            )
        );
    }
}

/// <summary>What was decided last.</summary>
internal sealed record DecisionTold(string Verdict, string By, DateTimeOffset At, string? Reason);

/// <summary>One person's decision.</summary>
internal sealed record ApprovalTold(string ById, string ByName, string Verdict, DateTimeOffset At, string? Comment);

/// <summary>Where it is seen, asked for again, and followed.</summary>
internal sealed record ProposalLinks(string Page, string Self, string Events);
