using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans;

internal sealed class ScanTables
    : IEntityTypeConfiguration<ScannedImageRow>,
        IEntityTypeConfiguration<ScannedDigestRow>,
        IEntityTypeConfiguration<ScanSeriesRow>,
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
        builder.HasKey(row => new { row.Digest, row.ImageId });
        builder.HasIndex(row => row.ImageId);
    }

    public void Configure(EntityTypeBuilder<ScanSeriesRow> builder)
    {
        builder.ToTable("ScanSeries");
        builder.HasKey(row => new
        {
            row.ImageId,
            row.Scanner,
            row.Kind,
        });
        builder.Property(row => row.Kind).HasConversion<string>().HasMaxLength(24);
    }

    public void Configure(EntityTypeBuilder<ScanReportRow> builder)
    {
        builder.ToTable("ScanReports");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => row.ImageId);
        builder.HasIndex(row => row.ReceivedAt);
    }

    public void Configure(EntityTypeBuilder<FindingRow> builder)
    {
        builder.ToTable("Findings");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => new
        {
            row.ImageId,
            row.Severity,
            row.OpenSince,
        });
        builder.HasIndex(row => new { row.OwnerId, row.Severity });
        builder.HasIndex(row => row.Until).HasFilter("\"State\" = 'Accepted'");
        builder
            .HasIndex(row => new
            {
                row.Severity,
                row.OpenSince,
                row.Id,
            })
            .HasFilter("\"Exploited\"");
        // Of lists over all images alone, which say what every row fulfils: a list of some images' would walk all rows by them.
        builder
            .HasIndex(row => new
            {
                row.Severity,
                row.Urgency,
                row.Vulnerability,
                row.Package,
                row.Id,
            })
            .IsDescending(true, true, false, false, false)
            .HasFilter("\"Copy\" >= 0");
        builder
            .HasIndex(row => new
            {
                row.Urgency,
                row.Vulnerability,
                row.Package,
                row.Id,
            })
            .IsDescending(true, false, false, false)
            .HasFilter("\"Copy\" >= 0");
        builder.HasIndex(row => new { row.Vulnerability, row.ImageId });
        builder
            .HasIndex(row => new
            {
                row.Kind,
                row.Urgency,
                row.Vulnerability,
                row.Package,
                row.Id,
            })
            .IsDescending(false, true, false, false, false)
            .HasFilter("\"Kind\" <> 'Vulnerability'");
        builder.HasIndex(row => row.Justification).HasFilter("\"Justification\" IS NOT NULL");
        builder.HasIndex(row => row.Presence).HasFilter("\"Presence\" = 1");
        builder
            .HasIndex(row => new
            {
                row.Severity,
                row.Exploited,
                row.OpenSince,
                row.Id,
            })
            .HasFilter("\"Copy\" >= 0");
        builder.Property(row => row.Urgency).HasDefaultValue(0);
        builder.Property(row => row.OwnerId).HasMaxLength(64);
        builder.Property(row => row.Kind).HasConversion<string>().HasMaxLength(24);
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.Stated).HasConversion<string>().HasMaxLength(24);
        builder.Property(row => row.Judged).HasConversion<string>().HasMaxLength(24);
        builder.Property(row => row.Justification).HasMaxLength(64);
    }

    public void Configure(EntityTypeBuilder<FindingDecisionRow> builder)
    {
        builder.ToTable("FindingDecisions");
        builder.HasKey(row => row.Id);
        builder.HasIndex(row => row.FindingId);
        builder.Property(row => row.Deed).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.Judged).HasConversion<string>().HasMaxLength(24);
        builder.Property(row => row.Justification).HasMaxLength(64);
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.IsAppendOnly();
    }
}

/// <summary>What reports say of images.</summary>
internal sealed class ScanStore(IDbContextFactory<Store> stores, ImageStore images)
{
    // What a report may change in a finding that is there; what was decided about it is not the report's to say.
    private static readonly string[] Reported =
    [
        nameof(FindingRow.Vulnerability),
        nameof(FindingRow.Aliases),
        nameof(FindingRow.Ecosystem),
        nameof(FindingRow.FixedVersion),
        nameof(FindingRow.Severity),
        nameof(FindingRow.Score),
        nameof(FindingRow.Epss),
        nameof(FindingRow.Exploited),
        nameof(FindingRow.Urgency),
        nameof(FindingRow.Title),
        nameof(FindingRow.Url),
        nameof(FindingRow.Sightings),
        nameof(FindingRow.Presence),
        nameof(FindingRow.SuppressedWhy),
        nameof(FindingRow.Stated),
        nameof(FindingRow.StatedWhy),
        nameof(FindingRow.StatedAt),
        nameof(FindingRow.LastSeenAt),
        nameof(FindingRow.OpenSince),
    ];

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

    public async Task<IReadOnlyList<ScanSeriesRow>> SeriesAsync(
        string imageId,
        string scanner,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ScanSeriesRow>()
            .AsNoTracking()
            .Where(row => row.ImageId == imageId && row.Scanner == scanner)
            .ToListAsync(cancellation);
    }

