using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Trend;

internal sealed class FixTables : IEntityTypeConfiguration<RunImageRow>, IEntityTypeConfiguration<FindingFixRow>
{
    public void Configure(EntityTypeBuilder<RunImageRow> builder) =>
        builder.ToTable("TenantImages").HasKey(row => new { row.Tenant, row.ImageId });

    public void Configure(EntityTypeBuilder<FindingFixRow> builder)
    {
        builder.ToTable("FindingFixes");
        builder.HasKey(row => new { row.Tenant, row.FindingId });
        builder.HasIndex(row => new { row.Tenant, row.FixedAt });
        builder.HasIndex(row => row.FindingId);
    }
}

/// <summary>What tenants got rid of, and which images they run or ran until lately.</summary>
internal sealed class FixedFindingStore(IDbContextFactory<Store> stores)
{
    /// <summary>More than anybody fixes in a year; beyond them the figures are of the newest.</summary>
    public const int MostFixes = 200_000;

    private const int MostIds = 100;

    /// <summary>How long each took that was fixed within a time.</summary>
    public async Task<IReadOnlyList<(Severity Severity, TimeSpan Took)>> TimesAsync(
        string tenant,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<FindingFixRow>()
            .Where(row => row.Tenant == tenant && row.FixedAt >= from && row.FixedAt < to)
            .OrderByDescending(row => row.FixedAt)
            .Take(MostFixes)
            .Select(row => new
            {
                row.Severity,
                row.OpenSince,
                row.FixedAt,
            })
            .ToListAsync(cancellation);
        return [.. rows.Select(row => (row.Severity, row.FixedAt - row.OpenSince))];
    }

    /// <summary>A person called it fixed.</summary>
    public Task SaidFixedAsync(
        FindingRow finding,
        IEnumerable<string> tenants,
        DateTimeOffset now,
        CancellationToken cancellation
    ) =>
        finding.Kind != FindingKind.Vulnerability
            ? Task.CompletedTask
            : stores.UpsertAsync(
                [.. tenants.Distinct().Select(tenant => Of(finding, tenant, now, bySaying: true))],
                [nameof(FindingFixRow.FixedAt), nameof(FindingFixRow.BySaying)],
                cancellation
            );

    /// <summary>Those that are open again were not fixed.</summary>
    public async Task NotFixedAsync(IReadOnlyList<string> findings, CancellationToken cancellation)
    {
        foreach (var ids in findings.Chunk(MostIds))
        {
            await using var store = await stores.CreateDbContextAsync(cancellation);
            await store.Set<FindingFixRow>().Where(row => ids.Contains(row.FindingId)).ExecuteDeleteAsync(cancellation);
        }
    }

    public async Task<IReadOnlyList<RunImageRow>> ImagesAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<RunImageRow>().AsNoTracking().ToListAsync(cancellation);
    }

    /// <summary>An image runs, or was seen not to run any more.</summary>
    public Task PutAsync(IReadOnlyList<RunImageRow> rows, CancellationToken cancellation) =>
        stores.UpsertAsync(rows, [nameof(RunImageRow.Repository), nameof(RunImageRow.LeftAt)], cancellation);

    /// <summary>An image that is back: what seemed to be fixed when it went was not.</summary>
    public async Task CameBackAsync(string tenant, string imageId, CancellationToken cancellation)
    {
        var piece = new PieceSize(MostIds);
        while (true)
        {
            await using var store = await stores.CreateDbContextAsync(cancellation);
            var fixes = store
                .Set<FindingFixRow>()
                .Where(row => row.Tenant == tenant && row.ImageId == imageId && !row.BySaying);
            var ids = await fixes.Select(row => row.FindingId).Order().Take(piece.Rows).ToListAsync(cancellation);
            if (ids.Count == 0)
            {
                return;
            }
            await piece.WriteAsync(
                store,
                some =>
                    some.Set<FindingFixRow>()
                        .Where(row => row.Tenant == tenant && ids.Contains(row.FindingId))
                        .ExecuteDeleteAsync(cancellation),
                cancellation
            );
        }
    }

    /// <summary>
    /// What an image had and none of those has that took its place is fixed; the image is not looked at any more.
    /// </summary>
    /// <param name="successors">Empty: nothing took its place, and nothing is fixed.</param>
    public async Task SettleAsync(
        RunImageRow left,
        IReadOnlyCollection<string> successors,
        CancellationToken cancellation
    )
    {
        if (successors.Count > 0)
        {
            await stores.UpsertAsync(await GoneAsync(left, successors, cancellation), [], cancellation);
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<RunImageRow>()
            .Where(row => row.Tenant == left.Tenant && row.ImageId == left.ImageId)
            .ExecuteDeleteAsync(cancellation);
    }

    private async Task<IReadOnlyList<FindingFixRow>> GoneAsync(
        RunImageRow left,
        IReadOnlyCollection<string> successors,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var vulnerabilities = store
            .Set<FindingRow>()
            .AsNoTracking()
            .Where(row => row.Kind == FindingKind.Vulnerability);
        // What a scanner or a statement leaves out is there all the same.
        var there = await vulnerabilities
            .Where(row => successors.Contains(row.ImageId) && row.Presence != Presence.Gone)
            .Select(row => new { row.Vulnerability, row.Package })
            .ToListAsync(cancellation);
        var still = there.Select(row => (row.Vulnerability, row.Package)).ToHashSet();
        var had = await vulnerabilities
            .Where(row =>
                row.ImageId == left.ImageId && row.Presence == Presence.Seen && row.State != FindingState.Fixed
            )
            .ToListAsync(cancellation);
        return
        [
            .. had.Where(row => !still.Contains((row.Vulnerability, row.Package)))
                .Select(row => Of(row, left.Tenant, left.LeftAt!.Value, bySaying: false)),
        ];
    }

    private static FindingFixRow Of(FindingRow finding, string tenant, DateTimeOffset at, bool bySaying) =>
        new()
        {
            Tenant = tenant,
            FindingId = finding.Id,
            ImageId = finding.ImageId,
            Severity = finding.Severity,
            OpenSince = finding.OpenSince,
            FixedAt = at,
            BySaying = bySaying,
        };
}
