using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>An enrolled host. Its private key never left it.</summary>
internal sealed class HostRow
{
    public required string Id { get; init; }
    public required string Name { get; set; }

    /// <summary>SubjectPublicKeyInfo (DER).</summary>
    public required byte[] PublicKey { get; set; }

    /// <summary>The key that it has made and not shown yet; from its first use on, the only one.</summary>
    public byte[]? NextPublicKey { get; set; }
    public required DateTimeOffset EnrolledAt { get; init; }
    public required string EnrolledBy { get; init; }
    public DateTimeOffset? LastSeenAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>The last that it said of itself, JSON of <c>HostFacts</c>.</summary>
    public string? Facts { get; set; }

    /// <summary>Id of the action key that it has pinned.</summary>
    public required string ActionKeyId { get; set; }

    /// <summary>JSON list of the ids of the tenants that it may report; null for any.</summary>
    public string? Tenants { get; set; }

    /// <summary>Id of the dashboard that its runner said hello to last.</summary>
    public string? Holder { get; set; }

    /// <summary>Counted up at each hello: of two dashboards that think they hold its connection, the higher one does.</summary>
    public long HolderEpoch { get; set; }
}

internal sealed class EnrolmentTokenRow
{
    /// <summary>SHA-256 (hex) of the token; the token itself is nowhere.</summary>
    public required string Hash { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public required string CreatedBy { get; init; }

    /// <summary>When set, only a host of this name may use it, and it takes the place of one enrolled before.</summary>
    public string? HostName { get; init; }

    /// <summary>Of the host that enrols with it; see <see cref="HostRow.Tenants"/>.</summary>
    public string? Tenants { get; init; }
    public DateTimeOffset? UsedAt { get; set; }
}

internal sealed class HostRowConfiguration : IEntityTypeConfiguration<HostRow>
{
    public void Configure(EntityTypeBuilder<HostRow> builder)
    {
        builder.ToTable("Hosts");
        builder.HasKey(host => host.Id);
        builder.Property(host => host.Id).HasMaxLength(32);
        builder.Property(host => host.Name).HasMaxLength(63);
        builder.Property(host => host.EnrolledBy).HasMaxLength(200);
        builder.Property(host => host.ActionKeyId).HasMaxLength(64);
        builder.Property(host => host.Holder).HasMaxLength(32);
        builder.Property(host => host.HolderEpoch).HasDefaultValue(0L);
        builder.HasIndex(host => host.Name);
    }
}

internal sealed class EnrolmentTokenRowConfiguration : IEntityTypeConfiguration<EnrolmentTokenRow>
{
    public void Configure(EntityTypeBuilder<EnrolmentTokenRow> builder)
    {
        builder.ToTable("EnrolmentTokens");
        builder.HasKey(token => token.Hash);
        builder.Property(token => token.Hash).HasMaxLength(64);
        builder.Property(token => token.CreatedBy).HasMaxLength(200);
        builder.Property(token => token.HostName).HasMaxLength(63);
    }
}

internal sealed class HostsStore(IDbContextFactory<Store> stores) : IRecordWitness
{
    public string Things => "hosts";

    public async Task<DateTimeOffset?> OldestAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<HostRow>()
            .OrderBy(host => host.EnrolledAt)
            .Select(host => (DateTimeOffset?)host.EnrolledAt)
            .FirstOrDefaultAsync(cancellation);
    }

