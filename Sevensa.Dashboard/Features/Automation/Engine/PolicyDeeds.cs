using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// What becomes of a trigger that held for long enough: in shadow it is written down, enforced it is proposed and approved by who
/// approved the policy, as far as they still may. That it is set about is written down before, so that a death on the way acts no
/// second time. What keeps it from that is written down once for as long as it holds.
/// </summary>
internal sealed class PolicyDeeds(
    PolicyStore store,
    PolicyStages stages,
    PolicyObjections objections,
    PolicyAsking asking,
    SteadyTime steady,
    IFleet fleet,
    StoreLocks locks,
    IEmergencyStop stop,
    TimeProvider time
)
{
    public const string DemotedAction = "policy.demoted";

    private const int MostDeploys = 50;

    /// <returns>False when the policy is not what it was any more (it went back a stage, was changed, or another dashboard looks).</returns>
    public async Task<bool> DoAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        Firing firing,
        PolicyLook look,
        CancellationToken cancellation
    )
    {
        var subject = memory.Subjects[firing.Service];
        if (await objections.ObjectionAsync(row, policy, memory, firing, look, cancellation) is var (code, words))
        {
            await HeldAsync(row, policy, subject, firing, code, words, cancellation);
            return true;
        }
        if (await objections.SpentAsync(row, policy, memory, cancellation) is { } spent)
        {
            if (row.Stage != PolicyStage.Enforced || policy.Stop.WhenBudgetSpent == SpentBudget.Wait)
            {
                await HeldAsync(row, policy, subject, firing, "budget", spent, cancellation);
                return true;
            }
            await DemoteAsync(row, policy, firing, $"{spent} What did not help so often wants a person.", cancellation);
            return false;
        }
        // Who changes it or sets it back waits for this lock, or was before it: what they were told is so. Who holds all policies does
        // not wait: whether they are held is asked here, and once more before each approval.
        await using var alone = await locks.TakeAsync([PolicyStages.LockOf(row.Id)], cancellation);
        if (
            !await look.Lease.TakeAsync(cancellation)
            || await store.FindAsync(row.Id, cancellation) is not { } today
            || today.Version != row.Version
            || today.Stage != row.Stage
        )
        {
            return false;
        }
        if (
            row.Stage == PolicyStage.Enforced
            && (stop.Current is not null || (await store.TurnAsync(cancellation)).Held)
        )
        {
            return true;
        }
        // Who had the lock before may have acted meanwhile; what keeps this from it is told at the next look.
        if (
            await objections.SpentAsync(row, policy, memory, cancellation) is not null
            || (
                row.Stage == PolicyStage.Enforced
                && await objections.OthersAsync(row, policy, memory, firing, cancellation) is not null
            )
        )
        {
            return true;
        }
        var now = time.GetUtcNow();
        var enforced = row.Stage == PolicyStage.Enforced;
        (subject.Since, subject.Told) = (now, null);
        memory.Acted[PolicyObjections.Key(policy, firing.Service)] = now;
        if (policy.Rearm > TimeSpan.Zero)
        {
            memory.Disarmed[firing.Service] = null;
        }
        if (firing.Breach is { } breach)
        {
            memory.Deploys = [.. memory.Deploys.TakeLast(MostDeploys - 1), breach.Deploy];
        }
        var kept = Evaluation(
            row,
            policy,
            enforced ? PolicyVerdict.Begun : PolicyVerdict.WouldAct,
            firing,
            $"{DeedWords.Held(policy, firing)}."
        );
        if (enforced)
        {
            memory.Awaited.Add(new AwaitedOutcome(kept.Id, null, firing.Service, now));
        }
        if (!await store.BeginAsync(row, memory, kept, cancellation))
        {
            return false;
        }
        // It counts from here on, until it comes to nothing.
        steady.Did(Counted(row), kept.Id);
        if (!enforced)
        {
            return true;
        }
        // Who was away after this was written down may have been given up by another dashboard.
        if (
            !await look.Lease.TakeAsync(cancellation)
            || await store.VerdictAsync(kept.Id, cancellation) != PolicyVerdict.Begun
        )
        {
            return false;
        }
        await ProposeAsync(row, policy, memory, firing, kept, cancellation);
        return true;
    }

    public async Task DemoteAsync(
        PolicyRow row,
        PolicyDefinition policy,
        Firing firing,
        string why,
        CancellationToken cancellation
    )
    {
        await stages.MoveAsync(row, PolicyStage.Shadow, DemotedAction, PolicyCaller.Actor(row), why, cancellation);
        await store.KeepAsync(Evaluation(row, policy, PolicyVerdict.Demoted, firing, why), cancellation);
    }

    /// <summary>That data was missing, or the clock was moved, while it held.</summary>
    public Task MissedAsync(
        PolicyRow row,
        PolicyDefinition policy,
        string service,
        string why,
        CancellationToken cancellation
    ) => store.KeepAsync(Evaluation(row, policy, PolicyVerdict.Missing, new Firing(service, null), why), cancellation);

    /// <summary>What it would have done in shadow is no part of the budget of what it does.</summary>
    public static string Counted(PolicyRow row) => $"{row.Id} {row.Stage}";

    private async Task HeldAsync(
        PolicyRow row,
        PolicyDefinition policy,
        SubjectMemory subject,
        Firing firing,
        string code,
        string words,
        CancellationToken cancellation
    )
    {
        if (subject.Told == code)
        {
            return;
        }
        subject.Told = code;
        await store.KeepAsync(Evaluation(row, policy, PolicyVerdict.Held, firing, words), cancellation);
    }

    private async Task ProposeAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        Firing firing,
        PolicyEvaluationRow kept,
        CancellationToken cancellation
    )
    {
        var (verdict, words, id) = await asking.AskAsync(row, policy, firing, cancellation);
        await store.CorrectAsync(
            kept.Id,
            told => (told.Verdict, told.Words, told.ProposalId) = (verdict, StoreText.Shorten(words, 1000), id),
            cancellation
        );
        var begun = memory.Awaited.Single(one => one.Kept == kept.Id);
        memory.Awaited.Remove(begun);
        if (id is not null && verdict is PolicyVerdict.Acted or PolicyVerdict.Proposed)
        {
            memory.Awaited.Add(begun with { ProposalId = id });
            return;
        }
        CameToNothing(row, kept.Id);
        if (verdict == PolicyVerdict.Failed)
        {
            memory.Failed[PolicyObjections.Key(policy, firing.Service)] = time.GetUtcNow();
            memory.Disarmed.Remove(firing.Service);
        }
    }

    /// <summary>What was never proposed, or was left to others, is no part of the budget: neither here nor where deeds are written down.</summary>
    public void CameToNothing(PolicyRow row, string kept) => steady.TakeBack(Counted(row), kept);

    private PolicyEvaluationRow Evaluation(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyVerdict verdict,
        Firing firing,
        string words
    ) =>
        new()
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()).ToString("n"),
            PolicyId = row.Id,
            Tenant = row.Tenant,
            At = time.GetUtcNow(),
            Version = row.Version,
            Stage = row.Stage,
            Verdict = verdict,
            Service = firing.Service,
            Place = StoreText.Shorten(DeedPlaces.Of(fleet, row.Tenant, policy.Action, firing.Service), 300),
            Value = firing.Value,
            Words = StoreText.Shorten(words, 1000),
        };
}
