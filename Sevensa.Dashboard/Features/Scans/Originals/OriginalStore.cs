using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Originals;

/// <summary>What was sent, once however many reports were made of it.</summary>
internal sealed class OriginalRow
{
    /// <summary>SHA-256 (hex) of what was sent, unpacked.</summary>
    public required string Hash { get; init; }

    /// <summary>Of which pieces it is made.</summary>
    public required string Set { get; init; }

    /// <summary>Bytes, unpacked.</summary>
    public required long Length { get; init; }

    /// <summary>Bytes that it takes here.</summary>
    public required long Packed { get; init; }
    public required int Pieces { get; init; }

    /// <summary>When it was last sent: it is kept for a time from then on.</summary>
    public required DateTimeOffset KeptAt { get; set; }
}

/// <summary>A piece of an original. Nothing of it counts until the <see cref="OriginalRow"/> names its set.</summary>
internal sealed class OriginalPieceRow
{
    /// <summary>The set and the piece's number in it.</summary>
    public required string Id { get; init; }
    public required string Set { get; init; }
    public required DateTimeOffset WrittenAt { get; init; }
    public required byte[] Data { get; init; }

    public static string IdOf(string set, int number) => $"{set}-{number:0000}";
}

internal sealed class OriginalTables : IEntityTypeConfiguration<OriginalRow>, IEntityTypeConfiguration<OriginalPieceRow>
{
    public void Configure(EntityTypeBuilder<OriginalRow> builder)
    {
        builder.ToTable("ScanOriginals");
        builder.HasKey(row => row.Hash);
        builder.Property(row => row.Hash).HasMaxLength(64);
        builder.Property(row => row.Set).HasMaxLength(32);
        builder.HasIndex(row => row.Set);
        builder.HasIndex(row => row.KeptAt);
    }

    public void Configure(EntityTypeBuilder<OriginalPieceRow> builder)
    {
        builder.ToTable("ScanOriginalPieces");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(40);
        builder.Property(row => row.Set).HasMaxLength(32);
        builder.HasIndex(row => row.Set);
    }
}

/// <summary>
/// Originals of reports, packed, in pieces that are written one by one, so that nobody waits for the store's one writer. They are
/// rows and no files: every dashboard of a store has them, and a backup of the store has them too.
/// </summary>
internal sealed class OriginalStore(IDbContextFactory<Store> stores, IOptions<ScansOptions> options, TimeProvider time)
    : IOutlivedRows
{
    private const long MegaByte = 1024 * 1024;

    /// <summary>A piece whose original is not there after so long is one of a writing that was cut off.</summary>
    private static readonly TimeSpan Dangling = TimeSpan.FromDays(1);

    /// <summary>Keeps it, or keeps what is there for longer.</summary>
    public async Task KeepAsync(string hash, PackedOriginal original, CancellationToken cancellation)
    {
        if (options.Value.OriginalsDays == 0)
        {
            return;
        }
        var now = time.GetUtcNow();
        if (await FindAsync(hash, cancellation) is { } there)
        {
            await RenewAsync(there, now, cancellation);
            return;
        }
        if (original.Finish() is not { } pieces)
        {
            return;
        }
        var set = Guid.NewGuid().ToString("n");
        foreach (var (number, data) in pieces.Index())
        {
            await using var store = await stores.CreateDbContextAsync(cancellation);
            store.Add(
                new OriginalPieceRow
                {
                    Id = OriginalPieceRow.IdOf(set, number),
                    Set = set,
                    WrittenAt = now,
                    Data = data,
                }
            );
            await store.SaveChangesAsync(cancellation);
        }
        var row = new OriginalRow
        {
            Hash = hash,
            Set = set,
            Length = original.Length,
            Packed = pieces.Sum(piece => (long)piece.Length),
            Pieces = pieces.Count,
            KeptAt = now,
        };
        // Another dashboard may have kept the same meanwhile: then that one stays.
        await stores.UpsertAsync([row], [], cancellation);
    }

    public async Task<OriginalRow?> FindAsync(string hash, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<OriginalRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(row => row.Hash == hash, cancellation);
    }

    /// <summary>Bytes of each, unpacked, of those that are kept.</summary>
    public async Task<IReadOnlyDictionary<string, long>> LengthsAsync(
        IReadOnlyCollection<string> hashes,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<OriginalRow>()
            .Where(row => hashes.Contains(row.Hash))
            .ToDictionaryAsync(row => row.Hash, row => row.Length, cancellation);
    }

    /// <summary>One piece; null when it was taken away meanwhile.</summary>
    public async Task<byte[]?> PieceAsync(string set, int number, CancellationToken cancellation)
    {
        var id = OriginalPieceRow.IdOf(set, number);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<OriginalPieceRow>()
            .Where(row => row.Id == id)
            .Select(row => row.Data)
            .SingleOrDefaultAsync(cancellation);
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var limit = now.AddDays(-options.Value.OriginalsDays);
        if (await FullSinceAsync(cancellation) is { } room && room > limit)
        {
            limit = room;
        }
        await stores.RemoveAsync<OriginalRow>(row => row.KeptAt <= limit, row => row.Hash, cancellation);
        var dangling = now - Dangling;
        while (await SetsOfNothingAsync(dangling, cancellation) is { Count: > 0 } sets)
        {
            await stores.RemoveAsync<OriginalPieceRow>(row => sets.Contains(row.Set), row => row.Id, cancellation);
        }
    }

    /// <summary>The time up to which originals have to go for the others to fit in; null when all of them do.</summary>
    private async Task<DateTimeOffset?> FullSinceAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var most = options.Value.OriginalsMegabytes * MegaByte;
        if (await store.Set<OriginalRow>().SumAsync(row => row.Packed, cancellation) <= most)
        {
            return null;
        }
        var newest = store
            .Set<OriginalRow>()
            .OrderByDescending(row => row.KeptAt)
            .Select(row => new { row.KeptAt, row.Packed })
            .AsAsyncEnumerable();
        var total = 0L;
        await foreach (var row in newest.WithCancellation(cancellation))
        {
            total += row.Packed;
            if (total > most)
            {
                return row.KeptAt;
            }
        }
        return null;
    }

    private async Task<List<string>> SetsOfNothingAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<OriginalPieceRow>()
            .Where(piece =>
                piece.WrittenAt <= before && !store.Set<OriginalRow>().Any(original => original.Set == piece.Set)
            )
            .Select(piece => piece.Set)
            .Distinct()
            .Take(OutlivedRows.AtOnce)
            .ToListAsync(cancellation);
    }

    /// <summary>Not at each sending: a pipeline may send the same every minute.</summary>
    private async Task RenewAsync(OriginalRow there, DateTimeOffset now, CancellationToken cancellation)
    {
        if (now - there.KeptAt < TimeSpan.FromHours(1))
        {
            return;
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<OriginalRow>()
            .Where(row => row.Hash == there.Hash)
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.KeptAt, now), cancellation);
    }
}
