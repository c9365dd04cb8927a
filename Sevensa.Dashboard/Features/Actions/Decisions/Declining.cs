using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions.Decisions;

/// <summary>Saying no, taking back, and stopping in the middle. Each: load, check, audit, commit under the loaded version.</summary>
internal sealed class Declining(
    ProposalStore store,
    DecisionDoor door,
    DashboardExecution dashboard,
    IRunnerLink link,
    IAuditLog audit,
    ProposalChanges changes,
    TimeProvider time,
    ILogger<Declining> log
)
{
    private const string Reject = "reject";

    public async Task<ProposalRow> RejectAsync(Caller caller, string id, string reason, CancellationToken cancellation)
    {
        while (true)
        {
            var row = await door.VisibleAsync(caller, id, Reject, cancellation);
            if (!caller.IsReviewer)
            {
                throw await door.ForbiddenAsync(
                    caller,
                    row,
                    Reject,
                    ApprovalPolicy.NotReviewer,
                    ApprovalPolicy.WhyNot(caller),
                    cancellation
                );
            }
            if (row.DecidedBy(caller, Reject))
            {
                return row;
            }
            var open = row.State is ProposalState.Proposed or ProposalState.Approved;
            await door.MustBeOpenAsync(caller, row, Reject, open, cancellation);
            var entry = ActionRecord.Entry(caller.Actor(), "proposal.rejected", row, detail: reason) with
            {
                After = ActionRecord.Word(ProposalState.Rejected),
            };
            var change = new ProposalChange(row, time.Milliseconds())
                .Decide(row.DecisionOf(caller, Reject, reason, time.Milliseconds()))
                .Become(ProposalState.Rejected, new JsonObject { ["by"] = caller.Name, ["text"] = reason });
            if (await store.CommitAsync(change, audit, entry, cancellation) == Commit.Done)
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
            var row = await door.VisibleAsync(caller, id, "withdraw", cancellation);
            if (!Asked(caller, row) && !caller.IsAdmin)
            {
                throw await door.ForbiddenAsync(
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
            await door.MustBeOpenAsync(caller, row, "withdraw", open, cancellation);
            var entry = ActionRecord.Entry(caller.Actor(), "proposal.withdrawn", row) with
            {
                After = ActionRecord.Word(ProposalState.Withdrawn),
            };
            var change = new ProposalChange(row, time.Milliseconds()).Become(
                ProposalState.Withdrawn,
                new JsonObject { ["by"] = caller.Name }
            );
            if (await store.CommitAsync(change, audit, entry, cancellation) == Commit.Done)
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
            var row = await door.VisibleAsync(caller, id, "cancel", cancellation);
            if (!caller.IsReviewer && !Asked(caller, row))
            {
                throw await door.ForbiddenAsync(
                    caller,
                    row,
                    "cancel",
                    ApprovalPolicy.NotReviewer,
                    ApprovalPolicy.WhyNot(caller),
                    cancellation
                );
            }
            if (row.State == ProposalState.Cancelled || (row.InFlight && row.CancelAskedBy is not null))
            {
                return row;
            }
            if (!row.InFlight)
            {
                throw await door.ConflictAsync(
                    caller,
                    row,
                    "cancel",
                    "alreadyDecided",
                    ProposalStates.IsEnd(row.State)
                        ? $"It already ended: {DecisionDoor.State(row)}."
                        : "It is not under way yet. Withdraw or reject it instead.",
                    cancellation
                );
            }
            var entry = ActionRecord.Entry(caller.Actor(), "action.cancelRequested", row);
            row.CancelAskedBy = caller.Name;
            var change = new ProposalChange(row, time.Milliseconds()).Tell(
                "progress",
                new JsonObject
                {
                    ["by"] = caller.Name,
                    ["text"] = $"{caller.Name} asked to cancel it before its next step.",
                }
            );
            if (await store.CommitAsync(change, audit, entry, cancellation) == Commit.Done)
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
            // One of the dashboard's that runs at another is asked to stop there: that one hears of the change, or reads it.
            await (
                row.HostId is { } host ? link.CancelAsync(host, row.Id, cancellation) : dashboard.CancelAsync(row.Id)
            );
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            log.LogWarning(exception, "The wish to cancel {Action} reaches {Host} when it is back", row.Id, row.HostId);
        }
    }

    /// <summary>Who asked, with a token that could ask again: one that only reads takes nothing back.</summary>
    private static bool Asked(Caller caller, ProposalRow row) => caller.Subject == row.RequesterId && caller.MayPropose;
}
