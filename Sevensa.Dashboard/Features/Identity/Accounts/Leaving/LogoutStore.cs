using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Leaving;

/// <summary>Which programs a session let somebody in to, and what they are still to be told of its end.</summary>
internal sealed class LogoutStore(IDbContextFactory<Store> stores, TimeProvider time) : IOutlivedRows
{
    private Action heard = () => { };

    /// <summary>Called after a session with such a program has ended here.</summary>
    public void OnEnded(Action hear) => heard += hear;

    /// <summary>Notes that a session lets its person in to a program.</summary>
    public async Task NoteAsync(
        string session,
        string client,
        string personId,
        string issuer,
        CancellationToken cancellation
    )
    {
        var root = SessionStore.RootOf(session);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        if (
            await store
                .Set<SessionClientRow>()
                .AnyAsync(one => one.Session == root && one.Client == client, cancellation)
        )
        {
            return;
        }
        store.Add(
            new SessionClientRow
            {
                Session = root,
                Client = client,
                PersonId = personId,
                Issuer = issuer,
            }
        );
        try
        {
            await store.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (StoreFault.In(exception) is null)
        {
            // Two of its windows signed in at once.
        }
    }

    /// <summary>
    /// Ends sessions. Their programs are to be told, each once, whichever dashboards end a session together: the session goes and
    /// the notices are there, or neither.
    /// </summary>
    public async Task EndAsync(Func<IQueryable<SessionRow>, IQueryable<SessionRow>> which)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            await using var store = await stores.CreateDbContextAsync();
            var ended = await which(store.Set<SessionRow>()).ToListAsync();
            if (ended.Count == 0)
            {
                return;
            }
            var roots = ended.Select(row => SessionStore.RootOf(row.Id)).ToList();
            var told = await store.Set<SessionClientRow>().Where(row => roots.Contains(row.Session)).ToListAsync();
            store.AddRange(
                told.Select(row => new LogoutNoticeRow
                {
                    Id = Guid.CreateVersion7(now).ToString("N"),
                    Session = row.Session,
                    Client = row.Client,
                    PersonId = row.PersonId,
                    Issuer = row.Issuer,
                    EndedAt = now,
                    DueAt = now,
                })
            );
            store.RemoveRange(told);
            store.RemoveRange(ended);
            try
            {
                await store.SaveChangesAsync();
            }
            catch (DbUpdateConcurrencyException)
            {
                // Somebody else ended one of them at the same moment; the rest is looked at again.
                continue;
            }
            if (told.Count > 0)
            {
                heard();
            }
            return;
        }
    }

    /// <summary>Programs that something is due for.</summary>
    public async Task<IReadOnlyList<string>> DueAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<LogoutNoticeRow>()
            .Where(one => one.DueAt <= now)
            .Select(one => one.Client)
            .Distinct()
            .ToListAsync(cancellation);
    }

    /// <summary>The program did not answer: whatever else is due for it waits as long as what was tried.</summary>
    public async Task PostponeAsync(string client, DateTimeOffset until, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<LogoutNoticeRow>()
            .Where(one => one.Client == client && one.DueAt < until)
            .ExecuteUpdateAsync(set => set.SetProperty(one => one.DueAt, until), cancellation);
    }

    /// <summary>Takes a notice that is due for a program, so that no other dashboard sends it meanwhile; null when there is none.</summary>
    /// <param name="again">When it is due once more unless <see cref="DoneAsync"/> says otherwise, by the tries until then.</param>
    public async Task<LogoutNoticeRow?> TakeAsync(
        string client,
        Func<int, TimeSpan> again,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            var now = time.GetUtcNow();
            await using var store = await stores.CreateDbContextAsync(cancellation);
            var row = await store
                .Set<LogoutNoticeRow>()
                .AsNoTracking()
                .Where(one => one.Client == client && one.DueAt <= now)
                .OrderBy(one => one.DueAt)
                .ThenByDescending(one => one.Tries)
                .FirstOrDefaultAsync(cancellation);
            if (row is null)
            {
                return null;
            }
            var (tries, due) = (row.Tries + 1, now + again(row.Tries + 1));
            var mine = await store
                .Set<LogoutNoticeRow>()
                .Where(one => one.Id == row.Id && one.Tries == row.Tries)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(one => one.Tries, tries).SetProperty(one => one.DueAt, due),
                    cancellation
                );
            if (mine == 1)
            {
                (row.Tries, row.DueAt) = (tries, due);
                return row;
            }
        }
    }

    /// <summary>It was taken, or is given up.</summary>
    public async Task DoneAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Set<LogoutNoticeRow>().Where(row => row.Id == id).ExecuteDeleteAsync(cancellation);
    }

    /// <summary>A session that nobody used ends without a word, and with it what it led to.</summary>
    public async Task RemoveAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<SessionClientRow>()
            .Where(row => !store.Set<SessionRow>().Any(session => session.Id.Substring(0, 32) == row.Session))
            .ExecuteDeleteAsync(cancellation);
    }
}
