using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;

/// <summary>All of an account's passkeys at once.</summary>
internal sealed class PasskeyStore(IDbContextFactory<Store> stores)
{
    /// <summary>How many each of these people has; those that have none are missing.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountAsync(
        IReadOnlyCollection<string> personIds,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<IdentityUserPasskey<string>>()
            .Where(row => personIds.Contains(row.UserId))
            .GroupBy(row => row.UserId)
            .Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(one => one.Key, one => one.Count, cancellation);
    }

    /// <summary>Whoever had one signs in by it no more: what an account is reset for may be that somebody else has made one.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> RemoveAllAsync(string personId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<IdentityUserPasskey<string>>()
            .Where(row => row.UserId == personId)
            .ExecuteDeleteAsync(cancellation);
    }
}
