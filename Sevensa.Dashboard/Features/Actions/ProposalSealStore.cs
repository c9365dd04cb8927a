using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Seals of what was told of proposals, when the key that makes them is changed.</summary>
internal sealed class ProposalSealStore(IDbContextFactory<Store> stores) : ISealedRows
{
    public string Name => "seals of proposals";

    public async Task<SealedAnew> SealAnewAsync(StoreKey key, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<ProposalRow>()
            .AsNoTracking()
            .Where(row => row.EventsSeal != null)
            .Select(row => new
            {
                row.Id,
                row.LastEvent,
                row.EventsHash,
                Seal = row.EventsSeal!,
            })
            .ToListAsync(cancellation);
        var done = default(SealedAnew);
        foreach (var row in rows)
        {
            done = done.Plus(
                SealedAnew.Of(
                    () => ProposalEventChain.SealAnew(key, row.Id, row.LastEvent, row.EventsHash, row.Seal),
                    out var anew
                )
            );
            if (anew is not null)
            {
                await store
                    .Set<ProposalRow>()
                    .Where(one => one.Id == row.Id && one.EventsSeal == row.Seal)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.EventsSeal, anew), cancellation);
            }
        }
        return done;
    }
}
