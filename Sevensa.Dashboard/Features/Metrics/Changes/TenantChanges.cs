using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Changes;

/// <summary>Releases and ended actions of a tenant as one list.</summary>
internal sealed class TenantChanges(ReleaseHistory releases, IProposals proposals, TimeProvider time)
    : IRecentChanges,
        ILastChange
{
    public async Task<LastChange?> OfAsync(TenantScope scope, string tenant, CancellationToken cancellation) =>
        await SinceAsync(scope, tenant, time.GetUtcNow().AddDays(-30), cancellation) is [var newest, ..]
            ? newest
            : null;

    public async Task<IReadOnlyList<LastChange>> SinceAsync(
        TenantScope scope,
        string tenant,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        var actions = await ActionsAsync(scope, tenant, cancellation);
        var seen = await releases.OfAsync(scope.Narrow(tenant), cancellation);
        return
        [
            .. actions
                .Concat(seen.Select(release => new LastChange(release.At, release.ToString(), IsRelease: true)))
                .Where(change => change.At >= since)
                .OrderByDescending(change => change.At),
        ];
    }

    /// <summary>Actions that ran to an end, whoever asked for them.</summary>
    public async Task<IReadOnlyList<LastChange>> ActionsAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var ended = await proposals.ListAsync(
            Reader(scope.Narrow(tenant)),
            new ProposalFilter(Tenant: tenant),
            cancellation
        );
        return
        [
            .. ended
                .Where(proposal => proposal.EndedAt is not null && Words(proposal.State) is not null)
                .Select(proposal => new LastChange(
                    proposal.EndedAt!.Value,
                    $"{proposal.Title}: {Words(proposal.State)}"
                )),
        ];
    }

    private static string? Words(ProposalState state) =>
        state switch
        {
            ProposalState.Succeeded => "done",
            ProposalState.Failed => "failed",
            ProposalState.RolledBack => "undone",
            ProposalState.Cancelled => "cancelled",
            _ => null,
        };

    /// <summary>The program itself, reading no more than the scope it was given.</summary>
    private static Caller Reader(TenantScope scope) =>
        new("dashboard", "Dashboard", Role.Viewer, false, TenantSet.Of(scope.Tenants), ApiScopes.Read);
}
