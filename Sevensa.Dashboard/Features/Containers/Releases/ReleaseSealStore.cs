using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>Seals of hosts' releases, when the key that makes them is changed.</summary>
internal sealed class ReleaseSealStore(IDbContextFactory<Store> stores) : ISealedRows
{
    public string Name => "seals of releases";

    public async Task<SealedAnew> SealAnewAsync(StoreKey key, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var done = default(SealedAnew);
        foreach (var end in await store.Set<ReleaseChainRow>().AsNoTracking().ToListAsync(cancellation))
        {
            if (end.Seal is not { } seal)
            {
                continue;
            }
            done = done.Plus(SealedAnew.Of(() => ReleaseStore.SealAnew(key, end, seal), out var anew));
            if (anew is not null)
            {
                await store
                    .Set<ReleaseChainRow>()
                    .Where(one => one.HostId == end.HostId && one.Seal == seal)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.Seal, anew), cancellation);
            }
        }
        return done;
    }
}
