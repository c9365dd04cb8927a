using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Logs.Searches;

/// <summary>Saved searches, tenant by tenant.</summary>
internal sealed class SavedSearchStore(IDbContextFactory<Store> stores)
{
    private static readonly RowOrder<SavedSearch> ByName = new RowOrder<SavedSearch>("searches")
        .By(search => search.Name)
        .By(search => search.Id);

    public async Task<IReadOnlyList<SavedSearch>> ListAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SavedSearch>()
            .AsNoTracking()
            .Where(search => search.Tenant == tenant)
            .OrderBy(search => search.Name)
            .ToListAsync(cancellation);
    }

    internal async Task<Page<SavedSearch>> PageAsync(string tenant, PageAsked asked, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await ByName.PageAsync(
            store,
            store.Set<SavedSearch>().AsNoTracking().Where(search => search.Tenant == tenant),
            asked,
            cancellation
        );
    }

    public async Task<SavedSearch?> FindAsync(string tenant, string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SavedSearch>()
            .AsNoTracking()
            .SingleOrDefaultAsync(search => search.Tenant == tenant && search.Id == id, cancellation);
    }

    /// <summary>A search of the same name takes the new query.</summary>
    /// <returns>The search as it stands now.</returns>
    public async Task<SavedSearch> PutAsync(SavedSearch wanted, CancellationToken cancellation)
    {
        for (var tries = 0; ; tries++)
        {
            await using var store = await stores.CreateDbContextAsync(cancellation);
            var known = await store
                .Set<SavedSearch>()
                .SingleOrDefaultAsync(
                    search => search.Tenant == wanted.Tenant && search.Name == wanted.Name,
                    cancellation
                );
            if (known is null)
            {
                store.Add(wanted);
                known = wanted;
            }
            else
            {
                (known.Query, known.SavedBy, known.SavedAt) = (wanted.Query, wanted.SavedBy, wanted.SavedAt);
            }
            try
            {
                await store.SaveChangesAsync(cancellation);
                return known;
            }
            catch (DbUpdateException exception) when (tries == 0 && StoreFault.In(exception) is null)
            {
                // Somebody saved one of this name, or took it away, between the look and the write.
            }
        }
    }

    public async Task<bool> RemoveAsync(string tenant, string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<SavedSearch>()
                .Where(search => search.Tenant == tenant && search.Id == id)
                .ExecuteDeleteAsync(cancellation) > 0;
    }
}

internal sealed class SavedSearchTable : IEntityTypeConfiguration<SavedSearch>
{
    public void Configure(EntityTypeBuilder<SavedSearch> builder)
    {
        builder.ToTable("SavedSearches").HasKey(search => search.Id);
        builder.Property(search => search.Name).HasMaxLength(SavedSearch.LongestName);
        builder.HasIndex(search => new { search.Tenant, search.Name }).IsUnique();
    }
}
