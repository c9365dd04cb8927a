using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

internal sealed class AppUserTable : IEntityTypeConfiguration<AppUser>
{
    public void Configure(EntityTypeBuilder<AppUser> builder)
    {
        builder.ToTable("People");
        builder.HasKey(user => user.Id);
        builder.Property(user => user.Id).HasMaxLength(64);
        builder.Property(user => user.UserName).HasMaxLength(256);
        builder.Property(user => user.NormalizedUserName).HasMaxLength(256);
        builder.Property(user => user.Email).HasMaxLength(256);
        builder.Property(user => user.NormalizedEmail).HasMaxLength(256);
        builder.Property(user => user.ConcurrencyStamp).IsConcurrencyToken();
        builder.Property(user => user.DisplayName).HasMaxLength(AccountDesk.LongestName);
        builder.Property(user => user.Role).HasConversion<string>().HasMaxLength(16);
        builder.Property(user => user.CustomRoleId).HasMaxLength(CustomRoleRow.LongestId);
        builder.HasIndex(user => user.NormalizedUserName).IsUnique();
    }
}

/// <summary>Reads accounts, from memory for a few seconds: every request and every command in a circuit asks.</summary>
internal sealed class PersonStore(IDbContextFactory<Store> stores, TimeProvider time) : IPeople, IRecordWitness
{
    private readonly Remembered<Person?> known = new(time);

    internal int Known => known.Count;

    public string Things => "accounts";

    public async Task<DateTimeOffset?> OldestAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AppUser>()
            .OrderBy(user => user.CreatedAt)
            .Select(user => (DateTimeOffset?)user.CreatedAt)
            .FirstOrDefaultAsync(cancellation);
    }

    public async ValueTask<Person?> FindAsync(string id, CancellationToken cancellation)
    {
        if (known.TryGet(id, out var remembered))
        {
            return remembered;
        }
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var person = await store
            .Set<AppUser>()
            .AsNoTracking()
            .Where(user => user.Id == id)
            .LeftJoin(store.Set<CustomRoleRow>(), OfRole, ById, ToPerson)
            .SingleOrDefaultAsync(cancellation);
        known.Keep(id, person, now);
        return person;
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
        var found = await store
            .Set<AppUser>()
            .AsNoTracking()
            .Where(user => stale.Contains(user.Id))
            .LeftJoin(store.Set<CustomRoleRow>(), OfRole, ById, ToPerson)
            .ToDictionaryAsync(person => person.Id, cancellation);
        foreach (var id in stale)
        {
            known.Keep(id, found.GetValueOrDefault(id), now);
        }
    }

    public async ValueTask<string?> UserNameAsync(string subject, CancellationToken cancellation) =>
        (await FindAsync(subject, cancellation))?.UserName;

    public async ValueTask<Caller?> NowAsync(string subject, CancellationToken cancellation) =>
        await FindAsync(subject, cancellation) is { Disabled: false } person ? person.ToCaller() : null;

    public async ValueTask<IReadOnlyList<Caller>> WhoSeeAsync(string tenant, CancellationToken cancellation) =>
        [
            .. (await ListAsync(cancellation))
                .Where(person => !person.Disabled)
                .Select(person => person.ToCaller())
                .Where(person => person.IsStaff && person.MaySee(tenant))
                .OrderBy(person => person.Name, StringComparer.OrdinalIgnoreCase),
        ];

    public async Task<Person?> FindByNameAsync(string userName, CancellationToken cancellation)
    {
        var normalized = userName.Trim().ToUpperInvariant();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AppUser>()
            .AsNoTracking()
            .Where(user => user.NormalizedUserName == normalized)
            .LeftJoin(store.Set<CustomRoleRow>(), OfRole, ById, ToPerson)
            .SingleOrDefaultAsync(cancellation);
    }

    public async Task<IReadOnlyList<Person>> ListAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AppUser>()
            .AsNoTracking()
            .OrderBy(user => user.NormalizedUserName)
            .LeftJoin(store.Set<CustomRoleRow>(), OfRole, ById, ToPerson)
            .ToListAsync(cancellation);
    }

    /// <summary>By the name that they sign in with.</summary>
    public async Task<Page<Person>> PageAsync(PageAsked asked, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var page = await ByName.PageAsync(store, store.Set<AppUser>().AsNoTracking(), asked, cancellation);
        var roles = await store.Set<CustomRoleRow>().AsNoTracking().ToDictionaryAsync(row => row.Id, cancellation);
        return page.Select(user => Read(user, user.CustomRoleId is { } role ? roles.GetValueOrDefault(role) : null));
    }

    /// <summary>Who holds a custom role, by the name that they sign in with.</summary>
    public async Task<IReadOnlyList<Person>> HoldersAsync(string role, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AppUser>()
            .AsNoTracking()
            .Where(user => user.Role == Role.Custom && user.CustomRoleId == role)
            .OrderBy(user => user.NormalizedUserName)
            .LeftJoin(store.Set<CustomRoleRow>(), OfRole, ById, ToPerson)
            .ToListAsync(cancellation);
    }

    public async Task<bool> AnyAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<AppUser>().AnyAsync(cancellation);
    }

    /// <summary>Notes that the account is held after wrong codes, for whoever looks at it; null for no longer.</summary>
    public async Task NoteHoldAsync(string id, DateTimeOffset? until, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<AppUser>()
            .Where(user => user.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.LockoutEnd, until), cancellation);
        Forget(id);
    }

    public async Task NoteSignInAsync(string id, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<AppUser>()
            .Where(user => user.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.LastSignInAt, now), cancellation);
        Forget(id);
    }

    /// <summary>After a change here.</summary>
    public void Forget(string id) => known.Forget(id);

    /// <summary>After a change here of what many hold.</summary>
    public void Forget() => known.Forget();

    private static readonly RowOrder<AppUser> ByName = new RowOrder<AppUser>("people")
        .By(user => user.NormalizedUserName!)
        .By(user => user.Id);

    private static readonly Expression<Func<AppUser, string?>> OfRole = user => user.CustomRoleId;

    private static readonly Expression<Func<CustomRoleRow, string?>> ById = role => role.Id;

    private static readonly Expression<Func<AppUser, CustomRoleRow?, Person>> ToPerson = (user, role) =>
        new Person(
            user.Id,
            user.UserName!,
            user.DisplayName,
            user.Role,
            user.Tenants,
            user.Disabled,
            user.PasswordHash != null,
            user.SecurityStamp ?? "",
            user.CreatedAt,
            user.LastSignInAt,
            user.LockoutEnd,
            user.TwoFactorEnabled,
            role == null ? null : new HeldRole(role.Id, role.Name, CustomRoleRow.PermissionsOf(role.Permissions))
        );

    private static readonly Func<AppUser, CustomRoleRow?, Person> Read = ToPerson.Compile();
}
