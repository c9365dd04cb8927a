using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Graphs.Following;

/// <summary>Takes back what a cancelled thread asked for, as who started it takes back what they proposed.</summary>
internal sealed class GraphWithdrawals(GraphStore store, GraphProposals made, IProposals proposals)
{
    /// <summary>Withdraws what the thread itself proposed, nobody has decided on, and no other thread waits for.</summary>
    /// <returns>What became of that, in words; null where there is none.</returns>
    public async Task<string?> WithdrawAsync(GraphThreadRow thread, CancellationToken cancellation)
    {
        var open = new List<Proposal>();
        foreach (var question in await store.QuestionsAsync([thread.Id], cancellation))
        {
            if (
                await made.UndecidedAsync(thread, question, cancellation) is { } proposal
                && !await store.IsAwaitedElsewhereAsync(proposal.Id, thread.Id, cancellation)
            )
            {
                open.Add(proposal);
            }
        }
        if (open.Count == 0)
        {
            return null;
        }
        if (await made.CallerAsync(thread, cancellation) is not { } caller)
        {
            return $"{Some(open.Count)} stands: {thread.StarterName}, who started it, may take nothing back any more. A reviewer rejects it.";
        }
        var withdrawn = 0;
        foreach (var proposal in open)
        {
            withdrawn += await IsWithdrawnAsync(caller, proposal.Id, cancellation) ? 1 : 0;
        }
        return withdrawn == 0 ? null : $"{Some(withdrawn)} was withdrawn.";
    }

    private async Task<bool> IsWithdrawnAsync(Caller caller, string id, CancellationToken cancellation)
    {
        try
        {
            await proposals.WithdrawAsync(caller, id, cancellation);
            return true;
        }
        catch (Exception exception)
            when (exception is DecisionConflictException or ForbiddenException or UnknownProposalException)
        {
            // It was decided on in this moment, or its time is over; or the starter's rights went.
            return false;
        }
    }

    private static string Some(int count) =>
        count == 1
            ? "What it proposed and nobody had decided on"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Each of the {count} things that it proposed and nobody had decided on"
            );
}
