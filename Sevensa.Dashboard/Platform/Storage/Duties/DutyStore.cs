using Microsoft.EntityFrameworkCore;

namespace Sevensa.Dashboard.Platform.Storage.Duties;

/// <summary>Who has which duty.</summary>
internal sealed class DutyStore(IDbContextFactory<Store> stores)
{
    public async Task<IReadOnlyList<DutyRow>> AllAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<DutyRow>().AsNoTracking().OrderBy(duty => duty.Name).ToListAsync(cancellation);
    }

    /// <summary>Says of these, as far as one has them, that it is still there.</summary>
    public async Task BeatAsync(string holder, IReadOnlyList<string> duties, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<DutyRow>()
            .Where(duty => duty.Holder == holder && duties.Contains(duty.Name))
            .ExecuteUpdateAsync(set => set.SetProperty(duty => duty.Beat, duty => duty.Beat + 1), cancellation);
    }

    /// <summary>Takes one that nobody has had yet. False when somebody was first.</summary>
    public async Task<bool> AddAsync(DutyRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        try
        {
            await store.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException)
        {
            if (await store.Set<DutyRow>().AnyAsync(duty => duty.Name == row.Name, cancellation))
            {
                return false;
            }
            throw;
        }
    }

    /// <summary>Takes one as it was seen. False when it has moved since.</summary>
    public async Task<bool> TakeAsync(DutyRow seen, string holder, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<DutyRow>()
                .Where(duty => duty.Name == seen.Name && duty.Epoch == seen.Epoch && duty.Beat == seen.Beat)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(duty => duty.Holder, holder)
                            .SetProperty(duty => duty.Epoch, duty => duty.Epoch + 1)
                            .SetProperty(duty => duty.Beat, duty => duty.Beat + 1)
                            .SetProperty(duty => duty.Since, now),
                    cancellation
                ) == 1;
    }

    /// <summary>Gives back all that one has, so that the next need not wait.</summary>
    public async Task LeaveAsync(string holder, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<DutyRow>()
            .Where(duty => duty.Holder == holder)
            .ExecuteUpdateAsync(set => set.SetProperty(duty => duty.Holder, (string?)null), cancellation);
    }
}
