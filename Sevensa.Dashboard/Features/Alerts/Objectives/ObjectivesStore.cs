using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts.Objectives;

internal sealed class ObjectivesStore(IDbContextFactory<Store> stores)
{
    private static readonly RowOrder<ObjectiveRow> ByService = new RowOrder<ObjectiveRow>("objectives")
        .By(row => row.Service)
        .By(row => row.Name)
        .By(row => row.Id);

    public async Task<IReadOnlyList<ObjectiveRow>> OfAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ObjectiveRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant)
            .OrderBy(row => row.Service)
            .ThenBy(row => row.Name)
            .ToListAsync(cancellation);
    }

    public async Task<Page<ObjectiveRow>> PageAsync(string tenant, PageAsked asked, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await ByService.PageAsync(
            store,
            store.Set<ObjectiveRow>().AsNoTracking().Where(row => row.Tenant == tenant),
            asked,
            cancellation
        );
    }

    public async Task<bool> IsEmptyAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return !await store.Set<ObjectiveRow>().AnyAsync(cancellation);
    }

    public async Task AddAsync(IEnumerable<ObjectiveRow> rows, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.AddRange(rows);
        await store.SaveChangesAsync(cancellation);
    }

    /// <returns>False when it is gone.</returns>
    public async Task<bool> PutAsync(ObjectiveRow changed, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<ObjectiveRow>()
            .SingleOrDefaultAsync(known => known.Tenant == changed.Tenant && known.Id == changed.Id, cancellation);
        if (row is null)
        {
            return false;
        }
        (row.Service, row.Name, row.Kind, row.Target) = (changed.Service, changed.Name, changed.Kind, changed.Target);
        (row.ThresholdSeconds, row.Histogram, row.WindowDays) = (
            changed.ThresholdSeconds,
            changed.Histogram,
            changed.WindowDays
        );
        (row.Published, row.ChangedBy, row.ChangedAt) = (changed.Published, changed.ChangedBy, changed.ChangedAt);
        await store.SaveChangesAsync(cancellation);
        return true;
    }

    public async Task<bool> RemoveAsync(string tenant, string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<ObjectiveRow>()
                .Where(row => row.Tenant == tenant && row.Id == id)
                .ExecuteDeleteAsync(cancellation) > 0;
    }
}
