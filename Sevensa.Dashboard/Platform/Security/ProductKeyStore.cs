using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Security;

internal sealed class ProductKeyRow
{
    public required string Id { get; init; }
    public required string Purpose { get; init; }
    public required int Generation { get; set; }
    public required byte[] PublicKey { get; init; }
    public required byte[] SealedPrivateKey { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ProductKeyTable : IEntityTypeConfiguration<ProductKeyRow>
{
    public void Configure(EntityTypeBuilder<ProductKeyRow> builder)
    {
        builder.ToTable("ProductKeys");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(64);
        builder.Property(row => row.Purpose).HasMaxLength(64);
        // Of two dashboards that start together on an empty store, one makes the key.
        builder.HasIndex(row => new { row.Purpose, row.Generation }).IsUnique();
    }
}

internal sealed class ProductKeyStore(IDbContextFactory<Store> stores) : ISealedRows
{
    public string Name => "signing keys";

    public async Task<SealedAnew> SealAnewAsync(StoreKey key, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var done = default(SealedAnew);
        foreach (var row in await store.Set<ProductKeyRow>().AsNoTracking().ToListAsync(cancellation))
        {
            done = done.Plus(SealedAnew.Of(() => key.SealAnew(row.SealedPrivateKey, row.Purpose), out var anew));
            if (anew is not null)
            {
                await store
                    .Set<ProductKeyRow>()
                    .Where(one => one.Id == row.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.SealedPrivateKey, anew), cancellation);
            }
        }
        return done;
    }

    public async Task<ProductKeyRow?> NewestAsync(string purpose, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await NewestAsync(store, purpose, cancellation);
    }

    public static Task<ProductKeyRow?> NewestAsync(DbContext store, string purpose, CancellationToken cancellation) =>
        store
            .Set<ProductKeyRow>()
            .AsNoTracking()
            .Where(row => row.Purpose == purpose)
            .OrderByDescending(row => row.Generation)
            .FirstOrDefaultAsync(cancellation);

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<ProductKeyRow>> ListAsync(string purpose, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProductKeyRow>()
            .AsNoTracking()
            .Where(row => row.Purpose == purpose)
            .OrderByDescending(row => row.Generation)
            .ToListAsync(cancellation);
    }

    public async Task<ProductKeyRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<ProductKeyRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>Takes away all that a purpose had before a key.</summary>
    public async Task RemoveBeforeAsync(ProductKeyRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<ProductKeyRow>()
            .Where(one => one.Purpose == row.Purpose && one.Generation < row.Generation)
            .ExecuteDeleteAsync(cancellation);
    }

    /// <summary>Adds a key after the newest, or returns the one that another dashboard added after <paramref name="known"/>.</summary>
    public async Task<ProductKeyRow> AddAsync(ProductKeyRow row, string known, CancellationToken cancellation)
    {
        var newest = (await NewestAsync(row.Purpose, cancellation))!;
        if (newest.Id != known)
        {
            return newest;
        }
        row.Generation = newest.Generation + 1;
        return await AddFirstAsync(row, cancellation);
    }

    /// <summary>Adds the first key of a purpose, or returns the one that another dashboard added meanwhile.</summary>
    public async Task<ProductKeyRow> AddFirstAsync(ProductKeyRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        try
        {
            await store.SaveChangesAsync(cancellation);
            return row;
        }
        catch (DbUpdateException)
        {
            if (await NewestAsync(row.Purpose, cancellation) is { } other)
            {
                return other;
            }
            throw;
        }
    }
}
