using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

internal enum LinkPurpose
{
    /// <summary>Makes the first administrator of an empty store.</summary>
    FirstAdministrator,

    /// <summary>Lets a person choose a password.</summary>
    SetPassword,
}

internal sealed class OneTimeLinkRow
{
    public required string Hash { get; init; }
    public required LinkPurpose Purpose { get; init; }
    public string? PersonId { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class OneTimeLinkTable : IEntityTypeConfiguration<OneTimeLinkRow>
{
    public void Configure(EntityTypeBuilder<OneTimeLinkRow> builder)
    {
        builder.ToTable("OneTimeLinks");
        builder.HasKey(row => row.Hash);
        builder.Property(row => row.Hash).HasMaxLength(64);
        builder.Property(row => row.Purpose).HasConversion<string>().HasMaxLength(32);
    }
}

/// <summary>Links that work once, for a day; only their hash is kept. A new one of the same purpose and person ends the old.</summary>
internal sealed class OneTimeLinkStore(IDbContextFactory<Store> stores, TimeProvider time) : IOutlivedRows
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    public async Task<string> AddAsync(LinkPurpose purpose, string? personId, CancellationToken cancellation)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<OneTimeLinkRow>()
            .Where(row => row.Purpose == purpose && row.PersonId == personId)
            .ExecuteDeleteAsync(cancellation);
        store.Add(
            new OneTimeLinkRow
            {
                Hash = Hash(token),
                Purpose = purpose,
                PersonId = personId,
                ExpiresAt = time.GetUtcNow() + Lifetime,
            }
        );
        await store.SaveChangesAsync(cancellation);
        return token;
    }

    /// <summary>The link that a token opens, without using it up; null when it is used, expired or none.</summary>
    public async Task<OneTimeLinkRow?> FindAsync(string token, LinkPurpose purpose, CancellationToken cancellation)
    {
        var (hash, now) = (Hash(token), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<OneTimeLinkRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(
                row => row.Hash == hash && row.Purpose == purpose && row.ExpiresAt > now,
                cancellation
            );
    }

    /// <summary>Of two that come with the same link, one gets true.</summary>
    public async Task<bool> UseUpAsync(OneTimeLinkRow link, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<OneTimeLinkRow>().Where(row => row.Hash == link.Hash).ExecuteDeleteAsync(cancellation)
            == 1;
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await stores.RemoveAsync<OneTimeLinkRow>(row => row.ExpiresAt <= now, row => row.Hash, cancellation);
    }

    // 256 random bits: the lookup by hash tells nothing about the token.
    private static string Hash(string token) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
