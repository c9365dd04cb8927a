using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans;

internal sealed class ScanTables
    : IEntityTypeConfiguration<ScannedImageRow>,
        IEntityTypeConfiguration<ScannedDigestRow>,
        IEntityTypeConfiguration<ScanReportRow>,
        IEntityTypeConfiguration<FindingRow>,
        IEntityTypeConfiguration<FindingDecisionRow>
{
    public void Configure(EntityTypeBuilder<ScannedImageRow> builder)
    {
        builder.ToTable("ScannedImages");
        builder.HasKey(row => row.Id);
    }

    public void Configure(EntityTypeBuilder<ScannedDigestRow> builder)
    {
        builder.ToTable("ScannedDigests");
        builder.HasKey(row => row.Digest);
        builder.HasIndex(row => row.ImageId);
    }

    public void Configure(EntityTypeBuilder<ScanReportRow> builder)
    {
        builder.ToTable("ScanReports");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => row.ImageId);
    }

    public void Configure(EntityTypeBuilder<FindingRow> builder)
    {
        builder.ToTable("Findings");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => new { row.ImageId, row.Severity });
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
    }

    public void Configure(EntityTypeBuilder<FindingDecisionRow> builder)
    {
        builder.ToTable("FindingDecisions");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => row.FindingId);
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.IsAppendOnly();
    }
}

/// <param name="IsNew">False when this very report was taken in before: nothing was changed.</param>
internal sealed record TakenIn(ScanReportRow Report, bool IsNew);

/// <summary>Reports, findings and decisions.</summary>
internal sealed class ScanStore(IDbContextFactory<Store> stores)
{
    public const string SeenAgain = "Reported again";
    public const string NotSeen = "No longer reported";
    private const string Scanner = "scan";

