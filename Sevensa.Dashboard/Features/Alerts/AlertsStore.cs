using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts;

internal sealed class AlertTables
    : IEntityTypeConfiguration<AlertRow>,
        IEntityTypeConfiguration<ObjectiveRow>,
        IEntityTypeConfiguration<IncidentRow>,
        IEntityTypeConfiguration<IncidentUpdateRow>
{
    public void Configure(EntityTypeBuilder<AlertRow> builder)
    {
        builder.ToTable("Alerts");
        builder.HasKey(row => row.Id);
        builder
            .HasIndex(row => new
            {
                row.Tenant,
                row.Fingerprint,
                row.StartsAt,
            })
            .IsUnique();
        builder.HasIndex(row => new { row.Tenant, row.StartsAt });
    }

    public void Configure(EntityTypeBuilder<ObjectiveRow> builder)
    {
        builder.ToTable("Objectives");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => row.Tenant);
        builder.Property(row => row.Kind).HasConversion<string>().HasMaxLength(16);
    }

    public void Configure(EntityTypeBuilder<IncidentRow> builder)
    {
        builder.ToTable("Incidents");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => new { row.Tenant, row.StartsAt });
        builder.Property(row => row.Kind).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.Impact).HasConversion<string>().HasMaxLength(16);
    }

    public void Configure(EntityTypeBuilder<IncidentUpdateRow> builder)
    {
        builder.ToTable("IncidentUpdates");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => row.IncidentId);
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.IsAppendOnly();
    }
}

/// <summary>What became of the alerts of one message or look.</summary>
/// <param name="Reopened">Of the repeated ones, those that had been called over.</param>
internal sealed record AlertsKept(int New, int Ended, int Repeated, int Reopened)
{
    /// <summary>Whether anything fires or is over that was not so before.</summary>
    public bool IsNews => New + Ended + Reopened > 0;
}

/// <summary>Alerts that fired, as long as they are kept: for ever.</summary>
internal sealed class AlertsStore(IDbContextFactory<Store> stores)
{
    private const int Attempts = 5;

