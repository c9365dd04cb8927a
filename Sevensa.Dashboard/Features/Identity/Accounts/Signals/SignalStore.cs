using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Signals;

/// <summary>Signals, kept for a month, and as long as they hold a session up or make a browser known. Which sessions are in doubt is remembered for a few seconds: everything that is approved asks.</summary>
internal sealed class SignalStore(IDbContextFactory<Store> stores, SessionStore sessions, TimeProvider time)
    : IOutlivedRows
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

    /// <summary>All that are open of a session, as the store has them now; the first that was raised first.</summary>
    public async Task<IReadOnlyList<SignalRow>> AllOpenAsync(string session, CancellationToken cancellation)
    {
        var root = SessionStore.RootOf(session);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SignalRow>()
            .AsNoTracking()
            .Where(row => row.Session == root && row.LiftedAt == null)
            .OrderBy(row => row.At)
            .ToListAsync(cancellation);
    }

    /// <summary>Whether a session was in doubt for this and no longer is.</summary>
    public async Task<bool> IsLiftedAsync(string session, string kind, CancellationToken cancellation)
    {
        var root = SessionStore.RootOf(session);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var lifted = await store
            .Set<SignalRow>()
            .Where(row => row.Session == root && row.Kind == kind)
            .Select(row => row.LiftedAt != null)
            .ToListAsync(cancellation);
        return lifted.Count > 0 && lifted.TrueForAll(one => one);
    }

    /// <summary>The newest of a person's that is open, of any session, and was raised after they last proved themselves in one. What a browser is held for goes with the browser.</summary>
    public async Task<SignalRow?> LeftBehindAsync(string personId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<SignalRow>()
            .AsNoTracking()
            .Where(row => row.PersonId == personId)
            .ToListAsync(cancellation);
        var proved = rows.Max(row => row.LiftedAt);
        return rows.Where(row =>
                row.LiftedAt is null && row.Kind != SignalKinds.NewDevice && (proved is null || row.At > proved)
            )
            .MaxBy(row => row.At);
    }

    public async Task<SignalRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<SignalRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>Of these signals, the sessions that go on.</summary>
    public Task<IReadOnlySet<string>> GoOnAsync(IEnumerable<SignalRow> rows, CancellationToken cancellation) =>
        sessions.GoOnAsync(rows.Where(row => row.LiftedAt is null).Select(row => row.Session), cancellation);

    public async Task AddAsync(SignalRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
        open.Forget(row.Session);
    }

    public async Task LiftAsync(SignalRow signal, string by, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<SignalRow>()
            .Where(row => row.Id == signal.Id && row.LiftedAt == null)
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.LiftedAt, now).SetProperty(row => row.LiftedBy, by),
                cancellation
            );
        open.Forget(signal.Session);
    }

    public async Task<Page<SignalRow>> PageAsync(PageAsked asked, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Newest.PageAsync(
            store,
            store.Set<SignalRow>().AsNoTracking().Where(IsShown()),
            asked,
            cancellation
        );
    }

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<SignalRow>> ListAsync(int most, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SignalRow>()
            .AsNoTracking()
            .Where(IsShown())
            .OrderByDescending(row => row.At)
            .Take(most)
            .ToListAsync(cancellation);
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var before = time.GetUtcNow() - Kept;
        var beforeKnown = time.GetUtcNow() - KnownBrowsers.Lifetime;
        List<SignalRow> late;
        await using (var store = await stores.CreateDbContextAsync(cancellation))
        {
            late = await store
                .Set<SignalRow>()
                .AsNoTracking()
                .Where(row => row.At < before && row.LiftedAt == null)
                .ToListAsync(cancellation);
        }
        // A session that is used every day may go on for longer, and its doubt with it.
        List<string> held = [.. await GoOnAsync(late, cancellation)];
        await stores.RemoveAsync<SignalRow>(
            row =>
                row.At < before
                && (
                    row.LiftedAt == null
                        ? !held.Contains(row.Session)
                        : row.Kind != SignalKinds.NewDevice || row.At < beforeKnown
                ),
            row => row.Id,
            cancellation
        );
    }

    /// <summary>Those of the last month and those that are not lifted: what is kept for a browser's sake alone is no news.</summary>
    private Expression<Func<SignalRow, bool>> IsShown()
    {
        var since = time.GetUtcNow() - Kept;
        return row => row.At >= since || row.LiftedAt == null;
    }
}
