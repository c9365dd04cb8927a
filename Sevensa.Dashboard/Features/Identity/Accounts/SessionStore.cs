using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Accounts.Leaving;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>One sign-in of a person in one browser.</summary>
internal sealed class SessionRow
{
    public required string Id { get; init; }
    public required string PersonId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset LastSeenAt { get; set; }
    public required DateTimeOffset ExpiresAt { get; set; }
    public string? Address { get; init; }
    public string? Browser { get; init; }

    /// <summary>How the person proved who they are, by the words of RFC 8176.</summary>
    public string? Methods { get; init; }

    /// <summary>When they did; null where a provider vouches for them and does not say when they proved it there.</summary>
    public DateTimeOffset? ProvedAt { get; init; }

    /// <summary>Id of the row by which a provider knows the person; null where none vouched for them in it.</summary>
    public string? VouchedBy { get; init; }

    /// <summary>The provider's own session (<see cref="ExternalSession"/>); null where it names none.</summary>
    public string? VouchedSession { get; init; }
}

internal sealed class SessionTable : IEntityTypeConfiguration<SessionRow>
{
    public void Configure(EntityTypeBuilder<SessionRow> builder)
    {
        builder.ToTable("Sessions");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(64);
        builder.Property(row => row.Methods).HasMaxLength(64);
        builder.Property(row => row.VouchedBy).HasMaxLength(64);
        builder.Property(row => row.VouchedSession).HasMaxLength(64);
        builder.HasIndex(row => row.PersonId);
        builder.HasIndex(row => row.VouchedBy);
        builder.HasIndex(row => row.VouchedSession);
    }
}

