using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Backups;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Audit;

internal sealed class AuditTable : IEntityTypeConfiguration<AuditRow>
{
    public const string Name = "AuditRecord";

    public void Configure(EntityTypeBuilder<AuditRow> builder)
    {
        builder.ToTable(Name);
        builder.HasKey(row => row.Number);
        builder.Property(row => row.Number).ValueGeneratedNever();
        builder.Property(row => row.Outcome).HasConversion<string>().HasMaxLength(16);
        builder.HasIndex(row => new { row.Tenant, row.Number });
        builder.HasIndex(row => row.At);
        builder.HasIndex(row => new
        {
            row.ActorId,
            row.Action,
            row.At,
        });
        builder.IsAppendOnly();
    }
}

internal sealed class AuditHeadTable : IEntityTypeConfiguration<AuditHead>
{
    public void Configure(EntityTypeBuilder<AuditHead> builder)
    {
        builder.ToTable("AuditHead");
        builder.HasKey(head => head.Id);
        builder.Property(head => head.Id).ValueGeneratedNever();
    }
}

internal sealed class AuditCheckpointTable : IEntityTypeConfiguration<AuditCheckpoint>
{
    public void Configure(EntityTypeBuilder<AuditCheckpoint> builder)
    {
        builder.ToTable("AuditCheckpoints");
        builder.HasKey(row => row.Number);
        builder.Property(row => row.Number).ValueGeneratedNever();
        builder.Property(row => row.Hash).HasMaxLength(64);
        builder.Property(row => row.KeyId).HasMaxLength(64);
        builder.IsAppendOnly();
    }
}

