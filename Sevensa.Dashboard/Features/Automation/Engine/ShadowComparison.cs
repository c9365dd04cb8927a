using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// Holds what policies in shadow would have done against what people did in the hour before and after: the same, something else, nothing;
/// and what people did where a policy that does the same would not have.
/// </summary>
internal sealed class ShadowComparison(PolicyStore store, IProposals proposals, TimeProvider time)
{
    private const int MostLookedAt = 500;

    private static readonly TimeSpan Around = TimeSpan.FromHours(1);

    /// <summary>So long is waited for what people asked for there, and nobody has decided on.</summary>
    private static readonly TimeSpan Undecided = TimeSpan.FromDays(1);

    /// <summary>What people did is asked for no oftener.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(5);

    private DateTimeOffset? looked;

    /// <param name="policies">Those that are looked at.</param>
    /// <param name="goOn">Called whenever something of it is finished.</param>
    public async Task CompareAsync(IReadOnlyList<PolicyRow> policies, Action goOn, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (looked is { } last && now >= last && now - last < Rest)
        {
            return;
        }
        var open = await store.UncomparedAsync(now - Around, cancellation);
        var shadows = policies.Where(row => row.Stage == PolicyStage.Shadow).ToList();
        foreach (var tenant in open.Select(row => row.Tenant).Concat(shadows.Select(row => row.Tenant)).Distinct())
        {
            var all = await proposals.ListAsync(
                PolicyCaller.Reading(tenant),
                new ProposalFilter(Tenant: tenant, Most: MostLookedAt),
                cancellation
            );
            var done = all.Where(ProposalsOf.IsDoneByPeople).ToList();
            await CompareAsync([.. open.Where(row => row.Tenant == tenant)], all, done, goOn, cancellation);
            await KeepMissedAsync(
                [.. shadows.Where(row => row.Tenant == tenant)],
                [.. done.Where(one => one.CreatedAt <= now - Around)],
                cancellation
            );
            goOn();
        }
        looked = now;
    }

    private async Task CompareAsync(
        IReadOnlyList<PolicyEvaluationRow> open,
        IReadOnlyList<Proposal> all,
        IReadOnlyList<Proposal> done,
        Action goOn,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var used = await UsedAsync(open, cancellation);
        foreach (var row in open.OrderBy(row => row.At))
        {
            var policy = await store.FindAsync(row.PolicyId, cancellation);
            var near = done.Where(IsNear).ToList();
            // What a person did once agrees once, and only with what was watched when it was done.
            var same = near.Where(one =>
                    IsAlike(one) && one.CreatedAt >= policy!.StageAt && !used.Contains((row.PolicyId, one.Id))
                )
                .MinBy(one => (one.CreatedAt - row.At).Duration());
            if (
                same is null
                && now - row.At < Undecided
                && all.Any(one => ProposalsOf.IsUndecided(one, now) && IsNear(one))
            )
            {
                continue;
            }
            if (same is not null)
            {
                used.Add((row.PolicyId, same.Id));
            }
            var agreement =
                same is not null ? ShadowAgreement.Same
                : near.Exists(one => !IsAlike(one)) ? ShadowAgreement.Other
                : ShadowAgreement.Nothing;
            await store.CorrectAsync(
                row.Id,
                kept => (kept.Agreement, kept.ProposalId) = (agreement, same?.Id ?? kept.ProposalId),
                cancellation
            );
            goOn();

            bool IsAlike(Proposal one) =>
                policy is not null && ProposalsOf.IsAlike(one, policy.Definition, row.Value, row.At);

            bool IsNear(Proposal one) =>
                (one.CreatedAt - row.At).Duration() <= Around
                && (
                    row.Place.Length == 0
                        ? one.Kind == policy?.Definition.Action.Kind
                        : ProposalsOf.Touches(one, row.Place)
                );
        }
    }

    /// <summary>Which proposals have agreed with which policies already.</summary>
    private async Task<HashSet<(string Policy, string Proposal)>> UsedAsync(
        IReadOnlyList<PolicyEvaluationRow> rows,
        CancellationToken cancellation
    ) =>
        rows.Count == 0
            ? []
            :
            [
                .. (
                    await store.ShadowedAsync(
                        [.. rows.Select(row => row.PolicyId).Distinct()],
                        rows.Min(row => row.At) - 2 * Around,
                        cancellation
                    )
                )
                    .Where(row => row is { Agreement: ShadowAgreement.Same, ProposalId: not null })
                    .Select(row => (row.PolicyId, row.ProposalId!)),
            ];

    private async Task KeepMissedAsync(
        IReadOnlyList<PolicyRow> shadows,
        IReadOnlyList<Proposal> done,
        CancellationToken cancellation
    )
    {
        if (shadows.Count == 0 || done.Count == 0)
        {
            return;
        }
        var written = (
            await store.ShadowedAsync(
                [.. shadows.Select(row => row.Id)],
                done.Min(one => one.CreatedAt) - Around,
                cancellation
            )
        ).ToLookup(row => row.PolicyId);
        foreach (var row in shadows)
        {
            var policy = row.Definition;
            foreach (var one in done.Where(one => one.Kind == policy.Action.Kind && one.CreatedAt >= row.StageAt))
            {
                if (
                    ServiceOf(policy, one) is { } service
                    && written[row.Id]
                        .All(kept =>
                            kept.ProposalId != one.Id
                            && (
                                kept.Verdict != PolicyVerdict.WouldAct
                                || (kept.At - one.CreatedAt).Duration() > Around
                                || (kept.Place.Length > 0 && !ProposalsOf.Touches(one, kept.Place))
                            )
                        )
                )
                {
                    await store.KeepAsync(
                        new PolicyEvaluationRow
                        {
                            Id = Guid.CreateVersion7(time.GetUtcNow()).ToString("n"),
                            PolicyId = row.Id,
                            Tenant = row.Tenant,
                            At = one.CreatedAt,
                            Version = row.Version,
                            Stage = row.Stage,
                            Verdict = PolicyVerdict.Missed,
                            Service = service,
                            Place = service,
                            Words = StoreText.Shorten(
                                $"\"{one.Title}\" was done for {one.RequestedBy.Name}; it would not have done it.",
                                1000
                            ),
                            ProposalId = one.Id,
                        },
                        cancellation
                    );
                }
            }
        }
    }

    /// <summary>Which of a policy's services, or what else it acts on, a proposal is about; null when none.</summary>
    private static string? ServiceOf(PolicyDefinition policy, Proposal proposal) =>
        policy.Action.Target is { } target
            ? proposal.Target == target || ProposalsOf.Touches(proposal, target)
                ? target
                : null
            : policy.Services.Count > 0
                ? policy.Services.FirstOrDefault(one => ProposalsOf.Touches(proposal, one))
                : proposal.Plan.Containers is [var first, ..]
                    ? first.Service ?? ""
                    : "";
}
