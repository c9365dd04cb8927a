using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Decisions;

/// <summary>What stands before every decision: whether the proposal is to be seen, and whether it is still open. A refusal is in the record before it is told.</summary>
internal sealed class DecisionDoor(ProposalStore store, ActionSweep sweep, IAuditLog audit, TimeProvider time)
{
    /// <exception cref="UnknownProposalException">It is not there, or not for this caller: the same answer for both.</exception>
    public async Task<ProposalRow> VisibleAsync(Caller caller, string id, string verb, CancellationToken cancellation)
    {
        var row = await store.FindAsync(id, cancellation);
        if (row is not null && caller.IsStaff && row.IsSeenBy(caller))
        {
            return row;
        }
        if (row is not null)
        {
            await audit.AppendAsync(
                Refused(
                    caller,
                    row,
                    verb,
                    "It belongs to a tenant that is not theirs; they were told that it does not exist."
                ),
                cancellation
            );
        }
        throw new UnknownProposalException(id);
    }

    /// <exception cref="DecisionConflictException"><c>expired</c> or <c>alreadyDecided</c>.</exception>
    public async Task MustBeOpenAsync(
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

    public async Task<ForbiddenException> ForbiddenAsync(
        Caller caller,
        ProposalRow row,
        string verb,
        string code,
        string why,
        CancellationToken cancellation
    )
    {
        await audit.AppendAsync(Refused(caller, row, verb, $"{code}: {why}"), cancellation);
        return new ForbiddenException(why, code) { IsRecorded = true };
    }

    public async Task<DecisionConflictException> ConflictAsync(
        Caller caller,
        ProposalRow row,
        string verb,
        string code,
        string why,
        CancellationToken cancellation,
        IReadOnlyList<string>? differences = null
    )
    {
        await audit.AppendAsync(Refused(caller, row, verb, $"{code}: {why}"), cancellation);
        return new DecisionConflictException(code, why, differences);
    }

    public static string State(ProposalRow row) => JsonNamingPolicy.CamelCase.ConvertName(row.State.ToString());

    private static AuditEntry Refused(Caller caller, ProposalRow row, string verb, string why) =>
        ActionRecord.Entry(caller.Actor(), $"proposal.{verb}", row, AuditOutcome.Refused, why);
}
