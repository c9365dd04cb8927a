using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

internal sealed class PersonalTokenRow
{
    public required string Id { get; init; }
    public required string PersonId { get; init; }
    public required string Name { get; init; }

    /// <summary>SHA-256 of the secret, which is 256 random bits: no salt or stretching is needed.</summary>
    public required byte[] SecretHash { get; init; }
    public required ApiScopes Scopes { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; set; }
}

internal sealed class PersonalTokenTable : IEntityTypeConfiguration<PersonalTokenRow>
{
    public void Configure(EntityTypeBuilder<PersonalTokenRow> builder)
    {
        builder.ToTable("PersonalTokens");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(32);
        builder.HasIndex(row => row.PersonId);
    }
}

/// <summary>Personal access tokens: <c>sdp_ID_SECRET</c>, shown once, hashed at rest.</summary>
internal sealed class PersonalTokenStore(IDbContextFactory<Store> stores, PersonStore people, TimeProvider time)
{
    private const string ClientPrefix = "token:";
    private const string Prefix = "sdp_";
    private static readonly TimeSpan UsedEvery = TimeSpan.FromMinutes(1);

    /// <summary>Whether the call was carried by a personal token.</summary>
    public static bool IsOf(Caller caller) => caller.Client?.StartsWith(ClientPrefix, StringComparison.Ordinal) == true;

    public static bool Looks(string token) => token.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Makes a token and returns it; it can't be read again.</summary>
    public async Task<(PersonalTokenRow Row, string Token)> AddAsync(
        string personId,
        string name,
        ApiScopes scopes,
        DateTimeOffset expiresAt,
        CancellationToken cancellation
    )
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var row = new PersonalTokenRow
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)),
            PersonId = personId,
            Name = name,
            SecretHash = Hash(secret),
            Scopes = scopes,
            CreatedAt = time.GetUtcNow(),
            ExpiresAt = expiresAt,
        };
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
        return (row, $"{Prefix}{row.Id}_{secret}");
    }

    /// <summary>Null when there is no such token, it expired, or its person is gone or disabled.</summary>
    public async Task<Caller?> CallerOfAsync(string token, CancellationToken cancellation)
    {
        var parts = token.Split('_');
        if (parts.Length != 3)
        {
            return null;
        }
        var (id, now) = (parts[1], time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<PersonalTokenRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(one => one.Id == id, cancellation);
        if (
            row is null
            || !CryptographicOperations.FixedTimeEquals(row.SecretHash, Hash(parts[2]))
            || row.ExpiresAt <= now
        )
        {
            return null;
        }
        if (row.LastUsedAt is null || now - row.LastUsedAt > UsedEvery)
        {
            await store
                .Set<PersonalTokenRow>()
                .Where(one => one.Id == id)
                .ExecuteUpdateAsync(set => set.SetProperty(one => one.LastUsedAt, now), cancellation);
        }
        var person = await people.FindAsync(row.PersonId, cancellation);
        return person is { Disabled: false } ? person.ToCaller(row.Scopes, $"{ClientPrefix}{row.Id}") : null;
    }

    public async Task<IReadOnlyList<PersonalTokenRow>> ListAsync(string? personId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<PersonalTokenRow>()
            .AsNoTracking()
            .Where(row => personId == null || row.PersonId == personId)
            .OrderByDescending(row => row.CreatedAt)
            .ToListAsync(cancellation);
    }

    /// <param name="personId">Only if it is theirs; null for any.</param>
    public async Task<bool> RemoveAsync(string id, string? personId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<PersonalTokenRow>()
                .Where(row => row.Id == id && (personId == null || row.PersonId == personId))
                .ExecuteDeleteAsync(cancellation) > 0;
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
