using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>One release as it was told. Never changed, never removed: it is what a rollback rests on.</summary>
internal sealed class ReleaseRow
{
    public required string Id { get; init; }

    /// <summary>Null for what belongs to no tenant; nobody is shown it.</summary>
    public required string? Tenant { get; init; }
    public required string Service { get; init; }
    public required string HostId { get; init; }
    public required string Host { get; init; }

    /// <summary>The runner's own count, per host; zero for what others told.</summary>
    public required long Sequence { get; init; }
    public required DateTimeOffset At { get; init; }
    public required DateTimeOffset ToldAt { get; init; }
    public required string Fingerprint { get; init; }
    public required string ImageDigest { get; init; }
    public required string ConfigHash { get; init; }
    public required string By { get; init; }
    public required string Cause { get; init; }
    public required string? Why { get; init; }
    public required string? ActionId { get; init; }
    public required bool Recorded { get; init; }

    /// <summary>JSON of <see cref="ReleaseContainer"/>s.</summary>
    public required string Containers { get; init; }
}

internal sealed class ReleaseRowConfiguration : IEntityTypeConfiguration<ReleaseRow>
{
    public void Configure(EntityTypeBuilder<ReleaseRow> builder)
    {
        builder.ToTable("Releases");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(64);
        builder.Property(row => row.Tenant).HasMaxLength(64);
        builder.Property(row => row.Service).HasMaxLength(255);
        builder.Property(row => row.HostId).HasMaxLength(32);
        builder.Property(row => row.Host).HasMaxLength(63);
        builder.Property(row => row.Fingerprint).HasMaxLength(64);
        builder.Property(row => row.Cause).HasMaxLength(16);
        builder.HasIndex(row => new { row.Tenant, row.At });
        builder.IsAppendOnly();
    }
}

internal sealed class ReleaseStore(IDbContextFactory<Store> stores)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Keeps those that are not known yet; false when all were.</summary>
    public async Task<bool> AddAsync(IReadOnlyList<ReleaseRow> rows, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var ids = rows.Select(row => row.Id).ToList();
        var known = await store
            .Set<ReleaseRow>()
            .Where(row => ids.Contains(row.Id))
            .Select(row => row.Id)
            .ToListAsync(cancellation);
        var fresh = rows.Where(row => !known.Contains(row.Id)).DistinctBy(row => row.Id).ToList();
        if (fresh.Count == 0)
        {
            return false;
        }
        store.AddRange(fresh);
        await store.SaveChangesAsync(cancellation);
        return true;
    }

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<Release>> OfTenantAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<ReleaseRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant)
            .OrderBy(row => row.ToldAt)
            .ThenBy(row => row.Sequence)
            .ToListAsync(cancellation);
        return [.. InTheOrderTold(rows).OrderBy(release => release.At)];
    }

    /// <summary>
    /// What a runner tells later is what came later: a container that was put back, and started long ago, began to be what runs
    /// when it was told.
    /// </summary>
    private static IEnumerable<Release> InTheOrderTold(IEnumerable<ReleaseRow> rows)
    {
        var latest = new Dictionary<(string, string), DateTimeOffset>();
        foreach (var row in rows)
        {
            var release = ToRelease(row);
            if (row.Sequence > 0)
            {
                if (latest.TryGetValue((row.Service, row.Host), out var before) && before > row.At)
                {
                    release = release with { At = row.ToldAt > before ? row.ToldAt : before };
                }
                latest[(row.Service, row.Host)] = release.At;
            }
            yield return release;
        }
    }

    public async Task<bool> AnyAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<ReleaseRow>().AnyAsync(cancellation);
    }

    public static string ToJson(IReadOnlyList<ReleaseContainer> containers) =>
        JsonSerializer.Serialize(containers, Json);

    private static Release ToRelease(ReleaseRow row) =>
        new(
            row.Id,
            row.Tenant!,
            row.Service,
            row.HostId,
            row.Host,
            row.At,
            row.Fingerprint,
            row.By,
            row.Cause,
            row.Why,
            row.ActionId,
            JsonSerializer.Deserialize<List<ReleaseContainer>>(row.Containers, Json)!,
            row.Recorded
        );
}
