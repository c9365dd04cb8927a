using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Places;

/// <summary>Where people were seen, kept for a month.</summary>
internal sealed class PlaceStore(IDbContextFactory<Store> stores, TimeProvider time) : IOutlivedRows
{
    public const int LongestWords = 128;

    /// <summary>So many of one person are looked at, the newest.</summary>
    private const int Most = 50;

    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public static string IdOf(string personId, Place place) => $"{personId} {place.Key}";

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<PlaceRow>> OfAsync(string personId, CancellationToken cancellation)
    {
        var since = time.GetUtcNow() - Kept;
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PlaceRow>()
            .AsNoTracking()
            .Where(row => row.PersonId == personId && row.LastAt >= since)
            .OrderByDescending(row => row.LastAt)
            .Take(Most)
            .ToListAsync(cancellation);
    }

    /// <summary>Where the sessions (<see cref="SessionStore.RootOf"/>) were seen last, in words.</summary>
    public async Task<IReadOnlyDictionary<string, string>> LastAsync(
        IEnumerable<string> roots,
        CancellationToken cancellation
    )
    {
        var some = roots.Distinct().ToList();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<PlaceRow>()
            .AsNoTracking()
            .Where(row => some.Contains(row.Session))
            .OrderBy(row => row.LastAt)
            .ToListAsync(cancellation);
        var last = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            last[row.Session] = row.Words;
        }
        return last;
    }

    /// <summary>Somebody was seen there just now.</summary>
    /// <param name="cameFrom">Id of the row from which they can't have come; null when they can have, or have proved that it is them.</param>
    public async Task SeenAsync(
        string personId,
        Place place,
        string session,
        bool isDoubted,
        string? cameFrom,
        CancellationToken cancellation
    )
    {
        var (id, root, now) = (IdOf(personId, place), SessionStore.RootOf(session), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var seen = await store
            .Set<PlaceRow>()
            .Where(row => row.Id == id)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.LastAt, now)
                        .SetProperty(row => row.Session, root)
                        .SetProperty(row => row.IsDoubted, isDoubted)
                        .SetProperty(row => row.CameFrom, cameFrom),
                cancellation
            );
        if (seen > 0)
        {
            return;
        }
        store.Add(
            new PlaceRow
            {
                Id = id,
                PersonId = personId,
                Country = place.Country,
                Words = StoreText.Cut(place.Words, LongestWords),
                Latitude = place.Latitude,
                Longitude = place.Longitude,
                RadiusKm = place.RadiusKm,
                Session = root,
                LastAt = now,
                IsDoubted = isDoubted,
                CameFrom = cameFrom,
            }
        );
        await store.SaveChangesAsync(cancellation);
    }

    /// <summary>They proved that it is them: where this session is seen, and from where it can't have come, is theirs.</summary>
    public async Task SettleAsync(string session, CancellationToken cancellation)
    {
        var (root, now) = (SessionStore.RootOf(session), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var doubted = await store
            .Set<PlaceRow>()
            .AsNoTracking()
            .Where(row => row.Session == root && row.IsDoubted)
            .Select(row => new { row.Id, row.CameFrom })
            .ToListAsync(cancellation);
        List<string> theirs =
        [
            .. doubted.Select(row => row.Id),
            .. doubted.Select(row => row.CameFrom).OfType<string>(),
        ];
        await store
            .Set<PlaceRow>()
            .Where(row => theirs.Contains(row.Id))
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.IsDoubted, false).SetProperty(row => row.ProvedAt, now),
                cancellation
            );
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var before = time.GetUtcNow() - Kept;
        await stores.RemoveAsync<PlaceRow>(row => row.LastAt < before, row => row.Id, cancellation);
    }
}
