using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>What policies said in their versions; written together with the policies themselves.</summary>
internal sealed class VersionStore(IDbContextFactory<Store> stores)
{
    private static readonly RowOrder<PolicyVersionRow> Newest = new RowOrder<PolicyVersionRow>(
        "versions of a policy"
    ).ByNewest(row => row.Version);

    /// <summary>Looks at what was asked before anything is looked for.</summary>
    public static void Check(PageAsked asked) => Newest.Check(asked);

    public async Task<Page<PolicyVersionRow>> PageAsync(string policy, PageAsked asked, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Newest.PageAsync(
            store,
            store.Set<PolicyVersionRow>().AsNoTracking().Where(row => row.PolicyId == policy),
            asked,
            cancellation,
            usual: 100
        );
    }

    public async Task<PolicyVersionRow?> FindAsync(string policy, int version, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PolicyVersionRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(row => row.PolicyId == policy && row.Version == version, cancellation);
    }
}