internal sealed class SessionStore(IDbContextFactory<Store> stores, LogoutStore leaving, TimeProvider time)
    : IOutlivedRows
{
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);
    private static readonly RowOrder<SessionRow> Newest = new RowOrder<SessionRow>("sessions")
        .ByNewest(row => row.CreatedAt)
        .By(row => row.Id);

    private const int RootLength = 32;

    private readonly Remembered<bool> known = new(time);

    internal int Known => known.Count;

    /// <summary>How long a session lasts that nobody uses.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>What stays of a session's id when its person proves anew who they are: programs know it by that.</summary>
    public static string RootOf(string id) => id.Length > RootLength ? id[..RootLength] : id;

    /// <param name="provedAt">When the person proved who they are, which may be before now; null when nobody says.</param>
    /// <param name="by">Who vouches for them; null for whoever vouched when the former session began.</param>
    /// <param name="former">The session that this one goes on from, of the same person in the same browser; it ends, and programs are told nothing.</param>
    public async Task<string> AddAsync(
        string personId,
        string? address,
        string? browser,
        string methods,
        DateTimeOffset? provedAt,
        Vouched? by,
        string? former,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var before = former is null
            ? null
            : await store
                .Set<SessionRow>()
                .AsNoTracking()
                .SingleOrDefaultAsync(
                    row => row.Id == former && row.PersonId == personId && row.ExpiresAt > now,
                    cancellation
                );
        var isThere = before is not null;
        var row = new SessionRow
        {
            Id = (isThere ? RootOf(former!) : Random()) + Random(),
            PersonId = personId,
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + Lifetime,
            Address = address,
            Browser = browser is null ? null : StoreText.Cut(browser, 200),
            Methods = methods,
            ProvedAt = provedAt,
            VouchedBy = by is null ? before?.VouchedBy : by.Link,
            VouchedSession = by is null ? before?.VouchedSession : by.Session,
        };
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
        if (isThere)
        {
            // Now that the new one is there: programs whose session is over nowhere hear of no end.
            await store.Set<SessionRow>().Where(one => one.Id == former).ExecuteDeleteAsync(CancellationToken.None);
            known.Forget(former!);
        }
        return row.Id;
    }

    /// <summary>When and how the person proved who they are; null when there is no such session.</summary>
    public async Task<SignInProof?> ProofAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SessionRow>()
            .Where(row => row.Id == id)
            .Select(row => new SignInProof(row.ProvedAt, row.Methods ?? SignInMethods.Password, row.Id))
            .SingleOrDefaultAsync(cancellation);
    }

    /// <summary>Who vouched for the person in a session, and in which of theirs; nothing where nobody did.</summary>
    public async Task<(string? Link, string? Session)> VouchOfAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store.Set<SessionRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
        return (row?.VouchedBy, row?.VouchedSession);
    }

    /// <summary>Whether a session, or the one that it goes on in, is still there.</summary>
    public async Task<bool> GoesOnAsync(string id, CancellationToken cancellation)
    {
        var (root, now) = (RootOf(id), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SessionRow>()
            .AnyAsync(row => row.Id.Substring(0, RootLength) == root && row.ExpiresAt > now, cancellation);
    }

    /// <summary>Those of many (<see cref="RootOf"/>) that are still there, or go on in another.</summary>
    public async Task<IReadOnlySet<string>> GoOnAsync(IEnumerable<string> roots, CancellationToken cancellation)
    {
        var (some, now) = (roots.Distinct().ToList(), time.GetUtcNow());
        if (some.Count == 0)
        {
            return new HashSet<string>();
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var ids = await store
            .Set<SessionRow>()
            .Where(row => row.ExpiresAt > now && some.Contains(row.Id.Substring(0, RootLength)))
            .Select(row => row.Id)
            .ToListAsync(cancellation);
        return ids.Select(RootOf).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Whether the session was not ended; notes now and then that it is used.</summary>
    public async ValueTask<bool> IsLiveAsync(string id, CancellationToken cancellation)
    {
        if (known.TryGet(id, out var remembered))
        {
            return remembered;
        }
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store.Set<SessionRow>().SingleOrDefaultAsync(row => row.Id == id, cancellation);
        var live = row is not null && row.ExpiresAt > now;
        if (live && now - row!.LastSeenAt > SeenEvery)
        {
            var expires = now + Lifetime;
            await store.NoteAsync(some =>
                some.Set<SessionRow>()
                    .Where(one => one.Id == id)
                    .ExecuteUpdateAsync(
                        set => set.SetProperty(one => one.LastSeenAt, now).SetProperty(one => one.ExpiresAt, expires),
                        cancellation
                    )
            );
        }
        known.Keep(id, live, now);
        return live;
    }

    /// <summary>Looks at those of many that are not fresh in memory, in one question.</summary>
    public async Task FreshenAsync(IEnumerable<string> ids, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var stale = known.NotFresh(ids);
        if (stale.Count == 0)
        {
            return;
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<SessionRow>()
            .AsNoTracking()
            .Where(row => stale.Contains(row.Id))
            .ToDictionaryAsync(row => row.Id, cancellation);
        foreach (var id in stale)
        {
            var row = rows.GetValueOrDefault(id);
            // One whose use is to be noted is left to whoever asks for it by itself.
            if (row is null || row.ExpiresAt <= now || now - row.LastSeenAt <= SeenEvery)
            {
                known.Keep(id, row is not null && row.ExpiresAt > now, now);
            }
        }
    }

    public async Task<IReadOnlyList<SessionRow>> ListAsync(string? personId, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SessionRow>()
            .AsNoTracking()
            .Where(row => row.ExpiresAt > now && (personId == null || row.PersonId == personId))
            .OrderByDescending(row => row.LastSeenAt)
            .ToListAsync(cancellation);
    }

    /// <summary>Everybody's, by when they began, the newest first.</summary>
    public async Task<Page<SessionRow>> PageAsync(PageAsked asked, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await Newest.PageAsync(
            store,
            store.Set<SessionRow>().AsNoTracking().Where(row => row.ExpiresAt > now),
            asked,
            cancellation
        );
    }

    // Whoever closes the browser meanwhile is signed out all the same.
    public async Task EndAsync(string id)
    {
        // Of two proofs that were given at once each left a row that goes on from the same one.
        var root = RootOf(id);
        await leaving.EndAsync(rows => rows.Where(row => row.Id.Substring(0, RootLength) == root));
        known.Forget();
    }

    public async Task EndAllAsync(string personId)
    {
        await leaving.EndAsync(rows => rows.Where(row => row.PersonId == personId));
        known.Forget();
    }

    /// <summary>Sessions that a provider vouched for: one of its own, or all of somebody's, by what it says at their end.</summary>
    /// <param name="link">The row by which it knows the person; null where it names none.</param>
    /// <param name="session">Its session (<see cref="ExternalSession"/>); null where it names none.</param>
    public async Task<IReadOnlyList<SessionRow>> VouchedAsync(
        string? link,
        string? session,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<SessionRow>().AsNoTracking().Where(row => row.ExpiresAt > now);
        rows = (link, session) switch
        {
            (null, null) => rows.Where(_ => false),
            (null, _) => rows.Where(row => row.VouchedSession == session),
            (_, null) => rows.Where(row => row.VouchedBy == link),
            // Of what began before the provider told its sessions nobody knows which it is.
            _ => rows.Where(row =>
                row.VouchedBy == link && (row.VouchedSession == session || row.VouchedSession == null)
            ),
        };
        return await rows.ToListAsync(cancellation);
    }

    public async Task EndAsync(IReadOnlyCollection<SessionRow> those)
    {
        var roots = those.Select(row => RootOf(row.Id)).Distinct().ToList();
        await leaving.EndAsync(rows => rows.Where(row => roots.Contains(row.Id.Substring(0, RootLength))));
        known.Forget();
    }

    /// <param name="session">The one that goes on; null for none.</param>
    public async Task EndOthersAsync(string personId, string? session)
    {
        await leaving.EndAsync(rows => rows.Where(row => row.PersonId == personId && row.Id != session));
        known.Forget();
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await stores.RemoveAsync<SessionRow>(row => row.ExpiresAt < now, row => row.Id, cancellation);
    }

    private static string Random() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
