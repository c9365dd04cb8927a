using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts;

/// <inheritdoc cref="IAlertFeed"/>
internal sealed class AlertFeed(IDbContextFactory<Store> stores, AlertNews news) : IAlertFeed
{
    public async Task<IReadOnlyList<Alert>> SinceAsync(DateTimeOffset since, int most, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<AlertRow>()
            .AsNoTracking()
            .Where(row => row.ReceivedAt >= since || (row.EndsAt != null && row.UpdatedAt >= since))
            .OrderBy(row => row.ReceivedAt)
            .ThenBy(row => row.Id)
            .Take(most)
            .ToListAsync(cancellation);
        return [.. rows.Select(row => row.ToAlert())];
    }

    public async Task<Alert?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store.Set<AlertRow>().AsNoTracking().FirstOrDefaultAsync(found => found.Id == id, cancellation);
        return row?.ToAlert();
    }

    public IDisposable OnChange(Action changed) => news.OnChange(changed);
}
