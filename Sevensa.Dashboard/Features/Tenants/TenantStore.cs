using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Tenants;

internal sealed class TenantRow
{
    public required string Id { get; init; }
    public required string Name { get; set; }
    public required string Colour { get; set; }
    public required List<string> Services { get; set; }
    public required List<string> ComposeProjects { get; set; }
    public double? LatencyObjectiveMs { get; set; }
    public double? AvailabilityObjective { get; set; }
}

internal sealed class TenantTable : IEntityTypeConfiguration<TenantRow>
{
    public void Configure(EntityTypeBuilder<TenantRow> builder)
    {
        builder.ToTable("Tenants");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Id).HasMaxLength(63);
    }
}

internal sealed class TenantStore(IDbContextFactory<Store> stores)
{
    public async Task<IReadOnlyList<Tenant>> ListAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store.Set<TenantRow>().AsNoTracking().ToListAsync(cancellation);
        return
        [
            .. rows.Select(row => new Tenant(
                    row.Id,
                    row.Name,
                    row.Colour,
                    row.Services,
                    row.ComposeProjects,
                    row.LatencyObjectiveMs,
                    row.AvailabilityObjective
                ))
                .OrderBy(tenant => tenant.Name, StringComparer.OrdinalIgnoreCase),
        ];
    }

    /// <summary>Adds those that are missing and brings the others to what is given; removes none.</summary>
    public async Task PutAsync(IReadOnlyList<Tenant> tenants, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store.Set<TenantRow>().ToDictionaryAsync(row => row.Id, cancellation);
        foreach (var tenant in tenants)
        {
            if (!rows.TryGetValue(tenant.Id, out var row))
            {
                row = new TenantRow
                {
                    Id = tenant.Id,
                    Name = tenant.Name,
                    Colour = tenant.Colour,
                    Services = [],
                    ComposeProjects = [],
                };
                store.Add(row);
            }
            row.Name = tenant.Name;
            row.Colour = tenant.Colour;
            row.Services = [.. tenant.Services];
            row.ComposeProjects = [.. tenant.ComposeProjects];
            row.LatencyObjectiveMs = tenant.LatencyObjectiveMs;
            row.AvailabilityObjective = tenant.AvailabilityObjective;
        }
        await store.SaveChangesAsync(cancellation);
    }
}
