using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Signals;

/// <summary>Signals, kept for a month. Which sessions are in doubt is remembered for a few seconds: everything that is approved asks.</summary>
internal sealed class SignalStore(IDbContextFactory<Store> stores, TimeProvider time) : IOutlivedRows
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);
    private static readonly RowOrder<SignalRow> Newest = new RowOrder<SignalRow>("signals")
        .ByNewest(row => row.At)
        .By(row => row.Id);

    private readonly Remembered<SignalRow?> open = new(time);

    /// <summary>The first that is open of a session; null when it is not in doubt.</summary>
    public async ValueTask<SignalRow?> OpenAsync(string session, CancellationToken cancellation)
    {
        var root = SessionStore.RootOf(session);
        if (open.TryGet(root, out var remembered))
        {
            return remembered;
        }
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<SignalRow>()
            .AsNoTracking()
            .Where(one => one.Session == root && one.LiftedAt == null)
            .OrderBy(one => one.At)
            .FirstOrDefaultAsync(cancellation);
        open.Keep(root, row, now);
        return row;
    }

    /// <returns>False when the session is in doubt for the same reason already.</returns>
    public async Task<bool> IsNewsAsync(string session, string kind, CancellationToken cancellation)
    {
        var root = SessionStore.RootOf(session);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return !await store
            .Set<SignalRow>()
            .AnyAsync(row => row.Session == root && row.Kind == kind && row.LiftedAt == null, cancellation);
    }

    public async Task AddAsync(SignalRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
        open.Forget(row.Session);
    }

    /// <returns>How many were open.</returns>
    public async Task<int> LiftAsync(string session, string by, CancellationToken cancellation)
    {
        var (root, now) = (SessionStore.RootOf(session), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var lifted = await store
            .Set<SignalRow>()
            .Where(row => row.Session == root && row.LiftedAt == null)
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.LiftedAt, now).SetProperty(row => row.LiftedBy, by),
                cancellation
            );
        open.Forget(root);
        return lifted;
    }

    public async Task<Page<SignalRow>> PageAsync(PageAsked asked, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Newest.PageAsync(store, store.Set<SignalRow>().AsNoTracking(), asked, cancellation);
    }

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<SignalRow>> ListAsync(int most, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SignalRow>()
            .AsNoTracking()
            .OrderByDescending(row => row.At)
            .Take(most)
            .ToListAsync(cancellation);
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var before = time.GetUtcNow() - Kept;
        await stores.RemoveAsync<SignalRow>(row => row.At < before, row => row.Id, cancellation);
    }
}
