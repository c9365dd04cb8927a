using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>A version whose data is older than itself: that of a former one was written back.</summary>
internal sealed class SecretAgeRow
{
    public required string Tenant { get; init; }
    public required string Path { get; init; }
    public required int Version { get; init; }

    /// <summary>When the version was written that held this data first.</summary>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>
/// Remembers how old data is that was written back. Vault knows when a version was written, and by that a secret whose former value
/// was put back would look as if it had been rotated.
/// </summary>
internal class SecretAgeStore(IDbContextFactory<Store> stores, ILogger<SecretAgeStore> log)
{
    public const int LongestPath = 512;

    /// <summary>By path below the tenant and version.</summary>
    public virtual async Task<IReadOnlyDictionary<(string Path, int Version), DateTimeOffset>> OfAsync(
        string tenant,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<SecretAgeRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant)
            .ToDictionaryAsync(row => (row.Path, row.Version), row => row.Since, cancellation);
    }

    /// <summary>
    /// The data of one version was written as another; told again it stays as it is. Where it can't be kept, the secret looks younger
    /// than it is, and whoever wrote it goes on.
    /// </summary>
    public async Task KeepAsync(VaultClient vault, SecretPath path, int from, int to)
    {
        try
        {
            await KeepItAsync(vault, path, from, to);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            log.LogWarning(
                exception,
                "How old the data in version {Version} of {Path} is could not be kept; it looks as if it were new",
                to,
                path.Full
            );
        }
    }

    private async Task KeepItAsync(VaultClient vault, SecretPath path, int from, int to)
    {
        var metadata = await vault.MetadataAsync(path.Full, CancellationToken.None);
        var tenant = path.Prefix.TrimEnd('/');
        await using var store = await stores.CreateDbContextAsync(CancellationToken.None);
        var known = await store
            .Set<SecretAgeRow>()
            .Where(row => row.Tenant == tenant && row.Path == path.Relative)
            .ToListAsync(CancellationToken.None);
        var since =
            known.Find(row => row.Version == from)?.Since
            ?? metadata?.Versions.GetValueOrDefault(from.ToString(CultureInfo.InvariantCulture))?.CreatedTime;
        if (since is null || known.Exists(row => row.Version == to))
        {
            return;
        }
        store.RemoveRange(
            known.Where(row =>
                metadata?.Versions.ContainsKey(row.Version.ToString(CultureInfo.InvariantCulture)) == false
            )
        );
        store.Add(
            new SecretAgeRow
            {
                Tenant = tenant,
                Path = path.Relative,
                Version = to,
                Since = since.Value,
            }
        );
        await store.SaveChangesAsync(CancellationToken.None);
    }
}

internal sealed class SecretAgeTable : IEntityTypeConfiguration<SecretAgeRow>
{
    public void Configure(EntityTypeBuilder<SecretAgeRow> builder)
    {
        builder.ToTable("SecretAges");
        builder.HasKey(row => new
        {
            row.Tenant,
            row.Path,
            row.Version,
        });
        builder.Property(row => row.Tenant).HasMaxLength(64);
        builder.Property(row => row.Path).HasMaxLength(SecretAgeStore.LongestPath);
    }
}
