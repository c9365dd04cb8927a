using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Security;
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

    /// <summary>Its place in its host's chain, from one.</summary>
    public long Link { get; set; }

    /// <summary>SHA-256 (hex) of this release and of the hash before it.</summary>
    public string Hash { get; set; } = "";

    public string HashAfter(string previous) =>
        HashChain.Next(
            previous,
            HostId,
            Link,
            Id,
            Tenant,
            Service,
            Host,
            Sequence,
            At,
            ToldAt,
            Fingerprint,
            ImageDigest,
            ConfigHash,
            By,
            Cause,
            Why,
            ActionId,
            Recorded,
            Containers
        );
}

/// <summary>Where a host's chain of releases ends.</summary>
internal sealed class ReleaseChainRow
{
    public required string HostId { get; init; }
    public long Link { get; set; }
    public string Hash { get; set; } = HashChain.Origin;

    /// <summary>Over both, by the key file.</summary>
    public byte[]? Seal { get; set; }
}

internal sealed class ReleaseChainConfiguration : IEntityTypeConfiguration<ReleaseChainRow>
{
    public void Configure(EntityTypeBuilder<ReleaseChainRow> builder)
    {
        builder.ToTable("ReleaseChains");
        builder.HasKey(row => row.HostId);
        builder.Property(row => row.HostId).HasMaxLength(32);
        builder.Property(row => row.Hash).HasMaxLength(64);
        // Of two that add at the same moment one finds that it was not at the end.
        builder.Property(row => row.Link).IsConcurrencyToken();
    }
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
        builder.Property(row => row.Hash).HasMaxLength(64);
        builder.HasIndex(row => new { row.Tenant, row.At });
        builder.HasIndex(row => new { row.HostId, row.Link }).IsUnique();
        builder.IsAppendOnly();
    }
}

internal sealed class ReleaseStore(IDbContextFactory<Store> stores, StoreKey key, IAuditLog audit) : IChainedRecord
{
    private const string Name = "releases";
    private const string Chains = "releases/";
    private const int Attempts = 5;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Keeps those that are not known yet, host by host and with a row of the record each; false when all were.</summary>
    public async Task<bool> AddAsync(IReadOnlyList<ReleaseRow> rows, CancellationToken cancellation)
    {
        var fresh = await UnknownAsync(rows, cancellation);
        foreach (var host in fresh.GroupBy(row => row.HostId))
        {
            await AddOfHostAsync([.. host], cancellation);
        }
        return fresh.Count > 0;
    }

    private async Task<List<ReleaseRow>> UnknownAsync(IReadOnlyList<ReleaseRow> rows, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await UnknownAsync(store, rows, cancellation);
    }

    private static async Task<List<ReleaseRow>> UnknownAsync(
        DbContext store,
        IReadOnlyList<ReleaseRow> rows,
        CancellationToken cancellation
    )
    {
        var ids = rows.Select(row => row.Id).ToList();
        var known = await store
            .Set<ReleaseRow>()
            .Where(row => ids.Contains(row.Id))
            .Select(row => row.Id)
            .ToListAsync(cancellation);
        return [.. rows.Where(row => !known.Contains(row.Id)).DistinctBy(row => row.Id)];
    }

