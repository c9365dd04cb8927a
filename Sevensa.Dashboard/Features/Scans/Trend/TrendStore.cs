using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Trend;

internal sealed class FindingDayTable : IEntityTypeConfiguration<FindingDayRow>
{
    public void Configure(EntityTypeBuilder<FindingDayRow> builder)
    {
        builder.ToTable("FindingDays");
        builder.HasKey(row => new
        {
            row.Tenant,
            row.Day,
            row.Kind,
        });
        builder.Property(row => row.Day).HasMaxLength(10);
        builder.Property(row => row.Kind).HasConversion<string>().HasMaxLength(24);
    }
}

/// <summary>How many findings were open, day by day.</summary>
internal sealed class TrendStore(IDbContextFactory<Store> stores)
{
    private static readonly string[] Counted =
    [
        nameof(FindingDayRow.Critical),
        nameof(FindingDayRow.High),
        nameof(FindingDayRow.Medium),
        nameof(FindingDayRow.Low),
        nameof(FindingDayRow.Unknown),
        nameof(FindingDayRow.Overdue),
        nameof(FindingDayRow.CountedAt),
    ];

    /// <summary>The days of a tenant that were counted, the oldest first.</summary>
    /// <param name="kind">Null: all kinds, each in a row of its own.</param>
    public async Task<IReadOnlyList<FindingDayRow>> DaysAsync(
        string tenant,
        string from,
        string to,
        FindingKind? kind,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        // The database compares, by the order that it sorts in.
#pragma warning disable CA1309
        var rows = store
            .Set<FindingDayRow>()
            .AsNoTracking()
            .Where(row =>
                row.Tenant == tenant && string.Compare(row.Day, from) >= 0 && string.Compare(row.Day, to) <= 0
            );
#pragma warning restore CA1309
        if (kind is { } one)
        {
            rows = rows.Where(row => row.Kind == one);
        }
        return await rows.OrderBy(row => row.Day).ToListAsync(cancellation);
    }

    /// <summary>Whether a tenant has been counted on a day.</summary>
    public async Task<bool> IsCountedAsync(string tenant, string day, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<FindingDayRow>().AnyAsync(row => row.Tenant == tenant && row.Day == day, cancellation);
    }

    /// <summary>What is counted of a day again takes the place of what was.</summary>
    public Task PutAsync(IReadOnlyList<FindingDayRow> rows, CancellationToken cancellation) =>
        stores.UpsertAsync(rows, Counted, cancellation);
}
