using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Due;

/// <summary>A tenant's own days in place of the installation's.</summary>
internal sealed class DuePolicyRow
{
    public required string Tenant { get; init; }
    public int? Critical { get; set; }
    public int? High { get; set; }
    public int? Medium { get; set; }
    public int? Low { get; set; }
    public int? Unknown { get; set; }
    public int? Exploited { get; set; }
    public int? Exposed { get; set; }
    public required string ChangedBy { get; set; }
    public required DateTimeOffset ChangedAt { get; set; }

    public DueDays Days => new(Critical, High, Medium, Low, Unknown, Exploited) { Exposed = Exposed };
}

internal sealed class DuePolicyTable : IEntityTypeConfiguration<DuePolicyRow>
{
    public void Configure(EntityTypeBuilder<DuePolicyRow> builder)
    {
        builder.ToTable("FindingDuePolicies").HasKey(row => row.Tenant);
        builder.Ignore(row => row.Days);
    }
}

internal sealed class DuePolicyStore(IDbContextFactory<Store> stores)
{
    public async Task<IReadOnlyDictionary<string, DuePolicyRow>> AllAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<DuePolicyRow>().AsNoTracking().ToDictionaryAsync(row => row.Tenant, cancellation);
    }

    public Task PutAsync(string tenant, DueDays days, string by, DateTimeOffset now, CancellationToken cancellation) =>
        stores.UpsertAsync(
            [
                new DuePolicyRow
                {
                    Tenant = tenant,
                    Critical = days.Critical,
                    High = days.High,
                    Medium = days.Medium,
                    Low = days.Low,
                    Unknown = days.Unknown,
                    Exploited = days.Exploited,
                    Exposed = days.Exposed,
                    ChangedBy = by,
                    ChangedAt = now,
                },
            ],
            [
                nameof(DuePolicyRow.Critical),
                nameof(DuePolicyRow.High),
                nameof(DuePolicyRow.Medium),
                nameof(DuePolicyRow.Low),
                nameof(DuePolicyRow.Unknown),
                nameof(DuePolicyRow.Exploited),
                nameof(DuePolicyRow.Exposed),
                nameof(DuePolicyRow.ChangedBy),
                nameof(DuePolicyRow.ChangedAt),
            ],
            cancellation
        );

    public async Task RemoveAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Set<DuePolicyRow>().Where(row => row.Tenant == tenant).ExecuteDeleteAsync(cancellation);
    }
}
