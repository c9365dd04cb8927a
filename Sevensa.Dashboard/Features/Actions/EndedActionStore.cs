using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Reads how actions ended.</summary>
internal sealed class EndedActionStore(IDbContextFactory<Store> stores) : IEndedActions
{
    public async Task<EndedAction?> LastAsync(
        TenantScope scope,
        string tenant,
        string kind,
        CancellationToken cancellation
    )
    {
        var whose = scope.Narrow(tenant).Tenants.Single();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var last = await store
            .Set<ProposalRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == whose && row.Kind == kind && row.EndedAt != null && row.DispatchedAt != null)
            // Ids rise with time.
            .OrderByDescending(row => row.Id)
            .Select(row => new
            {
                row.Target,
                row.EndedAt,
                row.State,
            })
            .FirstOrDefaultAsync(cancellation);
        return last is null ? null : new EndedAction(last.Target, last.EndedAt!.Value, last.State);
    }
}
