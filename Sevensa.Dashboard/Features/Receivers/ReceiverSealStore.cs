using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Secrets of receivers, when the key that seals them is changed.</summary>
internal sealed class ReceiverSealStore(IDbContextFactory<Store> stores) : ISealedRows
{
    public string Name => "secrets of receivers";

    public async Task<SealedAnew> SealAnewAsync(StoreKey key, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<ReceiverRow>();
        var done = default(SealedAnew);
        foreach (var row in await rows.AsNoTracking().ToListAsync(cancellation))
        {
            var secret = row.SealedSecret;
            done = done.Plus(SealedAnew.Of(() => key.SealAnew(secret, ReceiverSecrets.Purpose), out var anew));
            if (anew is not null)
            {
                await rows.Where(one => one.Id == row.Id && one.SealedSecret == secret)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.SealedSecret, anew), cancellation);
            }
            if (row.SealedFormerSecret is not { } before)
            {
                continue;
            }
            done = done.Plus(SealedAnew.Of(() => key.SealAnew(before, ReceiverSecrets.Purpose), out var former));
            if (former is not null)
            {
                await rows.Where(one => one.Id == row.Id && one.SealedFormerSecret == before)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.SealedFormerSecret, former), cancellation);
            }
        }
        return done;
    }
}
