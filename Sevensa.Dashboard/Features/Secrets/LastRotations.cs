using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Entering;
using Sevensa.Dashboard.Features.Secrets.Schedules;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>What was last done, or is being done, to a secret's value by a plan.</summary>
/// <param name="Proposal">Id of the plan.</param>
/// <param name="Kind"><c>secret.rotate</c>, <c>secret.enter</c>, <c>secret.restore</c> or <c>secret.rehearse</c>.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="At">When it ended; while it has not, when it was asked for.</param>
public sealed record LastRotation(string Proposal, string Kind, ProposalState State, string By, DateTimeOffset At);

/// <summary>What is known of a tenant's secrets beside Vault: the rule of each, and the last plan on it.</summary>
internal sealed class LastRotations(IProposals proposals, ScheduleStore schedules)
{
    /// <summary>As far back as is looked, of all plans of the tenant.</summary>
    private const int MostLookedAt = 300;

    private static readonly string[] Kinds =
    [
        RotationPlan.Kind,
        EnterSecret.Kind,
        RestoreSecret.Kind,
        RehearseSecret.Kind,
    ];

    /// <summary>By path below the tenant; a secret on which there was no plan lately is not among them.</summary>
    public async Task<IReadOnlyDictionary<string, LastRotation>> OfAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    ) =>
        (await proposals.ListAsync(caller, new ProposalFilter(Tenant: tenant, Most: MostLookedAt), cancellation))
            .Where(proposal => Kinds.Contains(proposal.Kind) && proposal.Tenant == tenant)
            .GroupBy(proposal => proposal.Target, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => Of(group.MaxBy(proposal => proposal.CreatedAt)!),
                StringComparer.Ordinal
            );

    /// <summary>The rule that holds for a secret, by its name; null where none does.</summary>
    public async Task<string?> RuleOfAsync(string tenant, string path, CancellationToken cancellation) =>
        (await RulesOfAsync(tenant, cancellation)).For(path)?.Name;

    /// <summary>All rules of a tenant.</summary>
    public Task<RotationRules> RulesOfAsync(string tenant, CancellationToken cancellation) =>
        schedules.FindAsync(tenant, cancellation);

    private static LastRotation Of(Proposal proposal) =>
        new(
            proposal.Id,
            proposal.Kind,
            proposal.State,
            proposal.RequestedBy.Name,
            proposal.EndedAt ?? proposal.CreatedAt
        );
}
