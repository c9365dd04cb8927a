using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Posture.Exceptions;

/// <summary>An item of a service, or of a host's engine, that may fail until a time. One at most for each.</summary>
internal sealed class PostureExceptionRow
{
    public required string Id { get; init; }

    /// <summary>The tenant; empty for an engine.</summary>
    public required string Tenant { get; init; }

    /// <summary>Name of the service, or the id of the host whose engine is meant.</summary>
    public required string Subject { get; init; }

    /// <summary>Number in the benchmark.</summary>
    public required string Check { get; init; }

    /// <summary>Who answers for it.</summary>
    public required string Owner { get; set; }
    public required string Reason { get; set; }

    /// <summary>From then on the item fails again.</summary>
    public required DateTimeOffset Until { get; set; }
    public required string MadeBy { get; set; }
    public required DateTimeOffset MadeAt { get; set; }
}

/// <summary>What was excepted, as long as somebody may want to know that it was.</summary>
internal sealed class PostureExceptionStore(IDbContextFactory<Store> stores)
{
    /// <summary>Also those whose time is over.</summary>
    public async Task<IReadOnlyList<PostureExceptionRow>> AllAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<PostureExceptionRow>().AsNoTracking().ToListAsync(cancellation);
    }

    /// <summary>One for the same item takes the new words and the new end.</summary>
    public async Task<PostureExceptionRow> PutAsync(PostureExceptionRow wanted, CancellationToken cancellation)
    {
        for (var tries = 0; ; tries++)
        {
            await using var store = await stores.CreateDbContextAsync(cancellation);
            var known = await store
                .Set<PostureExceptionRow>()
                .SingleOrDefaultAsync(
                    row => row.Tenant == wanted.Tenant && row.Subject == wanted.Subject && row.Check == wanted.Check,
                    cancellation
                );
            if (known is null)
            {
                store.Add(wanted);
                known = wanted;
            }
            else
            {
                (known.Owner, known.Reason, known.Until) = (wanted.Owner, wanted.Reason, wanted.Until);
                (known.MadeBy, known.MadeAt) = (wanted.MadeBy, wanted.MadeAt);
            }
            try
            {
                await store.SaveChangesAsync(cancellation);
                return known;
            }
            catch (DbUpdateException exception) when (tries == 0 && StoreFault.In(exception) is null)
            {
                // Somebody made one for the same item between the look and the write.
            }
        }
    }

    public async Task RemoveAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Set<PostureExceptionRow>().Where(row => row.Id == id).ExecuteDeleteAsync(cancellation);
    }
}

internal sealed class PostureExceptionTable : IEntityTypeConfiguration<PostureExceptionRow>
{
    public void Configure(EntityTypeBuilder<PostureExceptionRow> builder)
    {
        builder.ToTable("PostureExceptions").HasKey(row => row.Id);
        builder
            .HasIndex(row => new
            {
                row.Tenant,
                row.Subject,
                row.Check,
            })
            .IsUnique();
    }
}
