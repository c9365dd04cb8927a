using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

internal sealed class IdempotencyRow
{
    public required string Caller { get; init; }
    public required string Path { get; init; }
    public required string Key { get; init; }

    /// <summary>SHA-256 of the request's body and query, hex.</summary>
    public required string RequestHash { get; init; }
    public required DateTimeOffset BegunAt { get; init; }

    /// <summary>Null while the first request still runs.</summary>
    public int? Status { get; set; }
    public string? ContentType { get; set; }
    public string? Location { get; set; }

    /// <summary>Sealed: an answer may hold a secret that is shown once.</summary>
    public byte[]? SealedBody { get; set; }
}

internal sealed class IdempotencyTable : IEntityTypeConfiguration<IdempotencyRow>
{
    public void Configure(EntityTypeBuilder<IdempotencyRow> builder)
    {
        builder.ToTable("IdempotencyKeys");
        builder.HasKey(row => new
        {
            row.Caller,
            row.Path,
            row.Key,
        });
        builder.Property(row => row.Caller).HasMaxLength(200);
        builder.Property(row => row.Path).HasMaxLength(1000);
        builder.Property(row => row.Key).HasMaxLength(255);
        builder.HasIndex(row => row.BegunAt);
    }
}

internal sealed record StoredAnswer(int Status, string? ContentType, string? Location, byte[] Body);

internal sealed class IdempotencyStore(IDbContextFactory<Store> stores, StoreKey key, TimeProvider time)
    : IOutlivedRows,
        ISealedRows
{
    public string Name => "kept answers";

    /// <summary>One after the other, since an answer may be large.</summary>
    public async Task<SealedAnew> SealAnewAsync(StoreKey under, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<IdempotencyRow>().AsNoTracking();
        var ids = await rows.Where(row => row.SealedBody != null)
            .Select(row => new
            {
                row.Caller,
                row.Path,
                row.Key,
            })
            .ToListAsync(cancellation);
        var done = default(SealedAnew);
        foreach (var id in ids)
        {
            var body = await rows.Where(row => row.Caller == id.Caller && row.Path == id.Path && row.Key == id.Key)
                .Select(row => row.SealedBody)
                .FirstOrDefaultAsync(cancellation);
            if (body is null)
            {
                continue;
            }
            done = done.Plus(SealedAnew.Of(() => under.SealAnew(body, Purpose), out var anew));
            if (anew is not null)
            {
                await store
                    .Set<IdempotencyRow>()
                    .Where(row => row.Caller == id.Caller && row.Path == id.Path && row.Key == id.Key)
                    .Where(row => row.SealedBody == body)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.SealedBody, anew), cancellation);
            }
        }
        return done;
    }

    private const string Purpose = "idempotency";
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>After this a request that never ended (the program died) no longer holds its key.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>Takes the key for this request, or returns the request that has it.</summary>
    public async Task<IdempotencyRow?> TakeAsync(
        string caller,
        string path,
        string idempotencyKey,
        string requestHash,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var (old, dead) = (now - Kept, now - Longest);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<IdempotencyRow>()
            .Where(row => row.Caller == caller && row.Path == path && row.Key == idempotencyKey)
            .Where(row => row.BegunAt < old || (row.Status == null && row.BegunAt < dead))
            .ExecuteDeleteAsync(cancellation);
        store.Add(
            new IdempotencyRow
            {
                Caller = caller,
                Path = path,
                Key = idempotencyKey,
                RequestHash = requestHash,
                BegunAt = now,
            }
        );
        try
        {
            await store.SaveChangesAsync(cancellation);
            return null;
        }
        catch (DbUpdateException)
        {
            store.ChangeTracker.Clear();
            var other = await store
                .Set<IdempotencyRow>()
                .AsNoTracking()
                .SingleOrDefaultAsync(
                    row => row.Caller == caller && row.Path == path && row.Key == idempotencyKey,
                    cancellation
                );
            if (other is null)
            {
                throw;
            }
            return other;
        }
    }

    public async Task KeepAsync(string caller, string path, string idempotencyKey, StoredAnswer answer)
    {
        var body = key.Seal(answer.Body, Purpose);
        await using var store = await stores.CreateDbContextAsync();
        await store
            .Set<IdempotencyRow>()
            .Where(row => row.Caller == caller && row.Path == path && row.Key == idempotencyKey)
            .ExecuteUpdateAsync(set =>
                set.SetProperty(row => row.Status, answer.Status)
                    .SetProperty(row => row.ContentType, answer.ContentType)
                    .SetProperty(row => row.Location, answer.Location)
                    .SetProperty(row => row.SealedBody, body)
            );
    }

    /// <summary>The request failed on our side: the same key may try again.</summary>
    public async Task LetGoAsync(string caller, string path, string idempotencyKey)
    {
        await using var store = await stores.CreateDbContextAsync();
        await store
            .Set<IdempotencyRow>()
            .Where(row => row.Caller == caller && row.Path == path && row.Key == idempotencyKey)
            .ExecuteDeleteAsync();
    }

    /// <summary>A few at a time, oldest first: the answers that they hold may be large.</summary>
    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var old = time.GetUtcNow() - Kept;
        var piece = new PieceSize(OutlivedRows.AtOnce);
        while (true)
        {
            var most = piece.Rows;
            await using var store = await stores.CreateDbContextAsync(cancellation);
            var oldest = await store
                .Set<IdempotencyRow>()
                .Where(row => row.BegunAt < old)
                .OrderBy(row => row.BegunAt)
                .Select(row => row.BegunAt)
                .Take(most)
                .ToListAsync(cancellation);
            if (oldest.Count == 0)
            {
                return;
            }
            var until = oldest[^1];
            await piece.WriteAsync(
                store,
                some => some.Set<IdempotencyRow>().Where(row => row.BegunAt <= until).ExecuteDeleteAsync(cancellation),
                cancellation
            );
        }
    }

    public byte[] BodyOf(IdempotencyRow row) => row.SealedBody is { } body ? key.Open(body, Purpose) : [];
}