    private async Task AddOfHostAsync(IReadOnlyList<ReleaseRow> rows, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await audit.AppendAsync(EntryOf(rows), (store, turn) => ChainAsync(store, rows, turn), cancellation);
                return;
            }
            catch (DbUpdateException exception) when (attempt < Attempts && StoreFault.In(exception) is null)
            {
                // Somebody else added to the same host's chain meanwhile; its new end is found at the next attempt.
            }
        }
    }

    private async Task<ChainMark?> ChainAsync(
        DbContext store,
        IReadOnlyList<ReleaseRow> rows,
        CancellationToken cancellation
    )
    {
        var fresh = await UnknownAsync(store, rows, cancellation);
        if (fresh.Count == 0)
        {
            return null;
        }
        var host = fresh[0].HostId;
        var end = await store.Set<ReleaseChainRow>().SingleOrDefaultAsync(row => row.HostId == host, cancellation);
        if (end is null)
        {
            end = new ReleaseChainRow { HostId = host };
            store.Add(end);
        }
        foreach (var row in fresh)
        {
            row.Link = ++end.Link;
            row.Hash = end.Hash = row.HashAfter(end.Hash);
        }
        end.Seal = SealOf(end);
        store.AddRange(fresh);
        await store.SaveChangesAsync(cancellation);
        return new ChainMark(ChainOf(end.HostId), end.Link, end.Hash);
    }

    private static AuditEntry EntryOf(IReadOnlyList<ReleaseRow> rows)
    {
        var tenants = rows.Select(row => row.Tenant).Distinct().ToList();
        var services = rows.Select(row => row.Tenant is null ? row.Service : $"{row.Tenant}/{row.Service}").Distinct();
        return new AuditEntry(
            rows[0].HostId.Length > 0 ? new AuditActor("runner", rows[0].HostId, rows[0].Host) : AuditActor.System,
            "release.told",
            tenants is [var only] ? only : null,
            rows[0].HostId.Length > 0 ? rows[0].Host : null,
            Detail: $"{rows.Count} {(rows.Count == 1 ? "release" : "releases")} of {string.Join(", ", services)}."
        );
    }

    /// <summary>Follows each host's chain.</summary>
    public async Task<ChainVerification> VerifyAsync(ToldChains told, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await using var snapshot = await store.BeginSnapshotAsync(cancellation);
        var ends = await store
            .Set<ReleaseChainRow>()
            .AsNoTracking()
            .ToDictionaryAsync(row => row.HostId, StringComparer.Ordinal, cancellation);
        var reached = ends.Keys.ToDictionary(
            host => host,
            _ => (Link: 0L, Hash: HashChain.Origin),
            StringComparer.Ordinal
        );
        var count = 0L;
        var rows = store
            .Set<ReleaseRow>()
            .AsNoTracking()
            .OrderBy(row => row.HostId)
            .ThenBy(row => row.Link)
            .AsAsyncEnumerable();
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            if (!reached.TryGetValue(row.HostId, out var last))
            {
                return Bad(row.Id, "The end of its host's chain was taken away.");
            }
            if (row.Link != last.Link + 1)
            {
                return Bad(row.Id, $"The one before it (link {last.Link + 1} of its host) is missing.");
            }
            if (row.HashAfter(last.Hash) != row.Hash)
            {
                return Bad(row.Id, "It is not what was written, or the one before it was another.");
            }
            if (told.Contradict(ChainOf(row.HostId), row.Link, row.Hash))
            {
                return Bad(row.Id, "It is not the one that the record tells of.");
            }
            reached[row.HostId] = (row.Link, row.Hash);
            count++;
        }
        foreach (var end in ends.Values)
        {
            var (link, hash) = reached[end.HostId];
            if (
                link != end.Link
                || hash != end.Hash
                || !HashChain.IsSealed(key, ChainOf(end.HostId), link, hash, end.Seal)
            )
            {
                return Bad(
                    $"{end.HostId}/{link + 1}",
                    link < end.Link
                        ? $"Releases {link + 1} to {end.Link} of this host were cut off the end."
                        : "The seal of the host's newest release is not this program's."
                );
            }
        }
        foreach (var chain in told.Of(Chains))
        {
            var host = chain[Chains.Length..];
            var (link, _) = reached.GetValueOrDefault(host);
            if (link < told.Farthest(chain))
            {
                return Bad(
                    $"{host}/{link + 1}",
                    $"The record tells of {told.Farthest(chain)} releases of this host, and there are {link}: the others were taken away."
                );
            }
        }
        return new ChainVerification(Name, count)
        {
            Untold = [.. ends.Keys.Select(ChainOf).Where(chain => told.Farthest(chain) == 0)],
        };

        ChainVerification Bad(string first, string reason) => new(Name, count, first, reason);
    }

    /// <summary>The seal by the key in use, of one by another key of the file; null when it is by that already.</summary>
    /// <exception cref="StoreException">It is not that host's.</exception>
    public static byte[]? SealAnew(StoreKey key, ReleaseChainRow end, byte[] seal) =>
        HashChain.SealAnew(key, ChainOf(end.HostId), end.Link, end.Hash, seal);

    private byte[] SealOf(ReleaseChainRow end) => HashChain.Seal(key, ChainOf(end.HostId), end.Link, end.Hash);

    private static string ChainOf(string hostId) => Chains + hostId;

    /// <summary>Oldest first.</summary>
    /// <param name="service">Null for all of the tenant's.</param>
    public async Task<IReadOnlyList<Release>> OfTenantAsync(
        string tenant,
        string? service,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<ReleaseRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant && (service == null || row.Service == service))
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
