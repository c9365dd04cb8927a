using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Images;

/// <summary>What a list of images tells of each.</summary>
internal sealed class ImageListStore(IDbContextFactory<Store> stores)
{
    /// <summary>How many open findings of each severity each image has.</summary>
    public async Task<ILookup<string, (Severity Severity, int Count)>> OpenAsync(
        IReadOnlyCollection<string> images,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var asked = new FindingsAsked(images, null, FindingState.Open, null);
        var counts = await FindingStore
            .Asked(store, asked, now)
            .GroupBy(row => new { row.ImageId, row.Severity })
            .Select(group => new
            {
                group.Key.ImageId,
                group.Key.Severity,
                Count = group.Count(),
            })
            .ToListAsync(cancellation);
        return counts.ToLookup(one => one.ImageId, one => (one.Severity, one.Count), StringComparer.Ordinal);
    }

    public async Task<ILookup<string, ImageLastScan>> ScansAsync(
        IReadOnlyCollection<string> images,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var series = await store
            .Set<ScanSeriesRow>()
            .AsNoTracking()
            .Where(row => images.Contains(row.ImageId))
            .ToListAsync(cancellation);
        return series
            .OrderBy(row => row.Kind)
            .ThenBy(row => row.Scanner, StringComparer.Ordinal)
            .ToLookup(
                row => row.ImageId,
                row => new ImageLastScan(row.Scanner, row.Kind, row.ScannedAt),
                StringComparer.Ordinal
            );
    }
}
