using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Databases.Backups;

/// <summary>The last drill of a tenant's backups that came to an end; one that was called off says nothing of them.</summary>
internal sealed class DrillEvidence(IEndedActions ended) : IRestoreEvidence
{
    public async Task<RestoreEvidence?> OfAsync(TenantScope scope, string tenant, CancellationToken cancellation) =>
        await ended.LastAsync(scope, tenant, DrillPlan.Kind, cancellation)
            is { State: ProposalState.Succeeded or ProposalState.Failed } last
            ? new RestoreEvidence(last.EndedAt, last.State == ProposalState.Succeeded)
            : null;
}
