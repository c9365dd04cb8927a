using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>What came of what policies did.</summary>
internal sealed class PolicyOutcomes(
    PolicyStore store,
    PolicyDeeds deeds,
    TriggerReader triggers,
    IProposals proposals,
    IEnumerable<IAftermath> aftermaths,
    StoreLocks locks,
    TimeProvider time
)
{
    private const string Breached = "breached";
    private const int MostLookedAt = 500;

    private static readonly TimeSpan GivenUp = TimeSpan.FromDays(1);

    /// <summary>So long another dashboard may still be about what it began.</summary>
    private static readonly TimeSpan Underway = TimeSpan.FromMinutes(2);

    /// <summary>Settles what can be told of a policy's actions by now.</summary>
    /// <returns>False when the policy went back a stage for what came of them, or is not what was looked at any more.</returns>
    public async Task<bool> SettleAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        TriggerReading reading,
        PolicyLook look,
        CancellationToken cancellation
    )
    {
        if (!await FindBegunAsync(row, policy, memory, cancellation))
        {
            return false;
        }
        foreach (var awaited in memory.Awaited.Where(one => one.ProposalId is not null).ToList())
        {
            if (
                await OutcomeAsync(row, policy, memory, awaited, reading, look, cancellation)
                is not var (verdict, words)
            )
            {
                continue;
            }
            memory.Awaited.Remove(awaited);
            await store.CorrectAsync(
                awaited.Kept,
                kept =>
                {
                    // A death before this was remembered comes by here again.
                    if (kept.Outcome is null)
                    {
                        (kept.Outcome, kept.Words) = (verdict, $"{kept.Words} {words}");
                    }
                },
                cancellation
            );
            memory.Bad = verdict switch
            {
                OutcomeVerdict.Good => 0,
                OutcomeVerdict.Bad => memory.Bad + 1,
                _ => memory.Bad,
            };
            if (memory.Bad >= policy.Stop.AfterBadOutcomes)
            {
                await deeds.DemoteAsync(
                    row,
                    policy,
                    new Firing(awaited.Subject, null),
                    $"What it did had no good outcome. {words}",
                    cancellation
                );
                return false;
            }
        }
        return true;
    }

    /// <summary>Finds out what became of what was set about when the program ended, or the store was away, before that was written down.</summary>
    /// <returns>False when another dashboard went on with it meanwhile.</returns>
    private async Task<bool> FindBegunAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        CancellationToken cancellation
    )
    {
        var open = memory.Awaited.Where(one => one.ProposalId is null).ToList();
        if (open.Count == 0)
        {
            return true;
        }
        // Who is still about it holds this lock until it is proposed.
        await using var alone = await locks.TakeAsync([PolicyStages.LockOf(row.Id)], cancellation);
        if (
            await store.FindAsync(row.Id, cancellation) is not { } today
            || today.Version != row.Version
            || today.Stage != row.Stage
            || today.MemoryJson != row.MemoryJson
        )
        {
            return false;
        }
        foreach (var begun in open)
        {
            var target = policy.Action.Target ?? $"service:{begun.Subject}";
            var made = (
                await proposals.ListAsync(
                    PolicyCaller.Of(row),
                    new ProposalFilter(Tenant: row.Tenant, Most: MostLookedAt),
                    cancellation
                )
            ).LastOrDefault(one =>
                IsOf(row, one, begun.Since.AddSeconds(-1))
                && one.Kind == policy.Action.Kind
                && (one.Target == target || ProposalsOf.Touches(one, policy.Action.Target ?? begun.Subject))
                && memory.Awaited.All(other => other.ProposalId != one.Id)
            );
            var now = time.GetUtcNow();
            if (made is null && now - AheadOfClock.Date(memory, $"since {begun.Kept}", begun.Since, now) < Underway)
            {
                continue;
            }
            memory.Awaited.Remove(begun);
            var verdict =
                made is null ? PolicyVerdict.Failed
                : made.Approvals.Count > 0 && made.State != ProposalState.Proposed ? PolicyVerdict.Acted
                : PolicyVerdict.Proposed;
            if (made is not null)
            {
                memory.Awaited.Add(begun with { ProposalId = made.Id });
            }
            else
            {
                deeds.CameToNothing(row, begun.Kept);
                memory.Disarmed.Remove(begun.Subject);
            }
            await store.CorrectAsync(
                begun.Kept,
                kept =>
                    (kept.Verdict, kept.ProposalId, kept.Words) = (
                        verdict,
                        made?.Id,
                        verdict switch
                        {
                            PolicyVerdict.Failed => $"{kept.Words} The program ended before it was proposed.",
                            PolicyVerdict.Acted => $"{kept.Words} {made!.Title}.",
                            _ =>
                                $"{kept.Words} {made!.Title} is proposed and waits for a person: the program ended before it was approved.",
                        }
                    ),
                cancellation
            );
        }
        return true;
    }

    /// <summary>Whether it came of a policy since a time: asked for by it, or a watch's that was approved with it.</summary>
    private static bool IsOf(PolicyRow row, Proposal one, DateTimeOffset since) =>
        (one.RequestedBy.Id == PolicyCaller.SubjectOf(row.Id) && one.CreatedAt >= since)
        || (
            one.RequestedBy.Id == WatchCaller.Subject
            && one.Approvals.Any(approval =>
                approval.At >= since
                && approval.Comment?.StartsWith($"{PolicyCaller.Beforehand} \"{row.Name}\"", StringComparison.Ordinal)
                    == true
            )
        );

    private async Task<(OutcomeVerdict Verdict, string Words)?> OutcomeAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        AwaitedOutcome awaited,
        TriggerReading reading,
        PolicyLook look,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        if (await proposals.FindAsync(PolicyCaller.Of(row), awaited.ProposalId!, cancellation) is not { } proposal)
        {
            return (OutcomeVerdict.Unknown, "Its proposal is not there any more.");
        }
        if (!proposal.Ended)
        {
            return now - AheadOfClock.Date(memory, $"since {awaited.Kept}", awaited.Since, now) > GivenUp
                ? (OutcomeVerdict.Unknown, "It had not ended after a day.")
                : null;
        }
        if (proposal.State is ProposalState.Failed or ProposalState.RolledBack)
        {
            return (OutcomeVerdict.Bad, $"The action failed: {proposal.Outcome?.Text}");
        }
        if (proposal.State != ProposalState.Succeeded)
        {
            return (
                OutcomeVerdict.Unknown,
                $"It was not carried out ({proposal.State.ToString().ToLowerInvariant()})."
            );
        }
        foreach (var aftermath in aftermaths)
        {
            if (await aftermath.OfAsync(proposal, cancellation) is { State: Breached } report)
            {
                return (OutcomeVerdict.Bad, $"The watch after it found it worse: {report.Text}");
            }
        }
        var due =
            AheadOfClock.Date(memory, $"end {awaited.Kept}", proposal.EndedAt!.Value, now) + policy.Outcome.Within;
        if (now < due)
        {
            return null;
        }
        if (!policy.Outcome.Cleared)
        {
            return (OutcomeVerdict.Good, "The action succeeded.");
        }
        var within = PolicyDuration.Words(policy.Outcome.Within);
        if (reading.Missing is { } missing)
        {
            return now - due > GivenUp ? (OutcomeVerdict.Unknown, $"Whether it helped can't be told. {missing}") : null;
        }
        // With a target of its own it helps all of them or none.
        if (reading.Firing.Any(one => policy.Action.Target is not null || one.Service == awaited.Subject))
        {
            return (OutcomeVerdict.Bad, $"{within} after the action the trigger still held.");
        }
        if (await triggers.AbsenceAsync(look.Turn, row.Tenant, policy, awaited.Subject, cancellation) is { } absent)
        {
            return now - due > GivenUp
                ? (OutcomeVerdict.Unknown, $"Whether it helped can't be told: there was no data. {absent}")
                : null;
        }
        return (OutcomeVerdict.Good, $"{within} after the action the trigger held no more.");
    }
}