/// <summary>The record's table: appends one after the other over all programs on the store, and reads.</summary>
internal sealed class AuditStore(
    IDbContextFactory<Store> stores,
    StoreKey key,
    IProductKeys keys,
    AuditHeadFile file,
    RecordNews news,
    TimeProvider time,
    ILogger<AuditStore> log
) : IAuditLog, IDisposable
{
    private static readonly StoreFault Waited = new(
        "storeLocked",
        "The database is locked or slow",
        "others who write to the record have waited for it for too long",
        "Try again in a moment."
    );

    private const int CheckpointEvery = 20;
    private static readonly TimeSpan CheckpointAfter = TimeSpan.FromMinutes(1);
    private DateTimeOffset lastCheckpoint = DateTimeOffset.MinValue;
    private const long PostgresLock = 0x5e7e_a0d1;
    private readonly SemaphoreSlim turn = new(1, 1);

    public Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellation = default) =>
        AppendAsync(entry, null, cancellation);

    public async Task<long> AppendAsync(
        AuditEntry entry,
        Func<Store, CancellationToken, Task<ChainMark?>>? write,
        CancellationToken cancellation
    )
    {
        var asked = time.GetTimestamp();
        // Seconds that are left for the database, after those for the turn.
        var left = await turn.WaitAsync(StoreConnections.LockPatience * 1000, cancellation)
            ? StoreConnections.LockPatience - (int)Math.Round(time.GetElapsedTime(asked).TotalSeconds)
            : -1;
        if (left <= 0)
        {
            if (left == 0)
            {
                turn.Release();
            }
            throw new AuditUnavailableException(
                $"The audit record can't be written, so nothing was done. {Waited.Message}",
                new StoreUnavailableException(Waited)
            );
        }
        var writing = false;
        try
        {
            await using var store = await stores.CreateDbContextAsync(cancellation);
            if (store.Database.IsSqlite())
            {
                store.Database.SetCommandTimeout(left);
            }
            // SQLite: BEGIN IMMEDIATE, so that the last row is read under the write lock.
            await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
            if (!store.Database.IsSqlite())
            {
                await store.Database.ExecuteSqlAsync(
                    $"SELECT set_config('lock_timeout', {left + "s"}, true); SELECT pg_advisory_xact_lock({PostgresLock})",
                    cancellation
                );
            }
            var now = time.GetUtcNow();
            // Written with the first row and as of its moment, so that a record without that row is one that was emptied.
            var signing = await keys.SigningKeyAsync(KeyPurposes.AuditSigning, new KeyBeside(store, now), cancellation);
            ChainMark? chained = null;
            if (write is not null)
            {
                writing = true;
                chained = await write(store, cancellation);
                writing = false;
                if (chained is null)
                {
                    return 0;
                }
            }
            var last = await store
                .Set<AuditRow>()
                .AsNoTracking()
                .OrderByDescending(row => row.Number)
                .Select(row => new { row.Number, row.Hash })
                .FirstOrDefaultAsync(cancellation);
            var head = await store.Set<AuditHead>().SingleOrDefaultAsync(cancellation);
            // Numbers go on from the head: rows cut off the end leave a gap that stays.
            var number = Math.Max(last?.Number ?? 0, head?.Number ?? 0);
            var row = AuditChain.Next(entry, now, number, last?.Hash ?? AuditChain.Origin, chained);
            store.Add(row);
            if (head is null && last is null)
            {
                head = new AuditHead();
                store.Add(head);
            }
            // A head that was taken away is not made anew: its absence is what verification finds.
            if (head is not null)
            {
                (head.Number, head.Mac) = (row.Number, AuditChain.Seal(key, row));
            }
            var isCheckpoint = row.Number % CheckpointEvery == 0 || row.At - lastCheckpoint >= CheckpointAfter;
            var checkpoint = isCheckpoint ? AuditCheckpoint.Of(row, signing) : null;
            if (checkpoint is not null)
            {
                store.Add(checkpoint);
            }
            await store.SaveChangesAsync(cancellation);
            // Not to be called off half-way: whoever asked would not know whether it was written.
            await transaction.CommitAsync(CancellationToken.None);
            // From here on it is written, and nothing that fails may say otherwise.
            if (isCheckpoint)
            {
                lastCheckpoint = row.At;
            }
            // Signed here where the store has no need of it: nobody waits for its lock meanwhile.
            file.Note(checkpoint ?? AuditCheckpoint.Of(row, signing), last?.Number ?? 0);
            news.Raise();
            return row.Number;
        }
        // What was to be written beside the row was refused by its own rules: not the record's fault, and in its own words.
        catch (Exception exception) when (exception is not OperationCanceledException && !writing)
        {
            var fault = StoreFault.In(exception);
            log.LogError(
                fault is null ? exception : null,
                "The audit record can't be written; {Action} does not go on. {Fault}",
                entry.Action,
                fault?.Message
            );
            throw new AuditUnavailableException(
                fault is null
                    ? "The audit record can't be written, so nothing was done. Look at the store's disk and connection."
                    : $"The audit record can't be written, so nothing was done. {fault.Message}",
                exception
            );
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<AuditRow>> ListAsync(
        AuditReader reader,
        AuditFilter filter,
        int most,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Narrow(store.Set<AuditRow>().AsNoTracking(), reader, filter)
            .OrderByDescending(row => row.Number)
            .Take(most)
            .ToListAsync(cancellation);
    }

    /// <summary>Those behind a number, oldest first.</summary>
    public async Task<IReadOnlyList<AuditRow>> AfterAsync(long number, int most, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AuditRow>()
            .AsNoTracking()
            .Where(row => row.Number > number)
            .OrderBy(row => row.Number)
            .Take(most)
            .ToListAsync(cancellation);
    }

    /// <summary>Oldest first, row by row, for an export of any length.</summary>
    public async IAsyncEnumerable<AuditRow> StreamAsync(
        AuditReader reader,
        AuditFilter filter,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = Narrow(store.Set<AuditRow>().AsNoTracking(), reader, filter)
            .OrderBy(row => row.Number)
            .AsAsyncEnumerable();
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            yield return row;
        }
    }

    /// <summary>Newest first.</summary>
    /// <param name="before">Only those of rows with a lower number.</param>
    public async Task<IReadOnlyList<AuditCheckpoint>> CheckpointsAsync(
        CancellationToken cancellation,
        long before = long.MaxValue,
        int most = int.MaxValue
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AuditCheckpoint>()
            .AsNoTracking()
            .Where(checkpoint => checkpoint.Number < before)
            .OrderByDescending(checkpoint => checkpoint.Number)
            .Take(most)
            .ToListAsync(cancellation);
    }

    /// <summary>Follows the chain from the first row to the head, and compares it with what was signed on the way.</summary>
    /// <param name="withFile">Off for a record that was restored: the file beside the store is of the one before.</param>
    public async Task<AuditVerification> VerifyAsync(CancellationToken cancellation, bool withFile = true) =>
        (await FollowAsync(cancellation, withFile)).Verified;

    /// <summary>As <see cref="VerifyAsync"/>, with what the rows tell of other chains, and when the first of them was written.</summary>
    public async Task<(AuditVerification Verified, ToldChains Told, DateTimeOffset? First)> FollowAsync(
        CancellationToken cancellation,
        bool withFile = true
    )
    {
        // The file first: it is written after its row, so what is read next is at least as new.
        var (signed, forged) = await SignedAsync(withFile ? file.Read() : [], cancellation);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        // One snapshot: rows appended meanwhile must not look like a wrong head.
        await using var transaction = await store.BeginSnapshotAsync(cancellation);
        var head = await store.Set<AuditHead>().AsNoTracking().SingleOrDefaultAsync(cancellation);
        var walk = new AuditWalk(key, signed, forged);
        var rows = store.Set<AuditRow>().AsNoTracking().OrderBy(row => row.Number).AsAsyncEnumerable();
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            if (!walk.Step(row))
            {
                break;
            }
        }
        return (walk.End(head, await BegunAsync(store, cancellation)), walk.Told, walk.First);
    }

    /// <summary>When the first row was written: the audit's own key was made with it. Null when there is none yet.</summary>
    private static async Task<DateTimeOffset?> BegunAsync(Store store, CancellationToken cancellation) =>
        await store
            .Set<ProductKeyRow>()
            .Where(row => row.Purpose == KeyPurposes.AuditSigning)
            .OrderBy(row => row.Generation)
            .Select(row => (DateTimeOffset?)row.CreatedAt)
            .FirstOrDefaultAsync(cancellation);

    /// <summary>Whether the record has this row, as somebody noted it elsewhere; a backup for instance.</summary>
    public async Task<bool> HasAsync(long number, string hash, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<AuditRow>().AnyAsync(row => row.Number == number && row.Hash == hash, cancellation);
    }

    /// <summary>The newest row, for whoever keeps it elsewhere; null for an empty record.</summary>
    public async Task<BackupMark?> NewestAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AuditRow>()
            .OrderByDescending(row => row.Number)
            .Select(row => new BackupMark(row.Number, row.Hash, row.At))
            .FirstOrDefaultAsync(cancellation);
    }

    public void Dispose() => turn.Dispose();

    private async Task<(IReadOnlyList<AuditCheckpoint> Signed, IReadOnlySet<long> Forged)> SignedAsync(
        IReadOnlyList<AuditCheckpoint> outside,
        CancellationToken cancellation
    )
    {
        var signed = new List<AuditCheckpoint>();
        var forged = new HashSet<long>();
        foreach (var checkpoint in (await CheckpointsAsync(cancellation)).Concat(outside))
        {
            if (checkpoint.IsSignedBy(await FindKeyAsync(checkpoint.KeyId, cancellation)))
            {
                signed.Add(checkpoint);
            }
            else
            {
                forged.Add(checkpoint.Number);
            }
        }
        return (signed, forged);
    }

    private async Task<ProductKey?> FindKeyAsync(string id, CancellationToken cancellation)
    {
        try
        {
            return await keys.FindAsync(id, cancellation);
        }
        catch (StoreException)
        {
            // Sealed under another key file: whoever wrote it is not this program.
            return null;
        }
    }

    private static IQueryable<AuditRow> Narrow(IQueryable<AuditRow> rows, AuditReader reader, AuditFilter filter)
    {
        if (!reader.Everything)
        {
            var tenants = reader.Tenants.ToList();
            rows = rows.Where(row => row.Tenant != null && tenants.Contains(row.Tenant));
        }
        if (filter.Tenant is { } tenant)
        {
            rows = rows.Where(row => row.Tenant == tenant);
        }
        if (filter.Action is { } action)
        {
            rows = action.EndsWith('*')
                ? rows.Where(row => row.Action.StartsWith(action.TrimEnd('*')))
                : rows.Where(row => row.Action == action);
        }
        if (filter.Actor is { } actor)
        {
            rows = rows.Where(row => row.ActorId == actor || row.ActorName == actor);
        }
        if (filter.Target is { } target)
        {
            rows = rows.Where(row => row.Target == target);
        }
        if (filter.Outcome is { } outcome)
        {
            rows = rows.Where(row => row.Outcome == outcome);
        }
        if (filter.From is { } from)
        {
            rows = rows.Where(row => row.At >= from);
        }
        if (filter.To is { } to)
        {
            rows = rows.Where(row => row.At < to);
        }
        return filter.Before is { } before ? rows.Where(row => row.Number < before) : rows;
    }
}

/// <param name="Action">Exact, or a prefix with a trailing <c>*</c>.</param>
/// <param name="Actor">Id or name.</param>
/// <param name="Before">Only rows with a lower number: the cursor.</param>
internal sealed record AuditFilter(
    string? Tenant = null,
    string? Action = null,
    string? Actor = null,
    string? Target = null,
    AuditOutcome? Outcome = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    long? Before = null
);
