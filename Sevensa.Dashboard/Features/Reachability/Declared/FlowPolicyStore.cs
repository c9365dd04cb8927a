using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Reachability.Declared;

/// <summary>The flows that a tenant declares, as their people wrote them.</summary>
internal sealed class FlowPolicyRow
{
    public required string Tenant { get; init; }
    public required string Text { get; set; }
    public required string SavedBy { get; set; }
    public required DateTimeOffset SavedAt { get; set; }
}

internal sealed class FlowPolicyStore(IDbContextFactory<Store> stores)
{
    public async Task<IReadOnlyList<FlowPolicyRow>> AllAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<FlowPolicyRow>().AsNoTracking().ToListAsync(cancellation);
    }

    /// <summary>The whole of it anew.</summary>
    public async Task<FlowPolicyRow> PutAsync(FlowPolicyRow wanted, CancellationToken cancellation)
    {
        for (var tries = 0; ; tries++)
        {
            await using var store = await stores.CreateDbContextAsync(cancellation);
            var known = await store
                .Set<FlowPolicyRow>()
                .SingleOrDefaultAsync(row => row.Tenant == wanted.Tenant, cancellation);
            if (known is null)
            {
                store.Add(wanted);
                known = wanted;
            }
            else
            {
                (known.Text, known.SavedBy, known.SavedAt) = (wanted.Text, wanted.SavedBy, wanted.SavedAt);
            }
            try
            {
                await store.SaveChangesAsync(cancellation);
                return known;
            }
            catch (DbUpdateException exception) when (tries == 0 && StoreFault.In(exception) is null)
            {
                // Somebody saved the first one between the look and the write.
            }
        }
    }
}

internal sealed class FlowPolicyTable : IEntityTypeConfiguration<FlowPolicyRow>
{
    public void Configure(EntityTypeBuilder<FlowPolicyRow> builder) =>
        builder.ToTable("FlowPolicies").HasKey(row => row.Tenant);
}
