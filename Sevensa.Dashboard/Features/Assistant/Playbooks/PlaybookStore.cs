using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Playbooks;

/// <summary>One version of a playbook. What it says never changes; another text is another version.</summary>
internal sealed class Playbook
{
    public required string Id { get; init; }
    public required string Tenant { get; init; }
    public required string Name { get; init; }
    public required int Version { get; init; }
    public required string Title { get; init; }
    public required string Text { get; init; }

    /// <summary>JSON list of <see cref="PlaybookParameter"/>.</summary>
    public required string Parameters { get; init; }
    public required string WrittenBy { get; init; }
    public required string WrittenById { get; init; }
    public required DateTimeOffset WrittenAt { get; init; }

    /// <summary>Another person who has read it; null until then, and as long it is not asked.</summary>
    public string? ReviewedBy { get; set; }
    public DateTimeOffset? ReviewedAt { get; set; }

    /// <summary>It was put away: kept to be read, and not asked any more.</summary>
    public bool IsRetired { get; set; }

    public IReadOnlyList<PlaybookParameter> Takes =>
        JsonSerializer.Deserialize<List<PlaybookParameter>>(Parameters, KeptEvent.Json) ?? [];
}

/// <summary>Playbooks and their versions.</summary>
internal sealed class PlaybookStore(IDbContextFactory<Store> stores)
{
    /// <summary>All versions of one playbook, or of all of a tenant's, the newest first.</summary>
    public async Task<IReadOnlyList<Playbook>> VersionsAsync(
        string tenant,
        string? name,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<Playbook>()
            .AsNoTracking()
            .Where(one => one.Tenant == tenant && (name == null || one.Name == name))
            .OrderBy(one => one.Name)
            .ThenByDescending(one => one.Version)
            .ToListAsync(cancellation);
    }

    /// <returns>False when there is such a version already: somebody wrote at the same time.</returns>
    public async Task<bool> AddAsync(Playbook version, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(version);
        try
        {
            await store.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException)
        {
            var (tenant, name, number) = (version.Tenant, version.Name, version.Version);
            if (
                await store
                    .Set<Playbook>()
                    .AnyAsync(one => one.Tenant == tenant && one.Name == name && one.Version == number, cancellation)
            )
            {
                return false;
            }
            throw;
        }
    }

    public async Task ReviewAsync(string id, string by, DateTimeOffset at, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<Playbook>()
            .Where(one => one.Id == id && one.ReviewedBy == null)
            .ExecuteUpdateAsync(
                row => row.SetProperty(one => one.ReviewedBy, by).SetProperty(one => one.ReviewedAt, at),
                cancellation
            );
    }

    public async Task RetireAsync(string tenant, string name, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<Playbook>()
            .Where(one => one.Tenant == tenant && one.Name == name)
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.IsRetired, true), cancellation);
    }
}

internal sealed class PlaybookTable : IEntityTypeConfiguration<Playbook>
{
    public void Configure(EntityTypeBuilder<Playbook> builder)
    {
        builder.ToTable("Playbooks").HasKey(one => one.Id);
        builder.Ignore(one => one.Takes);
        builder
            .HasIndex(one => new
            {
                one.Tenant,
                one.Name,
                one.Version,
            })
            .IsUnique();
    }
}