    /// <summary>
    /// Keeps what was told; the same again changes nothing. An alert that is told as firing after its end goes on: its
    /// Alertmanager had given it up and was told of it again.
    /// </summary>
    public async Task<AlertsKept> KeepAsync(IReadOnlyList<AlertRow> told, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryKeepAsync(told, cancellation);
            }
            catch (DbUpdateException exception) when (attempt < Attempts && StoreFault.In(exception) is null)
            {
                // Somebody else kept the same alert meanwhile; it is found at the next attempt.
            }
        }
    }

    private async Task<AlertsKept> TryKeepAsync(IReadOnlyList<AlertRow> told, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var fingerprints = told.Select(row => row.Fingerprint).Distinct().ToList();
        var known = (
            await store.Set<AlertRow>().Where(row => fingerprints.Contains(row.Fingerprint)).ToListAsync(cancellation)
        ).ToDictionary(row => (row.Tenant, row.Fingerprint, row.StartsAt.ToUnixTimeMilliseconds()));
        var (added, ended, repeated, reopened) = (0, 0, 0, 0);
        foreach (var row in told)
        {
            var key = (row.Tenant, row.Fingerprint, row.StartsAt.ToUnixTimeMilliseconds());
            if (!known.TryGetValue(key, out var before))
            {
                known[key] = row;
                store.Add(row);
                added++;
                ended += row.EndsAt is null ? 0 : 1;
                continue;
            }
            var ends = row.EndsAt is not null && before.EndsAt is null;
            (ended, repeated) = (ended + (ends ? 1 : 0), repeated + (ends ? 0 : 1));
            if (row.EndsAt is null && before.EndsAt is not null)
            {
                before.Reopened++;
                reopened++;
            }
            // The end that was told first stays: a repeated message may carry the time of its own sending.
            before.EndsAt = row.EndsAt is null ? null : before.EndsAt ?? row.EndsAt;
            before.Held |= row.Held;
            (before.Summary, before.AnnotationsJson, before.UpdatedAt) = (
                row.Summary,
                row.AnnotationsJson,
                row.UpdatedAt
            );
        }
        await store.SaveChangesAsync(cancellation);
        return new AlertsKept(added, ended, repeated, reopened);
    }

    /// <summary>Ends one alert that is open.</summary>
    /// <returns>False when it was over already.</returns>
    public async Task<bool> EndAsync(string tenant, string id, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<AlertRow>()
                .Where(row => row.Tenant == tenant && row.Id == id && row.EndsAt == null && !row.Held)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(row => row.EndsAt, now).SetProperty(row => row.UpdatedAt, now),
                    cancellation
                ) > 0;
    }

    /// <summary>Ends what the connected Alertmanager had and has no more.</summary>
    /// <param name="held">Fingerprints that it has now.</param>
    /// <param name="before">Only what it was last heard of before this, so that a look that began earlier ends nothing new.</param>
    public async Task<int> EndAsync(
        IReadOnlySet<string> held,
        DateTimeOffset before,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var open = await store
            .Set<AlertRow>()
            .Where(row => row.EndsAt == null && row.Held && row.UpdatedAt < before)
            .ToListAsync(cancellation);
        var gone = open.Where(row => !held.Contains(row.Fingerprint)).ToList();
        foreach (var row in gone)
        {
            (row.EndsAt, row.UpdatedAt) = (now, now);
        }
        await store.SaveChangesAsync(cancellation);
        return gone.Count;
    }

    /// <summary>What is open, and since when, by fingerprint.</summary>
    public async Task<ILookup<string, (string Tenant, DateTimeOffset StartsAt)>> OpenSinceAsync(
        IReadOnlyCollection<string> fingerprints,
        CancellationToken cancellation
    )
    {
        if (fingerprints.Count == 0)
        {
            return Array.Empty<AlertRow>().ToLookup(row => row.Fingerprint, row => (row.Tenant, row.StartsAt));
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<AlertRow>()
            .AsNoTracking()
            .Where(row => row.EndsAt == null && fingerprints.Contains(row.Fingerprint))
            .Select(row => new
            {
                row.Tenant,
                row.Fingerprint,
                row.StartsAt,
            })
            .ToListAsync(cancellation);
        return rows.ToLookup(row => row.Fingerprint, row => (row.Tenant, row.StartsAt));
    }

    public async Task<IReadOnlyList<AlertRow>> OpenAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AlertRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant && row.EndsAt == null)
            .ToListAsync(cancellation);
    }

    public async Task<AlertRow?> FindAsync(string tenant, string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AlertRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(row => row.Tenant == tenant && row.Id == id, cancellation);
    }

    /// <summary>Those that touch a stretch of time, newest first.</summary>
    /// <param name="after">Only those that come after this one in that order.</param>
    public async Task<IReadOnlyList<AlertRow>> BetweenAsync(
        string tenant,
        DateTimeOffset from,
        DateTimeOffset to,
        int most,
        CancellationToken cancellation,
        (DateTimeOffset StartsAt, string Id)? after = null
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store
            .Set<AlertRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant && row.StartsAt <= to && (row.EndsAt == null || row.EndsAt >= from));
        if (after is var (startsAt, id))
        {
            rows = rows.Where(row => row.StartsAt < startsAt || (row.StartsAt == startsAt && row.Id.CompareTo(id) > 0));
        }
        return await rows.OrderByDescending(row => row.StartsAt)
            .ThenBy(row => row.Id)
            .Take(most)
            .ToListAsync(cancellation);
    }

    /// <summary>Those that were first heard of, ended or went on, at that time or after it.</summary>
    public async Task<IReadOnlyList<AlertRow>> SinceAsync(
        DateTimeOffset since,
        int most,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AlertRow>()
            .AsNoTracking()
            .Where(row =>
                row.ReceivedAt >= since || ((row.EndsAt != null || row.Reopened > 0) && row.UpdatedAt >= since)
            )
            .OrderBy(row => row.ReceivedAt)
            .ThenBy(row => row.Id)
            .Take(most)
            .ToListAsync(cancellation);
    }

    /// <summary>Whosever it is.</summary>
    public async Task<AlertRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<AlertRow>().AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, cancellation);
    }

    public async Task<bool> HasAnyAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<AlertRow>().AnyAsync(row => row.Tenant == tenant, cancellation);
    }
}
