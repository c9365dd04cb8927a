using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.External;

/// <summary>Who came by which provider, and whose account they have.</summary>
internal sealed class ExternalPeople(IDbContextFactory<Store> stores, ClaimedAccounts claimed, TimeProvider time)
    : IOutlivedRows
{
    /// <summary>Whoever waits is forgotten after so long; they are noted again when they come back.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(30);

    /// <summary>Of one provider so many wait at most: everybody whom it knows can knock.</summary>
    public const int MostWaiting = 1_000;

    public async Task<ExternalPersonRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ExternalPersonRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>Notes that somebody came.</summary>
    /// <param name="isExpected">They are given an account at once, or link one: the bound on those who wait is none of theirs.</param>
    /// <returns>What is known of them; of whom there is no room for, what they said.</returns>
    public async Task<ExternalPersonRow> SeenAsync(
        string provider,
        string issuer,
        string subject,
        string name,
        bool isExpected,
        CancellationToken cancellation
    )
    {
        var (id, now) = (ExternalPersonRow.IdOf(provider, issuer, subject), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<ExternalPersonRow>();
        if (
            await rows.Where(row => row.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.Name, name), cancellation) > 0
        )
        {
            await rows.Where(row => row.Id == id && !row.IsGranted)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.LastSeenAt, now), cancellation);
            if (await rows.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation) is { } there)
            {
                return there;
            }
        }
        var made = new ExternalPersonRow
        {
            Id = id,
            Provider = provider,
            Subject = subject,
            Name = name,
            FirstSeenAt = now,
            LastSeenAt = now,
        };
        if (
            isExpected
            || await rows.CountAsync(row => row.Provider == provider && row.PersonId == null, cancellation)
                < MostWaiting
        )
        {
            store.Add(made);
            try
            {
                await store.SaveChangesAsync(cancellation);
            }
            catch (DbUpdateException) when (!cancellation.IsCancellationRequested)
            {
                // They came twice at once; or the store can't be written, which the look says.
                return await FindAsync(id, cancellation) ?? throw new AccountException("Try again in a moment.");
            }
        }
        return made;
    }

    /// <summary>Gives them an account that exists, once.</summary>
    /// <returns>False when they have one meanwhile, or are forgotten.</returns>
    public async Task<bool> LinkAsync(string id, string personId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<ExternalPersonRow>()
                .Where(row => row.Id == id && row.PersonId == null)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.PersonId, personId), cancellation) == 1;
    }

    public async Task<IReadOnlyList<ExternalPersonRow>> OfAsync(string personId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ExternalPersonRow>()
            .AsNoTracking()
            .Where(row => row.PersonId == personId)
            .OrderBy(row => row.Provider)
            .ToListAsync(cancellation);
    }

    /// <summary>Who vouches for each of these people; those for whom nobody does are missing.</summary>
    public async Task<ILookup<string, string>> ProvidersAsync(
        IReadOnlyCollection<string> personIds,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<ExternalPersonRow>()
            .Where(row => row.PersonId != null && personIds.Contains(row.PersonId))
            .Select(row => new { row.PersonId, row.Provider })
            .Distinct()
            .OrderBy(row => row.Provider)
            .ToListAsync(cancellation);
        return rows.ToLookup(row => row.PersonId!, row => row.Provider);
    }

    /// <summary>Those whom nobody gave an account.</summary>
    public async Task<IReadOnlyList<ExternalPersonRow>> WaitingAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ExternalPersonRow>()
            .AsNoTracking()
            .Where(row => row.PersonId == null)
            .OrderByDescending(row => row.LastSeenAt)
            .ToListAsync(cancellation);
    }

    /// <summary>Forgets one of those who wait; they are noted again when they come back.</summary>
    /// <returns>False when they wait no longer.</returns>
    public async Task<bool> RemoveWaitingAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<ExternalPersonRow>()
                .Where(row => row.Id == id && row.PersonId == null)
                .ExecuteDeleteAsync(cancellation) == 1;
    }

    public async Task<bool> UnlinkAsync(string id, string personId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<ExternalPersonRow>()
                .Where(row => row.Id == id && row.PersonId == personId)
                .ExecuteDeleteAsync(cancellation) == 1;
    }

    /// <summary>After a reset: what an account is reset for may be that somebody else has linked it.</summary>
    public async Task UnlinkAllAsync(string personId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Set<ExternalPersonRow>().Where(row => row.PersonId == personId).ExecuteDeleteAsync(cancellation);
        claimed.Forget();
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var since = time.GetUtcNow() - Patience;
        await stores.RemoveAsync<ExternalPersonRow>(
            row => row.PersonId == null && row.LastSeenAt < since,
            row => row.Id,
            cancellation
        );
    }
}
