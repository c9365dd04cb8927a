using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Originals;

/// <summary>Reports that were taken in, for who looks at them.</summary>
internal sealed class ReportStore(IDbContextFactory<Store> stores)
{
    private const string ListName = "reports";

    /// <summary>The newest first.</summary>
    /// <param name="images">Null: of all images.</param>
    public async Task<IReadOnlyList<ScanReportRow>> PageAsync(
        IReadOnlyCollection<string>? images,
        Cursor? after,
        int most,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<ScanReportRow>().AsNoTracking();
        if (images is not null)
        {
            rows = rows.Where(row => images.Contains(row.ImageId));
        }
        if (after is not null)
        {
            var (at, id) = (after.Time(0), after.Text(1));
            // The database compares, by the order that it sorts in.
#pragma warning disable CA1309
            rows = rows.Where(row => row.ReceivedAt < at || (row.ReceivedAt == at && string.Compare(row.Id, id) > 0));
#pragma warning restore CA1309
        }
        return await rows.OrderByDescending(row => row.ReceivedAt)
            .ThenBy(row => row.Id)
            .Take(most)
            .ToListAsync(cancellation);
    }

    public static string CursorAfter(ScanReportRow row) => Cursor.After(ListName, row.ReceivedAt, row.Id);

    public static Cursor? ReadCursor(string? text) => Cursor.Read(text, ListName, 2);
}
