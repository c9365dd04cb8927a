using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Audit;

internal sealed class HistoryStore(IDbContextFactory<Store> stores) : IRecordHistory
{
    public async Task<IReadOnlyList<DateTimeOffset>> WhenAsync(
        string actor,
        string action,
        DateTimeOffset since,
        int most,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AuditRow>()
            .AsNoTracking()
            .Where(row => row.At >= since && row.Action == action && row.ActorId == actor)
            .OrderByDescending(row => row.At)
            .Select(row => row.At)
            .Take(most)
            .ToListAsync(cancellation);
    }
}
