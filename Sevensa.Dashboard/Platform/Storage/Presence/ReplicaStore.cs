using Microsoft.EntityFrameworkCore;

namespace Sevensa.Dashboard.Platform.Storage.Presence;

/// <summary>Which dashboards work on this store.</summary>
internal sealed class ReplicaStore(IDbContextFactory<Store> stores)
{
    /// <summary>Says that one is there as of now.</summary>
    public async Task SayAsync(Replica own, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var known = await store
            .Set<Replica>()
            .Where(one => one.Id == own.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(one => one.SeenAt, own.SeenAt), cancellation);
        if (known == 0)
        {
            store.Add(own);
            await store.SaveChangesAsync(cancellation);
        }
    }

    /// <summary>Those that said so since then, the oldest first.</summary>
    public async Task<IReadOnlyList<Replica>> SinceAsync(DateTimeOffset since, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<Replica>()
            .AsNoTracking()
            .Where(one => one.SeenAt >= since)
            .OrderBy(one => one.StartedAt)
            .ThenBy(one => one.Id)
            .ToListAsync(cancellation);
    }

    /// <summary>One that ends, and those that have not been heard of since then.</summary>
    public async Task RemoveAsync(string id, DateTimeOffset before, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Set<Replica>().Where(one => one.Id == id || one.SeenAt < before).ExecuteDeleteAsync(cancellation);
    }
}
