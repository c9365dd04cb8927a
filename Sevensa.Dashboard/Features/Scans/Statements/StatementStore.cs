using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Statements;

/// <summary>The newest version of a document of statements (VEX), so far as it is about one image.</summary>
internal sealed class VexDocumentRow
{
    /// <summary>Made of the document's own id and the digest.</summary>
    public required string Id { get; init; }

    /// <summary>The id by which its makers know it.</summary>
    public required string Document { get; init; }

    /// <summary>The bare digest for which it was handed in: of one image, or of an index of several.</summary>
    public required string Digest { get; init; }
    public string? Version { get; init; }
    public string? Author { get; init; }

    /// <summary>When this version was made, or arrived where it does not say.</summary>
    public required DateTimeOffset At { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required string ReceivedBy { get; init; }

    /// <summary>The tenants for which it was handed in; see <see cref="ImageOwners"/>.</summary>
    public required string Owners { get; set; }

    /// <summary>What it says of the image, as JSON: one row, so that a version takes the place of another at once.</summary>
    public required string Statements { get; init; }
}

internal sealed class VexTables : IEntityTypeConfiguration<VexDocumentRow>
{
    public void Configure(EntityTypeBuilder<VexDocumentRow> builder)
    {
        builder.ToTable("VexDocuments");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(64);
        builder.Property(row => row.Digest).HasMaxLength(80);
        builder.HasIndex(row => row.Digest);
    }
}

/// <summary>What documents say of images.</summary>
internal sealed class StatementStore(IDbContextFactory<Store> stores)
{
    public async Task<VexDocumentRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<VexDocumentRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>All documents that were handed in for an image, by any of its digests.</summary>
    public async Task<IReadOnlyList<VexDocumentRow>> OfAsync(
        IReadOnlyCollection<string> digests,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<VexDocumentRow>()
            .AsNoTracking()
            .Where(row => digests.Contains(row.Digest))
            .OrderBy(row => row.Id)
            .ToListAsync(cancellation);
    }

    /// <summary>Whose the documents about these digests are, without those that are everybody's.</summary>
    /// <param name="digests">Null for all digests.</param>
    public async Task<IReadOnlyList<(string Digest, string Owners)>> OwnersAsync(
        IReadOnlyCollection<string>? digests,
        CancellationToken cancellation
    )
    {
        var everybody = ImageOwners.All;
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var documents = store.Set<VexDocumentRow>().Where(row => row.Owners != everybody);
        if (digests is { } named)
        {
            documents = documents.Where(row => named.Contains(row.Digest));
        }
        var rows = await documents.Select(row => new { row.Digest, row.Owners }).Distinct().ToListAsync(cancellation);
        return [.. rows.Select(row => (row.Digest, row.Owners))];
    }

    /// <summary>How many documents were handed in for a digest.</summary>
    public async Task<int> CountAsync(string digest, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<VexDocumentRow>().CountAsync(row => row.Digest == digest, cancellation);
    }

    /// <summary>In the place of the version that was there.</summary>
    public async Task PutAsync(VexDocumentRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var there = await store.Set<VexDocumentRow>().AnyAsync(one => one.Id == row.Id, cancellation);
        store.Entry(row).State = there ? EntityState.Modified : EntityState.Added;
        await store.SaveChangesAsync(cancellation);
    }
}
