using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Portal.PublicLinks;

internal sealed class PublicLinkRow
{
    public required string Id { get; init; }
    public required string Tenant { get; init; }
    public required string Name { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; set; }
}

internal sealed class PublicLinkTable : IEntityTypeConfiguration<PublicLinkRow>
{
    public void Configure(EntityTypeBuilder<PublicLinkRow> builder)
    {
        builder.ToTable("PublicLinks");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(32);
        builder.Property(row => row.Tenant).HasMaxLength(63);
        builder.Property(row => row.Name).HasMaxLength(100);
        builder.Property(row => row.CreatedBy).HasMaxLength(256);
        builder.HasIndex(row => row.Tenant);
    }
}

internal sealed class PublicLinkStore(IDbContextFactory<Store> stores)
{
    private static readonly RowOrder<PublicLinkRow> Newest = new RowOrder<PublicLinkRow>("public links")
        .ByNewest(row => row.CreatedAt)
        .By(row => row.Id);

    public async Task AddAsync(PublicLinkRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
    }

    public async Task<PublicLinkRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<PublicLinkRow>().AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<PublicLinkRow>> OfAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<PublicLinkRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant)
            .ToListAsync(cancellation);
        return [.. rows.OrderByDescending(row => row.CreatedAt)];
    }

    /// <summary>Newest first.</summary>
    public async Task<Page<PublicLinkRow>> PageAsync(string tenant, PageAsked asked, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Newest.PageAsync(
            store,
            store.Set<PublicLinkRow>().AsNoTracking().Where(row => row.Tenant == tenant),
            asked,
            cancellation
        );
    }

    public async Task RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store.Set<PublicLinkRow>().FirstOrDefaultAsync(found => found.Id == id, cancellation);
        if (row is { RevokedAt: null })
        {
            row.RevokedAt = at;
            await store.SaveChangesAsync(cancellation);
        }
    }
}
