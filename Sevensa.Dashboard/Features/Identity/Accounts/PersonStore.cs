using System.Collections.Concurrent;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Identity.Contracts;
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
        builder.Property(user => user.Role).HasConversion<string>().HasMaxLength(16);
        builder.HasIndex(user => user.NormalizedUserName).IsUnique();
    }
}

/// <summary>Reads accounts, from memory for a few seconds: every request and every command in a circuit asks.</summary>
internal sealed class PersonStore(IDbContextFactory<Store> stores, TimeProvider time) : IPeople
{
    /// <summary>The longest that another dashboard's change goes unnoticed here.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, (Person? Person, DateTimeOffset At)> known = new();

    public async ValueTask<Person?> FindAsync(string id, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (known.TryGetValue(id, out var entry) && now - entry.At < Fresh)
        {
            return entry.Person;
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var person = await store
            .Set<AppUser>()
            .AsNoTracking()
            .Where(user => user.Id == id)
            .Select(ToPerson)
            .SingleOrDefaultAsync(cancellation);
        known[id] = (person, now);
        return person;
    }

    public async ValueTask<string?> UserNameAsync(string subject, CancellationToken cancellation) =>
        (await FindAsync(subject, cancellation))?.UserName;

    public async ValueTask<Caller?> NowAsync(string subject, CancellationToken cancellation) =>
        await FindAsync(subject, cancellation) is { Disabled: false } person ? person.ToCaller() : null;

    public async Task<Person?> FindByNameAsync(string userName, CancellationToken cancellation)
    {
        var normalized = userName.Trim().ToUpperInvariant();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AppUser>()
            .AsNoTracking()
            .Where(user => user.NormalizedUserName == normalized)
            .Select(ToPerson)
            .SingleOrDefaultAsync(cancellation);
    }

    public async Task<IReadOnlyList<Person>> ListAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<AppUser>()
            .AsNoTracking()
            .OrderBy(user => user.NormalizedUserName)
            .Select(ToPerson)
            .ToListAsync(cancellation);
    }

    public async Task<bool> AnyAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<AppUser>().AnyAsync(cancellation);
    }

    /// <summary>After a change here.</summary>
    public void Forget(string id) => known.TryRemove(id, out _);

    private static readonly Expression<Func<AppUser, Person>> ToPerson = user => new Person(
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
        user.LockoutEnd
    );
}
