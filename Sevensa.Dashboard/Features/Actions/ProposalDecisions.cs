using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>
/// What people decide. Each decision: load, check, audit, commit under the loaded version; who loses a race looks again and
/// is told what happened instead.
/// </summary>
internal sealed class ProposalDecisions(
    ProposalStore store,
    ActionKinds kinds,
    Dispatcher dispatcher,
    DashboardExecution dashboard,
    ActionSweep sweep,
    IRunnerLink link,
    IAuditLog audit,
    ProposalChanges changes,
    TimeProvider time,
    ILogger<ProposalDecisions> log
)
{
    private const string Approve = "approve";
    private const string Reject = "reject";

    public async Task<ProposalRow> ApproveAsync(
        Caller caller,
        string id,
        string planHash,
        string? comment,
        CancellationToken cancellation
    )
    {
        var mayGo = true;
        while (true)
        {
            var row = await VisibleAsync(caller, id, cancellation);
            await MustBeReviewerAsync(caller, row, cancellation);
            if (!string.Equals(planHash, row.PlanHash, StringComparison.OrdinalIgnoreCase))
            {
                throw await ConflictAsync(
                    caller,
                    row,
                    Approve,
                    "planMismatch",
                    $"You approved the plan {Short(planHash)}, but the plan of this proposal is {Short(row.PlanHash)}. Nothing was approved: read the plan again.",
                    cancellation
                );
            }
            if (DecidedBy(row, caller, Approve))
            {
                return row;
            }
            await MustBeOpenAsync(caller, row, Approve, row.State == ProposalState.Proposed, cancellation);
            var differences = await kinds.DifferencesAsync(row.Plan, cancellation);
            if (differences.Count > 0)
            {
                throw await ConflictAsync(
                    caller,
                    row,
                    Approve,
                    "worldChanged",
                    $"The world is no longer the one this plan was made for: {string.Join("; ", differences)}. Propose it again.",
                    cancellation,
                    differences
                );
            }
            var change = new ProposalChange(row, time.Milliseconds()).Decide(
                DecisionOf(caller, row, Approve, comment, time.Milliseconds())
            );
            var enough = row.Approvals >= row.ApprovalsNeeded;
            var held = enough && mayGo ? await dispatcher.HeldByAsync(row, cancellation) : null;
            var told = $"{row.Approvals} of {row.ApprovalsNeeded} approvals; plan {row.PlanHash}";
            if (!enough)
            {
                change.Tell("state", Said("proposed", caller, row));
            }
            else
            {
                change.Become(ProposalState.Approved, Said("approved", caller, row));
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
            await audit.AppendAsync(
                ActionRecord.Entry(caller.Actor(), "proposal.approved", row, detail: WithComment(told, comment)) with
                {
                    Before = Word(ProposalState.Proposed),
                    After = Word(row.State),
                },
                cancellation
            );
            switch (await store.CommitAsync(change, cancellation))
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
            await audit.AppendAsync(
                ActionRecord.Entry(
                    AuditActor.System,
                    "proposal.approved",
                    row,
                    AuditOutcome.Failed,
                    $"The approval by {caller.Name} did not take effect as written: something else came first. It is looked at again."
                ),
                cancellation
            );
        }
    }

    public async Task<ProposalRow> RejectAsync(Caller caller, string id, string reason, CancellationToken cancellation)
    {
        while (true)
        {
            var row = await VisibleAsync(caller, id, cancellation);
            if (!caller.IsReviewer)
            {
                throw await ForbiddenAsync(caller, row, Reject, "notReviewer", NotReviewer(caller), cancellation);
            }
            if (DecidedBy(row, caller, Reject))
            {
                return row;
            }
            var open = row.State is ProposalState.Proposed or ProposalState.Approved;
            await MustBeOpenAsync(caller, row, Reject, open, cancellation);
            await audit.AppendAsync(
                ActionRecord.Entry(caller.Actor(), "proposal.rejected", row, detail: reason),
                cancellation
            );
            var change = new ProposalChange(row, time.Milliseconds())
                .Decide(DecisionOf(caller, row, Reject, reason, time.Milliseconds()))
                .Become(ProposalState.Rejected, new JsonObject { ["by"] = caller.Name, ["text"] = reason });
            if (await store.CommitAsync(change, cancellation) == Commit.Done)
            {
                changes.Raise(id);
                return row;
            }
        }
    }

    public async Task<ProposalRow> WithdrawAsync(Caller caller, string id, CancellationToken cancellation)
    {
        while (true)
        {
            var row = await VisibleAsync(caller, id, cancellation);
            if (caller.Subject != row.RequesterId && !caller.IsAdmin)
            {
                throw await ForbiddenAsync(
                    caller,
                    row,
                    "withdraw",
                    "forbidden",
                    $"Only {row.RequesterName}, who asked, or an administrator withdraws it. A reviewer can reject it.",
                    cancellation
                );
            }
            if (row.State == ProposalState.Withdrawn)
            {
                return row;
            }
            var open = row.State is ProposalState.Proposed or ProposalState.Approved;
            await MustBeOpenAsync(caller, row, "withdraw", open, cancellation);
            await audit.AppendAsync(ActionRecord.Entry(caller.Actor(), "proposal.withdrawn", row), cancellation);
            var change = new ProposalChange(row, time.Milliseconds()).Become(
                ProposalState.Withdrawn,
                new JsonObject { ["by"] = caller.Name }
            );
            if (await store.CommitAsync(change, cancellation) == Commit.Done)
            {
                changes.Raise(id);
                return row;
            }
        }
    }

    /// <summary>Asks the executor to stop between steps. Whether it could is told by the outcome.</summary>
    public async Task<ProposalRow> CancelAsync(Caller caller, string id, CancellationToken cancellation)
    {
        while (true)
        {
            var row = await VisibleAsync(caller, id, cancellation);
            if (!caller.IsReviewer && caller.Subject != row.RequesterId)
            {
                throw await ForbiddenAsync(caller, row, "cancel", "notReviewer", NotReviewer(caller), cancellation);
            }
            if (row.State == ProposalState.Cancelled || (row.InFlight && row.CancelAskedBy is not null))
            {
                return row;
            }
            if (!row.InFlight)
            {
                throw await ConflictAsync(
                    caller,
                    row,
                    "cancel",
                    "alreadyDecided",
                    ProposalStates.IsEnd(row.State)
                        ? $"It already ended: {State(row)}."
                        : "It is not under way yet. Withdraw or reject it instead.",
                    cancellation
                );
            }
            await audit.AppendAsync(ActionRecord.Entry(caller.Actor(), "action.cancelRequested", row), cancellation);
            row.CancelAskedBy = caller.Name;
            var change = new ProposalChange(row, time.Milliseconds()).Tell(
                "progress",
                new JsonObject
                {
                    ["by"] = caller.Name,
                    ["text"] = $"{caller.Name} asked to cancel it before its next step.",
                }
            );
            if (await store.CommitAsync(change, cancellation) == Commit.Done)
            {
                changes.Raise(id);
                await PassOnCancelAsync(row, cancellation);
                return row;
            }
        }
    }

    private async Task PassOnCancelAsync(ProposalRow row, CancellationToken cancellation)
    {
        try
        {
            await (
                row.HostId is { } host ? link.CancelAsync(host, row.Id, cancellation) : dashboard.CancelAsync(row.Id)
            );
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            log.LogWarning(exception, "The wish to cancel {Action} reaches {Host} when it is back", row.Id, row.HostId);
        }
    }

    private async Task<ProposalRow> VisibleAsync(Caller caller, string id, CancellationToken cancellation) =>
        await store.FindAsync(id, cancellation) is { } row && caller.IsStaff && caller.MaySee(row.Tenant)
            ? row
            : throw new UnknownProposalException(id);

    private async Task MustBeReviewerAsync(Caller caller, ProposalRow row, CancellationToken cancellation)
    {
        var high = row.Risk == Risk.High;
        if (!caller.MayApprove(high))
        {
            throw await ForbiddenAsync(
                caller,
                row,
                Approve,
                "notReviewer",
                caller.IsReviewer ? "High risk is approved by an approver or an administrator." : NotReviewer(caller),
                cancellation
            );
        }
        if (high && caller.Subject == row.RequesterId)
        {
            throw await ForbiddenAsync(
                caller,
                row,
                Approve,
                "selfApproval",
                "You asked for it. For high risk somebody else must approve.",
                cancellation
            );
        }
    }

    private async Task MustBeOpenAsync(
        Caller caller,
        ProposalRow row,
        string verb,
        bool open,
        CancellationToken cancellation
    )
    {
        if (open && row.ExpiresAt <= time.GetUtcNow())
        {
            await sweep.ExpireAsync(row, cancellation);
            row.State = ProposalState.Expired;
        }
        else if (open)
        {
            return;
        }
        throw row.State == ProposalState.Expired
            ? await ConflictAsync(
                caller,
                row,
                verb,
                "expired",
                $"Its time was over at {row.ExpiresAt:yyyy-MM-dd HH:mm:ss} UTC. Propose it again.",
                cancellation
            )
            : await ConflictAsync(
                caller,
                row,
                verb,
                "alreadyDecided",
                $"It can't be changed any more: {State(row)}.",
                cancellation
            );
    }

    private async Task<ForbiddenException> ForbiddenAsync(
        Caller caller,
        ProposalRow row,
        string verb,
        string code,
        string why,
        CancellationToken cancellation
    )
    {
        await AuditRefusalAsync(caller, row, verb, $"{code}: {why}", cancellation);
        return new ForbiddenException(why, code);
    }

    private async Task<DecisionConflictException> ConflictAsync(
        Caller caller,
        ProposalRow row,
        string verb,
        string code,
        string why,
        CancellationToken cancellation,
        IReadOnlyList<string>? differences = null
    )
    {
        await AuditRefusalAsync(caller, row, verb, $"{code}: {why}", cancellation);
        return new DecisionConflictException(code, why, differences);
    }

    private Task<long> AuditRefusalAsync(
        Caller caller,
        ProposalRow row,
        string verb,
        string why,
        CancellationToken cancellation
    ) =>
        audit.AppendAsync(
            ActionRecord.Entry(caller.Actor(), $"proposal.{verb}", row, AuditOutcome.Refused, why),
            cancellation
        );

    private static ProposalDecisionRow DecisionOf(
        Caller caller,
        ProposalRow row,
        string verdict,
        string? comment,
        DateTimeOffset now
    ) =>
        new()
        {
            ProposalId = row.Id,
            ById = caller.Subject,
            ByName = caller.Name,
            Verdict = verdict,
            At = now,
            Comment = string.IsNullOrWhiteSpace(comment) ? null : comment.Trim(),
            Counts = verdict == Approve,
        };

    private static bool DecidedBy(ProposalRow row, Caller caller, string verdict) =>
        row.Decisions.Any(decision => decision.ById == caller.Subject && decision.Verdict == verdict);

    private static JsonObject Said(string state, Caller caller, ProposalRow row) =>
        new()
        {
            ["state"] = state,
            ["by"] = caller.Name,
            ["approvals"] = row.Approvals,
            ["approvalsNeeded"] = row.ApprovalsNeeded,
        };

    private static string NotReviewer(Caller caller) =>
        caller.IsPerson
            ? $"A {caller.Role.ToString().ToLowerInvariant()} with this token can't decide. Ask an operator, approver or administrator."
            : "A program acts for nobody and can't decide. Use a token that acts for a person.";

    private static string State(ProposalRow row) => JsonNamingPolicy.CamelCase.ConvertName(row.State.ToString());

    private static JsonElement Word(ProposalState state) =>
        JsonSerializer.SerializeToElement(state, ActionJson.Default.ProposalState);

    private static string WithComment(string text, string? comment) =>
        string.IsNullOrWhiteSpace(comment) ? text : $"{text}. \"{comment.Trim()}\"";

    private static string Short(string hash) => hash.Length > 12 ? $"{hash[..12]}…" : hash;
}
