using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>What is kept of looks, for what policies came to.</summary>
internal sealed class EffectStore(IDbContextFactory<Store> stores)
{
    /// <summary>Of what policies came to, unless less is kept.</summary>
    public const int Days = 30;

    /// <summary>Of what it did, and of what people did of it in shadow, are so many looked at.</summary>
    private const int Most = 200;

    /// <summary>How often each came of a policy, by what came of that.</summary>
    public async Task<IReadOnlyList<EffectTally>> TallyAsync(
        string policy,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var found = await store
            .Set<PolicyEvaluationRow>()
            .Where(row => row.PolicyId == policy && row.At > since)
            .GroupBy(row => new { row.Verdict, row.Outcome })
            .Select(group => new
            {
                group.Key.Verdict,
                group.Key.Outcome,
                Count = group.Count(),
            })
            .ToListAsync(cancellation);
        return [.. found.Select(one => new EffectTally(one.Verdict, one.Outcome, one.Count))];
    }

    /// <summary>What a policy did, newest first, where a proposal tells of it.</summary>
    public Task<IReadOnlyList<PolicyEvaluationRow>> DeedsAsync(
        string policy,
        DateTimeOffset since,
        CancellationToken cancellation
    ) => NewestAsync(policy, since, row => row.Verdict == PolicyVerdict.Acted, cancellation);

    /// <summary>What people did of it in shadow, newest first.</summary>
    public Task<IReadOnlyList<PolicyEvaluationRow>> SameAsync(
        string policy,
        DateTimeOffset since,
        CancellationToken cancellation
    ) =>
        NewestAsync(
            policy,
            since,
            row => row.Verdict == PolicyVerdict.WouldAct && row.Agreement == ShadowAgreement.Same,
            cancellation
        );

    private async Task<IReadOnlyList<PolicyEvaluationRow>> NewestAsync(
        string policy,
        DateTimeOffset since,
        Expression<Func<PolicyEvaluationRow, bool>> meant,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PolicyEvaluationRow>()
            .AsNoTracking()
            .Where(row => row.PolicyId == policy && row.At > since && row.ProposalId != null)
            .Where(meant)
            .OrderByDescending(row => row.At)
            .ThenByDescending(row => row.Id)
            .Take(Most)
            .ToListAsync(cancellation);
    }

    /// <summary>How often policies acted, and how often that helped, by the policy; one that never did is not among them.</summary>
    public async Task<IReadOnlyDictionary<string, (int Acted, int Helped)>> CountAsync(
        IReadOnlyCollection<string> policies,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var found = await store
            .Set<PolicyEvaluationRow>()
            .Where(row => policies.Contains(row.PolicyId) && row.At > since && row.Verdict == PolicyVerdict.Acted)
            .GroupBy(row => new { row.PolicyId, row.Outcome })
            .Select(group => new
            {
                group.Key.PolicyId,
                group.Key.Outcome,
                Count = group.Count(),
            })
            .ToListAsync(cancellation);
        return found
            .GroupBy(one => one.PolicyId)
            .ToDictionary(
                group => group.Key,
                group =>
                    (
                        group.Sum(one => one.Count),
                        group.Where(one => one.Outcome == OutcomeVerdict.Good).Sum(one => one.Count)
                    ),
                StringComparer.Ordinal
            );
    }
}

/// <summary>How often something came of a policy.</summary>
internal sealed record EffectTally(PolicyVerdict Verdict, OutcomeVerdict? Outcome, int Count);
