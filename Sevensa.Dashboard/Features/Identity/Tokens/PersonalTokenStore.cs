using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
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

    /// <summary>Hash of the account's stamp when it was made: a new password ends the token.</summary>
    public required string StampMark { get; init; }
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
        builder.Property(row => row.Name).HasMaxLength(PersonalTokenStore.LongestName);
        builder.Property(row => row.StampMark).HasMaxLength(24);
        builder.HasIndex(row => row.PersonId);
    }
}

/// <summary>Personal access tokens: <c>sdp_ID_SECRET</c>, shown once, hashed at rest.</summary>
internal sealed class PersonalTokenStore(
    IDbContextFactory<Store> stores,
    PersonStore people,
    ClaimedAccounts claimed,
    TimeProvider time
)
{
    public const int LongestName = 64;

    /// <summary>Tokens that one person may have at once.</summary>
    public const int MostPerPerson = 50;

    private const string ClientPrefix = "token:";
    private const string Prefix = "sdp_";
    private static readonly TimeSpan UsedEvery = TimeSpan.FromMinutes(1);

    private static readonly RowOrder<PersonalTokenRow> Newest = new RowOrder<PersonalTokenRow>("tokens")
        .ByNewest(row => row.CreatedAt)
        .By(row => row.Id);

    /// <summary>Whether the call was carried by a personal token.</summary>
    public static bool IsOf(Caller caller) => caller.Client is { } client && IsOf(client);

    /// <param name="client">As <see cref="Caller.Client"/>.</param>
    public static bool IsOf(string client) => client.StartsWith(ClientPrefix, StringComparison.Ordinal);

    public static bool Looks(string token) => token.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Makes a token and returns it; it can't be read again. Null when the person has as many as they may.</summary>
    public async Task<(PersonalTokenRow Row, string Token)?> AddAsync(
        Person person,
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
            PersonId = person.Id,
            Name = name,
            StampMark = CallerPrincipal.MarkOf(person.SecurityStamp),
            SecretHash = Hash(secret),
            Scopes = scopes,
            CreatedAt = time.GetUtcNow(),
            ExpiresAt = expiresAt,
        };
        var now = row.CreatedAt;
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<PersonalTokenRow>()
            .Where(one => one.PersonId == person.Id && one.ExpiresAt <= now)
            .ExecuteDeleteAsync(cancellation);
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
        // Counted with the new one there, so that of several made at once none slips through.
        if (
            await store.Set<PersonalTokenRow>().CountAsync(one => one.PersonId == person.Id, cancellation)
            > MostPerPerson
        )
        {
            await store.Set<PersonalTokenRow>().Where(one => one.Id == row.Id).ExecuteDeleteAsync(cancellation);
            return null;
        }
        return (row, $"{Prefix}{row.Id}_{secret}");
    }

    /// <summary>Null when there is no such token, it expired, or its person is gone or disabled, or has a new password.</summary>
    public async Task<Caller?> CallerOfAsync(string token, CancellationToken cancellation)
    {
        var parts = token.Split('_');
        if (parts.Length != 3)
        {
            return null;
        }
        var (id, now) = (parts[1], time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await FindAsync(store, id, cancellation);
        if (row is null || !CryptographicOperations.FixedTimeEquals(row.SecretHash, Hash(parts[2])))
        {
            return null;
        }
        if (row.LastUsedAt is null || now - row.LastUsedAt > UsedEvery)
        {
            await store.NoteAsync(some =>
                some.Set<PersonalTokenRow>()
                    .Where(one => one.Id == id)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.LastUsedAt, now), cancellation)
            );
        }
        return await CallerOfAsync(row, cancellation);
    }

    /// <summary>Whom tokens that were shown before act for now, by their ids; those that have ended are missing.</summary>
    public async Task<IReadOnlyDictionary<string, Caller>> CallersTodayAsync(
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<PersonalTokenRow>()
            .AsNoTracking()
            .Where(row => ids.Contains(row.Id) && row.ExpiresAt > now)
            .ToListAsync(cancellation);
        var callers = new Dictionary<string, Caller>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            if (await CallerOfAsync(row, cancellation) is { } caller)
            {
                callers[row.Id] = caller;
            }
        }
        return callers;
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

    /// <summary>One person's, the newest first.</summary>
    public async Task<Page<PersonalTokenRow>> PageAsync(
        string personId,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Newest.PageAsync(
            store,
            store.Set<PersonalTokenRow>().AsNoTracking().Where(row => row.PersonId == personId),
            asked,
            cancellation
        );
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

    private async Task<PersonalTokenRow?> FindAsync(Store store, string id, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        return await store
            .Set<PersonalTokenRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(one => one.Id == id && one.ExpiresAt > now, cancellation);
    }

    private async Task<Caller?> CallerOfAsync(PersonalTokenRow row, CancellationToken cancellation)
    {
        var person = await people.FindAsync(row.PersonId, cancellation);
        return
            person is { Disabled: false }
            && row.StampMark == CallerPrincipal.MarkOf(person.SecurityStamp)
            && !await claimed.IsOverAsync(person.Id, cancellation)
            ? person.ToCaller(row.Scopes, $"{ClientPrefix}{row.Id}") with
            {
                Token = row.Id,
            }
            : null;
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