    /// <summary>Whether a folder or files were scanned for vulnerabilities in place of any of these images.</summary>
    public async Task<bool> AnyOfAFolderAsync(IReadOnlyCollection<string> imageIds, CancellationToken cancellation)
    {
        const string OfAFolder = $"-{ScanReport.Folder}";
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ScanSeriesRow>()
            .AnyAsync(
                row =>
                    imageIds.Contains(row.ImageId)
                    && row.Kind == FindingKind.Vulnerability
                    && row.Scanner.EndsWith(OfAFolder),
                cancellation
            );
    }

    /// <summary>
    /// Since when vulnerabilities are open in the image of the same repository and owners that was scanned before this one.
    /// </summary>
    public async Task<IReadOnlyDictionary<(string, string), DateTimeOffset>> OpenBeforeAsync(
        ScannedImageRow image,
        CancellationToken cancellation
    )
    {
        var since = new Dictionary<(string, string), DateTimeOffset>();
        if (ImageDigest.Repository(image.Image) is not { } repository)
        {
            return since;
        }
        var before = (await images.OfRepositoriesAsync([repository], cancellation))
            .Select(one => one.Row)
            .Where(row => row.Id != image.Id && row.Owners == image.Owners && row.ScannedAt is not null)
            .MaxBy(row => row.ScannedAt);
        if (before is null)
        {
            return since;
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var open = store
            .Set<FindingRow>()
            .Where(row =>
                row.ImageId == before.Id && row.Kind == FindingKind.Vulnerability && row.Presence == Presence.Seen
            )
            .Select(row => new
            {
                row.Vulnerability,
                row.Package,
                row.OpenSince,
            });
        await foreach (var one in open.AsAsyncEnumerable().WithCancellation(cancellation))
        {
            var name = (one.Vulnerability, one.Package);
            since[name] = since.TryGetValue(name, out var known) && known < one.OpenSince ? known : one.OpenSince;
        }
        return since;
    }

    public async Task<IReadOnlyList<FindingRow>> FindingsOfAsync(string imageId, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<FindingRow>()
            .AsNoTracking()
            .Where(row => row.ImageId == imageId)
            .ToListAsync(cancellation);
    }

    /// <summary>
    /// Writes what a report changes, in pieces that hold nobody up. What opens the gate comes after what closes it, and the
    /// report's own row last: until it is there, the report counts as not taken in and may be sent again.
    /// </summary>
    public async Task WriteAsync(FindingMerge merge, CancellationToken cancellation)
    {
        await stores.UpsertAsync(
            [.. merge.Changed.Where(row => row.Presence == Presence.Seen)],
            Reported,
            cancellation
        );
        var piece = new PieceSize(200);
        for (var at = 0; at < merge.Reopened.Count; )
        {
            var ids = merge.Reopened.GetRange(at, Math.Min(piece.Rows, merge.Reopened.Count - at));
            await using var store = await stores.CreateDbContextAsync(cancellation);
            await piece.WriteAsync(
                store,
                some =>
                    some.Set<FindingRow>()
                        .Where(row => ids.Contains(row.Id) && row.State == FindingState.Fixed)
                        .ExecuteUpdateAsync(
                            row =>
                                row.SetProperty(one => one.State, FindingState.Open)
                                    .SetProperty(one => one.Reason, FindingMerge.SeenAgain)
                                    .SetProperty(one => one.Judged, (VexStatus?)null)
                                    .SetProperty(one => one.Until, (DateTimeOffset?)null),
                            cancellation
                        ),
                cancellation
            );
            at += ids.Count;
        }
        await stores.UpsertAsync(
            [.. merge.Changed.Where(row => row.Presence != Presence.Seen)],
            Reported,
            cancellation
        );
        await stores.UpsertAsync(merge.Decisions, [], cancellation);
    }

    /// <summary>Makes a report count: its image with its digests, the newest of each of its kinds, and itself.</summary>
    /// <param name="report">Null when only digests were learned.</param>
    public async Task FinishAsync(
        ScannedImageRow image,
        IReadOnlyCollection<string> digests,
        IReadOnlyCollection<ScanSeriesRow> series,
        ScanReportRow? report,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var known = await store
            .Set<ScannedDigestRow>()
            .Where(row => row.ImageId == image.Id)
            .Select(row => row.Digest)
            .ToListAsync(cancellation);
        store.AddRange(
            digests.Except(known).Select(digest => new ScannedDigestRow { Digest = digest, ImageId = image.Id })
        );
        if (await store.Set<ScannedImageRow>().AnyAsync(row => row.Id == image.Id, cancellation))
        {
            store.Update(image);
        }
        else
        {
            store.Add(image);
        }
        foreach (var one in series)
        {
            var there = await store
                .Set<ScanSeriesRow>()
                .AnyAsync(
                    row => row.ImageId == one.ImageId && row.Scanner == one.Scanner && row.Kind == one.Kind,
                    cancellation
                );
            store.Entry(one).State = there ? EntityState.Modified : EntityState.Added;
        }
        if (report is not null && !await store.Set<ScanReportRow>().AnyAsync(row => row.Id == report.Id, cancellation))
        {
            store.Add(report);
        }
        await store.SaveChangesAsync(cancellation);
    }
}
