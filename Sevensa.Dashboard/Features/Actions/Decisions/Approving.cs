using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Decisions;

/// <summary>
/// Takes approvals: load, check, audit, commit under the loaded version, dispatch. Who loses a race looks again and is told what
/// happened instead.
/// </summary>
internal sealed class Approving(
    ProposalStore store,
    DecisionDoor door,
    ApprovalPolicy policy,
    StandingApprovals standing,
    ActionKinds kinds,
    IFleet fleet,
    Dispatcher dispatcher,
    IStepUp stepUp,
    IAuditLog audit,
    ProposalChanges changes,
    IEnumerable<IEvidenceAgain> evidence,
    TimeProvider time
)
{
    public const string Verb = "approve";

    public async Task<ProposalRow> ApproveAsync(
        Caller caller,
        string id,
        Approval approval,
        CancellationToken cancellation
    )
    {
        var mayGo = true;
        var proved = false;
        IReadOnlyList<EvidenceDifference>? differences = null;
        while (true)
        {
            var row = await door.VisibleAsync(caller, id, Verb, cancellation);
            await MustBeReviewerAsync(caller, row, cancellation);
            await MustBeBeyondDoubtAsync(caller, row, cancellation);
            await MustNameThePlanAsync(caller, row, approval.PlanHash, cancellation);
            if (row.DecidedBy(caller, Verb))
            {
                return row;
            }
            await door.MustBeOpenAsync(caller, row, Verb, row.State == ProposalState.Proposed, cancellation);
            await MustFitTheWorldAsync(caller, row, cancellation);
            if (policy.NeedsStepUp(caller, row) && !proved)
            {
                await MustBeProvedAsync(caller, row, approval, cancellation);
                proved = true;
            }
            differences ??= await evidence.OfAsync(caller, row.ToProposal(), cancellation);
            var (change, told) = await DecideAsync(caller, row, approval.Comment, mayGo, cancellation);
            if (differences.Count > 0)
            {
                change.Tell("progress", Said(differences));
            }
            var entry = ActionRecord.Entry(caller.Actor(), "proposal.approved", row, detail: told) with
            {
                Before = ActionRecord.Word(ProposalState.Proposed),
                After = ActionRecord.Word(row.State),
            };
            switch (await store.CommitAsync(change, audit, entry, cancellation))
            {
                case Commit.Done:
                    if (row.State == ProposalState.Dispatched)
                    {
                        dispatcher.Begin(row);
                    }
                    changes.Raise(id);
                    return row;
                case Commit.Held or Commit.Busy:
                    mayGo = false;
                    break;
            }
        }
    }

    /// <summary>Gives the proof that approving one's own high risk takes where there is one operator.</summary>
    public async Task<StepUpProof> ProveAsync(Caller caller, string id, string password, CancellationToken cancellation)
    {
        var row = await door.VisibleAsync(caller, id, Verb, cancellation);
        await MustBeReviewerAsync(caller, row, cancellation);
        return await stepUp.ProveAsync(caller, password, Deed(row), cancellation);
    }

    private async Task<(ProposalChange Change, string Told)> DecideAsync(
        Caller caller,
        ProposalRow row,
        string? comment,
        bool mayGo,
        CancellationToken cancellation
    )
    {
        var now = time.Milliseconds();
        var before = await standing.OfAsync(row, cancellation);
        var change = new ProposalChange(row, now).Decide(row.DecisionOf(caller, Verb, comment, now));
        var approvals = before.Count + 1;
        var enough = approvals >= row.ApprovalsNeeded;
        var held = enough && mayGo ? await dispatcher.HeldByAsync(row, cancellation) : null;
        var told = $"{approvals} of {row.ApprovalsNeeded} approvals; plan {row.PlanHash}";
        if (before.Lapsed.Count > 0)
        {
            told = $"{told}. {string.Join(" ", before.Lapsed)}";
            change.Tell("progress", new JsonObject { ["text"] = string.Join(" ", before.Lapsed) });
        }
        if (!enough)
        {
            change.Tell("state", Said("proposed", caller, row, approvals));
        }
        else
        {
            change.Become(ProposalState.Approved, Said("approved", caller, row, approvals));
            if (mayGo && held is null)
            {
                Dispatcher.Mark(change, time);
                told += $"; sent to {row.Where}";
            }
            else
            {
                row.Waiting = held;
            }
        }
        return (change, string.IsNullOrWhiteSpace(comment) ? told : $"{told}. \"{comment.Trim()}\"");
    }

    private async Task MustBeReviewerAsync(Caller caller, ProposalRow row, CancellationToken cancellation)
    {
        if (await policy.MayApproveAsync(caller, row, cancellation) is { Code: { } code, Why: { } why })
        {
            throw await door.ForbiddenAsync(caller, row, Verb, code, why, cancellation);
        }
    }

    private async Task MustBeBeyondDoubtAsync(Caller caller, ProposalRow row, CancellationToken cancellation)
    {
        if (await stepUp.DoubtAsync(caller, cancellation) is { } why)
        {
            throw await door.ForbiddenAsync(caller, row, Verb, ApprovalPolicy.StepUpRequired, why, cancellation);
        }
    }

    private async Task MustNameThePlanAsync(
        Caller caller,
        ProposalRow row,
        string planHash,
        CancellationToken cancellation
    )
    {
        if (!string.Equals(planHash, row.PlanHash, StringComparison.OrdinalIgnoreCase))
        {
            throw await door.ConflictAsync(
                caller,
                row,
                Verb,
                "planMismatch",
                $"You approved the plan {Short(planHash)}, but the plan of this proposal is {Short(row.PlanHash)}. Nothing was approved: read the plan again.",
                cancellation
            );
        }
    }

    private async Task MustFitTheWorldAsync(Caller caller, ProposalRow row, CancellationToken cancellation)
    {
        if (row.HostId is { } host && !fleet.Knows(host))
        {
            // What its host has not told of is not gone. It waits, and is compared before it is sent.
            return;
        }
        var differences = await kinds.DifferencesAsync(row.Plan, cancellation);
        if (differences.Count > 0)
        {
            throw await door.ConflictAsync(
                caller,
                row,
                Verb,
                "worldChanged",
                $"The world is no longer the one this plan was made for: {string.Join("; ", differences)}. Propose it again.",
                cancellation,
                differences
            );
        }
    }

    private async Task MustBeProvedAsync(
        Caller caller,
        ProposalRow row,
        Approval approval,
        CancellationToken cancellation
    )
    {
        var why =
            approval.Confirm is null || approval.StepUp is null
                ? $"You asked for it and nobody else reviews here. Prove that it is you (POST /api/v1/proposals/{row.Id}/step-up with your password), then approve with that proof as stepUp and the target's name, {row.Target}, as confirm."
            : !string.Equals(approval.Confirm.Trim(), row.Target, StringComparison.Ordinal)
                ? $"The target is {row.Target}, not \"{Short(approval.Confirm.Trim())}\". Type its name letter by letter."
            : !await stepUp.RedeemAsync(caller, approval.StepUp, Deed(row), cancellation)
                ? "That proof is not one for this proposal, was used, or is older than five minutes. Give the password again."
            : null;
        if (why is not null)
        {
            throw await door.ForbiddenAsync(caller, row, Verb, ApprovalPolicy.StepUpRequired, why, cancellation);
        }
    }

    private static string Deed(ProposalRow row) => $"approve {row.Id} {row.PlanHash}";

    private static JsonObject Said(string state, Caller caller, ProposalRow row, int approvals) =>
        new()
        {
            ["state"] = state,
            ["by"] = caller.Name,
            ["approvals"] = approvals,
            ["approvalsNeeded"] = row.ApprovalsNeeded,
        };

    private static JsonObject Said(IReadOnlyList<EvidenceDifference> differences) =>
        new()
        {
            ["text"] =
                $"Looked at again when it was approved: {string.Join("; ", differences.Select(one => $"{one.Title}: {one.Then} then, {one.Now} now"))}.",
            ["evidence"] = JsonSerializer.SerializeToNode(differences, JsonSerializerOptions.Web),
        };

    private static string Short(string text) => text.Length > 12 ? $"{text[..12]}…" : text;
}
