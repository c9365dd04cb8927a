using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Roles;

/// <summary>Keeps the roles that administrators put together.</summary>
internal sealed class RoleStore(IDbContextFactory<Store> stores)
{
    /// <summary>By name.</summary>
    public async Task<IReadOnlyList<CustomRoleRow>> ListAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<CustomRoleRow>().AsNoTracking().OrderBy(row => row.NameKey).ToListAsync(cancellation);
    }

    public async Task<CustomRoleRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<CustomRoleRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <returns>False when there is one of that id or name, made a moment ago.</returns>
    public async Task<bool> AddAsync(CustomRoleRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        return await SavedAsync(store, cancellation);
    }

    /// <param name="seen">As it was looked at, with its version.</param>
    /// <returns>False when it was changed or removed since, or another has the name.</returns>
    public async Task<bool> ChangeAsync(
        CustomRoleRow seen,
        Action<CustomRoleRow> change,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Attach(seen);
        change(seen);
        seen.Version++;
        return await SavedAsync(store, cancellation);
    }

    /// <returns>False when somebody holds it: in the same question, so that none who gets it meanwhile is missed.</returns>
    public async Task<bool> RemoveAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<CustomRoleRow>()
                .Where(row => row.Id == id && !store.Set<AppUser>().Any(user => user.CustomRoleId == id))
                .ExecuteDeleteAsync(cancellation) == 1;
    }

    private static async Task<bool> SavedAsync(Store store, CancellationToken cancellation)
    {
        try
        {
            await store.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException exception) when (StoreFault.In(exception) is null)
        {
            return false;
        }
    }
}
