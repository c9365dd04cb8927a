using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>One run of the prover over an instance.</summary>
internal sealed class ProofRow
{
    public required string Id { get; init; }
    public required string Instance { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required string ByName { get; init; }

    /// <summary>By the clock, not asked for by anybody.</summary>
    public required bool Nightly { get; init; }

    /// <summary>With a space before, between and behind them.</summary>
    public required string Tenants { get; init; }
    public required ProofState State { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public string? Note { get; set; }

    /// <summary>How a tenant stands in <see cref="Tenants"/>.</summary>
    public static string Mark(string tenant) => $" {tenant} ";

    public IReadOnlyList<string> TenantList => Tenants.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>One attempt of a proof, as it is kept; see <see cref="Attempt"/>.</summary>
internal sealed class AttemptRow
{
    public required string ProofId { get; init; }
    public required int Number { get; init; }
    public required string Tenant { get; init; }
    public required string? Victim { get; init; }
    public required string Kind { get; init; }
    public required string Database { get; init; }
    public required string Object { get; init; }
    public required string Statement { get; init; }
    public required AttemptOutcome Outcome { get; init; }
    public required string Words { get; init; }

    /// <summary>Since when it has had this outcome.</summary>
    public required DateTimeOffset Since { get; init; }
}

internal sealed class ProofTables : IEntityTypeConfiguration<ProofRow>, IEntityTypeConfiguration<AttemptRow>
{
    public void Configure(EntityTypeBuilder<ProofRow> builder)
    {
        builder.ToTable("DatabaseProofs");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => new { row.Instance, row.StartedAt });
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.Ignore(row => row.TenantList);
    }

    public void Configure(EntityTypeBuilder<AttemptRow> builder)
    {
        builder.ToTable("DatabaseAttempts");
        builder.HasKey(row => new { row.ProofId, row.Number });
        builder.Property(row => row.Outcome).HasConversion<string>().HasMaxLength(16);
    }
}

/// <summary>Proofs and their attempts. Of older proofs what held is let go; what leaked stays.</summary>
internal sealed class ProofStore(IDbContextFactory<Store> stores)
{
    /// <summary>A proof has hundreds of attempts.</summary>
    private const int UsualPage = 10;

    public static readonly RowOrder<ProofRow> NewestFirst = new RowOrder<ProofRow>("proofs")
        .ByNewest(row => row.StartedAt)
        .By(row => row.Id);

    public async Task AddAsync(ProofRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
    }

    /// <summary>Those with one of these tenants, newest first.</summary>
    /// <param name="tenants">Null for all.</param>
    public async Task<Page<ProofRow>> PageAsync(
        string instance,
        IReadOnlyCollection<string>? tenants,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<ProofRow>().AsNoTracking().Where(row => row.Instance == instance);
        if (tenants is not null)
        {
            var marks = tenants.Select(ProofRow.Mark).ToList();
            rows = rows.Where(row => marks.Any(mark => row.Tenants.Contains(mark)));
        }
        return await NewestFirst.PageAsync(store, rows, asked, cancellation, usual: UsualPage);
    }

    public async Task<ProofRow?> FindAsync(string instance, string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProofRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(row => row.Id == id && row.Instance == instance, cancellation);
    }

    /// <summary>The newest proof with a tenant that has ended; while none has, the newest with it.</summary>
    public async Task<ProofRow?> NewestWithAsync(string instance, string tenant, CancellationToken cancellation)
    {
        var mark = ProofRow.Mark(tenant);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProofRow>()
            .AsNoTracking()
            .Where(row => row.Instance == instance && row.Tenants.Contains(mark))
            .OrderByDescending(row => row.State == ProofState.Ended)
            .ThenByDescending(row => row.StartedAt)
            .FirstOrDefaultAsync(cancellation);
    }

    /// <summary>Proofs of the same instance that had ended when this one began, newest first.</summary>
    public async Task<IReadOnlyList<ProofRow>> EndedBeforeAsync(
        ProofRow proof,
        int most,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ProofRow>()
            .AsNoTracking()
            .Where(row =>
                row.Instance == proof.Instance && row.State == ProofState.Ended && row.StartedAt < proof.StartedAt
            )
            .OrderByDescending(row => row.StartedAt)
            .Take(most)
            .ToListAsync(cancellation);
    }

    public async Task<IReadOnlyList<AttemptRow>> AttemptsAsync(
        IReadOnlyCollection<string> proofs,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AttemptRow>()
            .AsNoTracking()
            .Where(row => proofs.Contains(row.ProofId))
            .OrderBy(row => row.ProofId)
            .ThenBy(row => row.Number)
            .ToListAsync(cancellation);
    }

    /// <summary>Writes the attempts, and last that the proof has ended, which makes them count.</summary>
    public async Task EndAsync(
        ProofRow ended,
        IReadOnlyList<AttemptRow> attempts,
        int kept,
        CancellationToken cancellation
    )
    {
        await stores.UpsertAsync(attempts, [nameof(AttemptRow.Words)], cancellation);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<ProofRow>()
            .Where(row => row.Id == ended.Id)
            .ExecuteUpdateAsync(
                row =>
                    row.SetProperty(one => one.State, ended.State)
                        .SetProperty(one => one.EndedAt, ended.EndedAt)
                        .SetProperty(one => one.Note, ended.Note),
                cancellation
            );
        var older = await store
            .Set<ProofRow>()
            .Where(row => row.Instance == ended.Instance && row.Id != ended.Id)
            .OrderByDescending(row => row.StartedAt)
            .Select(row => row.Id)
            .ToListAsync(cancellation);
        var gone = older.Skip(kept - 1).ToList();
        await store.Set<AttemptRow>().Where(row => gone.Contains(row.ProofId)).ExecuteDeleteAsync(cancellation);
        await store.Set<ProofRow>().Where(row => gone.Contains(row.Id)).ExecuteDeleteAsync(cancellation);
        if (ended.State == ProofState.Ended)
        {
            var tenants = ended.TenantList;
            await store
                .Set<AttemptRow>()
                .Where(row =>
                    older.Contains(row.ProofId) && row.Outcome == AttemptOutcome.Held && tenants.Contains(row.Tenant)
                )
                .ExecuteDeleteAsync(cancellation);
        }
    }

    /// <summary>Proofs that nobody carries out any more, since the program that did has ended.</summary>
    public async Task AbandonAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var limit = now.AddHours(-1);
        await store
            .Set<ProofRow>()
            .Where(row => row.State == ProofState.Running && row.StartedAt < limit)
            .ExecuteUpdateAsync(
                row =>
                    row.SetProperty(one => one.State, ProofState.Failed)
                        .SetProperty(one => one.EndedAt, now)
                        .SetProperty(one => one.Note, "The program ended meanwhile."),
                cancellation
            );
    }
}