    public static string HashOf(string token) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    public async Task<IReadOnlyList<HostRow>> AllAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<HostRow>().AsNoTracking().OrderBy(host => host.Name).ToListAsync(cancellation);
    }

    public async Task<HostRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<HostRow>().AsNoTracking().SingleOrDefaultAsync(host => host.Id == id, cancellation);
    }

    public async Task<HostRow?> FindByNameAsync(string name, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<HostRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(host => host.Name == name && host.RevokedAt == null, cancellation);
    }

    /// <summary>Good to know only: a store that can't be written now refuses no runner, and another greeting notes it.</summary>
    public async Task SeenAsync(string id, DateTimeOffset at, string? facts, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.NoteAsync(written =>
            written
                .Set<HostRow>()
                .Where(host => host.Id == id)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(host => host.LastSeenAt, at)
                            .SetProperty(host => host.Facts, host => facts ?? host.Facts),
                    cancellation
                )
        );
    }

    /// <summary>Notes which dashboard has the host's connection from now on.</summary>
    /// <returns>The number of that connection, higher than all before it.</returns>
    public async Task<long> HoldAsync(string id, string dashboard, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
        await store
            .Set<HostRow>()
            .Where(host => host.Id == id)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(host => host.Holder, dashboard)
                        .SetProperty(host => host.HolderEpoch, host => host.HolderEpoch + 1),
                cancellation
            );
        var epoch = await store
            .Set<HostRow>()
            .Where(host => host.Id == id)
            .Select(host => host.HolderEpoch)
            .SingleAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return epoch;
    }

    public async Task OfferedKeyAsync(string id, byte[] publicKey, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<HostRow>()
            .Where(host => host.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(host => host.NextPublicKey, publicKey), cancellation);
    }

    /// <summary>The next key takes the place of the one before. False when that was done already.</summary>
    public async Task<bool> TakeNextKeyAsync(string id, byte[] publicKey, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<HostRow>()
                .Where(host => host.Id == id && host.NextPublicKey == publicKey)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(host => host.PublicKey, publicKey)
                            .SetProperty(host => host.NextPublicKey, (byte[]?)null),
                    cancellation
                ) == 1;
    }

    public async Task PinnedAsync(string id, string actionKeyId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<HostRow>()
            .Where(host => host.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(host => host.ActionKeyId, actionKeyId), cancellation);
    }

    public async Task BindAsync(string id, IReadOnlyList<string>? tenants, CancellationToken cancellation)
    {
        var words = TenantsToJson(tenants);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<HostRow>()
            .Where(host => host.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(host => host.Tenants, words), cancellation);
    }

    public static string? TenantsToJson(IReadOnlyList<string>? tenants) =>
        tenants is null ? null : JsonSerializer.Serialize(tenants, HostsJson.Default.IReadOnlyListString);

    public static IReadOnlyList<string>? TenantsFromJson(string? json) =>
        json is null ? null : JsonSerializer.Deserialize(json, HostsJson.Default.IReadOnlyListString);

    /// <summary>False when it was revoked already.</summary>
    public async Task<bool> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<HostRow>()
                .Where(host => host.Id == id && host.RevokedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(host => host.RevokedAt, at), cancellation) == 1;
    }

    public async Task AddTokenAsync(EnrolmentTokenRow token, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(token);
        await store.SaveChangesAsync(cancellation);
    }

    /// <summary>A token that could still be used; null otherwise.</summary>
    public async Task<EnrolmentTokenRow?> FindTokenAsync(
        string hash,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<EnrolmentTokenRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(
                token => token.Hash == hash && token.UsedAt == null && token.ExpiresAt > now,
                cancellation
            );
    }

    /// <summary>A token that is not too old, whether or not it was used: its host may ask once more for an answer that was lost.</summary>
    public async Task<bool> IsTokenOfNowAsync(string hash, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<EnrolmentTokenRow>()
            .AnyAsync(token => token.Hash == hash && token.ExpiresAt > now, cancellation);
    }

    /// <summary>The host that a token let in, when it has this key; null for another key, or when it was revoked.</summary>
    public async Task<HostRow?> FindEnrolledAsync(
        string hash,
        byte[] publicKey,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var token = await store
            .Set<EnrolmentTokenRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(row => row.Hash == hash && row.ExpiresAt > now, cancellation);
        if (token?.UsedAt is not { } used)
        {
            return null;
        }
        return await store
            .Set<HostRow>()
            .AsNoTracking()
            .FirstOrDefaultAsync(
                host => host.EnrolledAt == used && host.PublicKey == publicKey && host.RevokedAt == null,
                cancellation
            );
    }

    /// <summary>Uses the token, revokes the host in whose place it comes and adds the host: all of it or nothing.</summary>
    /// <returns>True for exactly one of all who try with a token.</returns>
    public async Task<bool> EnrolAsync(
        string hash,
        HostRow host,
        string? insteadOf,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
        var used = await store
            .Set<EnrolmentTokenRow>()
            .Where(token => token.Hash == hash && token.UsedAt == null && token.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(token => token.UsedAt, now), cancellation);
        if (used != 1)
        {
            return false;
        }
        await store
            .Set<HostRow>()
            .Where(before => before.Id == insteadOf && before.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(before => before.RevokedAt, now), cancellation);
        store.Add(host);
        await store.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }
}
