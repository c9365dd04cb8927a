using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Saved;

/// <summary>What somebody looks for among a tenant's findings again and again.</summary>
internal sealed class SavedFilterRow
{
    public required string Id { get; init; }

    /// <summary>Subject of the person whose it is.</summary>
    public required string PersonId { get; init; }
    public required string Tenant { get; init; }
    public required string Name { get; init; }

    /// <summary>The address' part behind the question mark.</summary>
    public required string Query { get; set; }
    public required DateTimeOffset SavedAt { get; set; }
}

internal sealed class SavedFilterTable : IEntityTypeConfiguration<SavedFilterRow>
{
    public void Configure(EntityTypeBuilder<SavedFilterRow> builder)
    {
        builder.ToTable("FindingSavedFilters");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.PersonId).HasMaxLength(64);
        builder.Property(row => row.Name).HasMaxLength(SavedFilters.LongestName);
        builder.Property(row => row.Query).HasMaxLength(SavedFilters.LongestQuery);
        builder
            .HasIndex(row => new
            {
                row.PersonId,
                row.Tenant,
                row.Name,
            })
            .IsUnique();
    }
}

internal sealed class SavedFilterStore(IDbContextFactory<Store> stores)
{
    private static readonly RowOrder<SavedFilterRow> ByName = new RowOrder<SavedFilterRow>("saved filters")
        .By(row => row.Name)
        .By(row => row.Id);

    public static void Check(PageAsked asked) => ByName.Check(asked);

    public async Task<Page<SavedFilterRow>> PageAsync(
        string person,
        IReadOnlyCollection<string> tenants,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await ByName.PageAsync(
            store,
            store
                .Set<SavedFilterRow>()
                .AsNoTracking()
                .Where(row => row.PersonId == person && tenants.Contains(row.Tenant)),
            asked,
            cancellation
        );
    }

    public async Task<int> CountAsync(string person, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<SavedFilterRow>().CountAsync(row => row.PersonId == person, cancellation);
    }

    /// <summary>One of the same name of the same tenant takes the new query.</summary>
    public async Task<SavedFilterRow> PutAsync(SavedFilterRow wanted, CancellationToken cancellation)
    {
        for (var tries = 0; ; tries++)
        {
            await using var store = await stores.CreateDbContextAsync(cancellation);
            var known = await store
                .Set<SavedFilterRow>()
                .SingleOrDefaultAsync(
                    row => row.PersonId == wanted.PersonId && row.Tenant == wanted.Tenant && row.Name == wanted.Name,
                    cancellation
                );
            if (known is null)
            {
                store.Add(wanted);
                known = wanted;
            }
            else
            {
                (known.Query, known.SavedAt) = (wanted.Query, wanted.SavedAt);
            }
            try
            {
                await store.SaveChangesAsync(cancellation);
                return known;
            }
            catch (DbUpdateException exception) when (tries == 0 && StoreFault.In(exception) is null)
            {
                // The same person saved one of that name elsewhere between the look and the write.
            }
        }
    }

    /// <returns>False when the person has no such filter.</returns>
    public async Task<bool> RemoveAsync(string person, string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<SavedFilterRow>()
                .Where(row => row.PersonId == person && row.Id == id)
                .ExecuteDeleteAsync(cancellation) > 0;
    }
}