    public async Task<bool> IsEmptyAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return !await store.Set<ScanReportRow>().AnyAsync(cancellation);
    }

    public async Task<ScanReportRow?> ReportAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<ScanReportRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>The image known by any of these digests.</summary>
    public async Task<ScannedImageRow?> ImageAsync(IReadOnlyCollection<string> digests, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await ImageAsync(store, digests, cancellation);
    }

    /// <summary>Image ids by the digests they are known by.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ImagesOfAsync(
        IReadOnlyCollection<string> digests,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ScannedDigestRow>()
            .AsNoTracking()
            .Where(row => digests.Contains(row.Digest))
            .ToDictionaryAsync(row => row.Digest, row => row.ImageId, cancellation);
    }

    public async Task<IReadOnlyList<string>> DigestsOfAsync(string imageId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ScannedDigestRow>()
            .Where(row => row.ImageId == imageId)
            .Select(row => row.Digest)
            .ToListAsync(cancellation);
    }

    /// <summary>Findings of images, the most severe first. Null: of all images.</summary>
    public async Task<IReadOnlyList<(FindingRow Finding, ScannedImageRow Image)>> FindingsAsync(
        IReadOnlyCollection<string>? images,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var (everything, wanted) = (images is null, images ?? []);
        var rows = await (
            from finding in store.Set<FindingRow>().AsNoTracking()
            join image in store.Set<ScannedImageRow>() on finding.ImageId equals image.Id
            where everything || wanted.Contains(finding.ImageId)
            orderby finding.Severity descending, finding.Vulnerability, finding.Package, finding.Id
            select new { finding, image }
        ).ToListAsync(cancellation);
        return [.. rows.Select(row => (row.finding, row.image))];
    }

    public async Task<FindingRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<FindingRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>The newest report of an image rules: what it no longer has is fixed, what it has again is open.</summary>
    public async Task<TakenIn> TakeInAsync(
        ScanReportRow report,
        string image,
        IReadOnlyList<string> digests,
        IReadOnlyDictionary<string, ReportedFinding> findings,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
        if (await store.Set<ScanReportRow>().FindAsync([report.Id], cancellation) is { } before)
        {
            return new TakenIn(before, false);
        }
        var row = await store.Set<ScannedImageRow>().FindAsync([report.ImageId], cancellation);
        if (row is null)
        {
            row = new ScannedImageRow
            {
                Id = report.ImageId,
                Image = image,
                ScannedAt = report.ScannedAt,
            };
            store.Add(row);
        }
        var isNewest = report.ScannedAt >= row.ScannedAt;
        if (isNewest)
        {
            (row.Image, row.ScannedAt) = (image, report.ScannedAt);
        }
        var known = await store
            .Set<ScannedDigestRow>()
            .Where(digest => digests.Contains(digest.Digest))
            .Select(digest => digest.Digest)
            .ToListAsync(cancellation);
        store.AddRange(
            digests.Except(known).Select(digest => new ScannedDigestRow { Digest = digest, ImageId = report.ImageId })
        );
        store.Add(report);
        await MergeAsync(store, report, findings, isNewest, cancellation);
        await store.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return new TakenIn(report, true);
    }

    /// <returns>Null when there is no such finding.</returns>
    public async Task<FindingRow?> DecideAsync(
        string id,
        FindingState state,
        string? reason,
        DateTimeOffset? until,
        string by,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        if (await store.Set<FindingRow>().SingleOrDefaultAsync(row => row.Id == id, cancellation) is not { } finding)
        {
            return null;
        }
        Decide(store, finding, state, reason, until, by, now);
        await store.SaveChangesAsync(cancellation);
        return finding;
    }

    private static async Task MergeAsync(
        DbContext store,
        ScanReportRow report,
        IReadOnlyDictionary<string, ReportedFinding> findings,
        bool isNewest,
        CancellationToken cancellation
    )
    {
        var rows = await store
            .Set<FindingRow>()
            .Where(row => row.ImageId == report.ImageId)
            .ToDictionaryAsync(row => row.Id, cancellation);
        foreach (var (id, found) in findings)
        {
            if (!rows.TryGetValue(id, out var row))
            {
                store.Add(Row(id, report, found));
                continue;
            }
            if (!isNewest)
            {
                continue;
            }
            (row.FixedVersion, row.Severity, row.Title, row.Url) = (
                found.FixedVersion,
                found.Severity,
                found.Title,
                found.Url
            );
            row.LastSeenAt = report.ReceivedAt;
            if (row.State == FindingState.Fixed)
            {
                Decide(store, row, FindingState.Open, SeenAgain, null, Scanner, report.ReceivedAt);
            }
        }
        if (isNewest)
        {
            foreach (var row in rows.Values.Where(row => row.State != FindingState.Fixed))
            {
                if (!findings.ContainsKey(row.Id))
                {
                    Decide(store, row, FindingState.Fixed, NotSeen, null, Scanner, report.ReceivedAt);
                }
            }
        }
    }

    private static FindingRow Row(string id, ScanReportRow report, ReportedFinding found) =>
        new()
        {
            Id = id,
            ImageId = report.ImageId,
            Vulnerability = found.Vulnerability,
            Package = found.Package,
            Installed = found.Installed,
            FixedVersion = found.FixedVersion,
            Severity = found.Severity,
            Place = found.Place,
            Title = found.Title,
            Url = found.Url,
            State = FindingState.Open,
            FirstSeenAt = report.ReceivedAt,
            LastSeenAt = report.ReceivedAt,
        };

    private static void Decide(
        DbContext store,
        FindingRow finding,
        FindingState state,
        string? reason,
        DateTimeOffset? until,
        string by,
        DateTimeOffset now
    )
    {
        (finding.State, finding.Reason, finding.Until, finding.DecidedBy) = (state, reason, until, by);
        store.Add(
            new FindingDecisionRow
            {
                FindingId = finding.Id,
                State = state,
                Reason = reason,
                Until = until,
                By = by,
                At = now,
            }
        );
    }

    private static async Task<ScannedImageRow?> ImageAsync(
        DbContext store,
        IReadOnlyCollection<string> digests,
        CancellationToken cancellation
    ) =>
        await (
            from digest in store.Set<ScannedDigestRow>()
            join image in store.Set<ScannedImageRow>().AsNoTracking() on digest.ImageId equals image.Id
            where digests.Contains(digest.Digest)
            orderby image.Id
            select image
        ).FirstOrDefaultAsync(cancellation);
}
