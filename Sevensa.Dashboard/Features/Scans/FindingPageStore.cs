using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>Findings page by page. A page after a cursor goes on where the last one ended, whatever came or went.</summary>
internal sealed class FindingPageStore(IDbContextFactory<Store> stores)
{
    private const string BySeverity = "findings";
    private const string ByPriority = "findings by priority";

    // Behind the parts of what is known to be exploited.
    private const int Others = 8;

    private static readonly bool[] ExploitedFirst = [true, false];

    /// <summary>The most severe first, and of those the most urgent.</summary>
    public async Task<IReadOnlyList<(FindingRow Finding, ScannedImageRow Image)>> PageAsync(
        FindingsAsked asked,
        Cursor? after,
        int most,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var findings = FindingStore.Asked(store, asked, now);
        if (after is not null)
        {
            var (severity, urgency, vulnerability, package, id) = (
                (Severity)after.Number(0),
                after.Number(1),
                after.Text(2),
                after.Text(3),
                after.Text(4)
            );
            // The database compares, by the order that it sorts in.
#pragma warning disable CA1309
            findings = findings.Where(row =>
                row.Severity < severity
                || (
                    row.Severity == severity
                    && (
                        row.Urgency < urgency
                        || (
                            row.Urgency == urgency
                            && (
                                string.Compare(row.Vulnerability, vulnerability) > 0
                                || (
                                    row.Vulnerability == vulnerability
                                    && (
                                        string.Compare(row.Package, package) > 0
                                        || (row.Package == package && string.Compare(row.Id, id) > 0)
                                    )
                                )
                            )
                        )
                    )
                )
            );
#pragma warning restore CA1309
        }
        var ordered = findings
            .OrderByDescending(row => row.Severity)
            .ThenByDescending(row => row.Urgency)
            .ThenBy(row => row.Vulnerability)
            .ThenBy(row => row.Package)
            .ThenBy(row => row.Id);
        return await WithImagesAsync(store, ordered.Take(most), cancellation);
    }

    /// <summary>
    /// What is known to be exploited first, then by how far the image is reached, then by <see cref="Urgency"/>. How far that is the
    /// store does not know, so each part is read by itself until the page is full.
    /// </summary>
    public async Task<IReadOnlyList<(FindingRow Finding, ScannedImageRow Image)>> PageAsync(
        FindingQuestion question,
        Cursor? after,
        int most,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var from = after?.Number(0) ?? 0;
        var classes = question.Classes();
        List<(FindingRow Finding, ScannedImageRow Image)> found = [];
        await using var store = await stores.CreateDbContextAsync(cancellation);
        foreach (var exploited in ExploitedFirst)
        {
            if (question.Asked.Exploited && !exploited)
            {
                break;
            }
            foreach (var part in classes)
            {
                var number = PartOf(exploited, part.Exposure);
                if (number < from || found.Count == most)
                {
                    continue;
                }
                var rows = FindingStore.Asked(
                    store,
                    question.Asked with
                    {
                        Images = part.Images,
                        Except = part.Except,
                        Exploited = exploited,
                    },
                    now
                );
                if (!exploited)
                {
                    rows = rows.Where(row => row.Urgency < Urgency.Exploited);
                }
                if (after is not null && number == from)
                {
                    rows = Behind(rows, after);
                }
                var ordered = rows.OrderByDescending(row => row.Urgency)
                    .ThenBy(row => row.Vulnerability)
                    .ThenBy(row => row.Package)
                    .ThenBy(row => row.Id);
                found.AddRange(await WithImagesAsync(store, ordered.Take(most - found.Count), cancellation));
            }
        }
        return found;
    }

    public static string CursorAfter(FindingRow row) =>
        Cursor.After(BySeverity, (int)row.Severity, row.Urgency, row.Vulnerability, row.Package, row.Id);

    public static Cursor? ReadCursor(string? text) => Cursor.Read(text, BySeverity, 5);

    public static string CursorAfter(FindingRow row, Exposure exposure) =>
        Cursor.After(ByPriority, PartOf(row.Exploited, exposure), row.Urgency, row.Vulnerability, row.Package, row.Id);

    public static Cursor? ReadPriorityCursor(string? text) => Cursor.Read(text, ByPriority, 5);

    private static int PartOf(bool exploited, Exposure exposure) =>
        (exploited ? 0 : Others) + (int)Exposure.Internet - (int)exposure;

    private static IQueryable<FindingRow> Behind(IQueryable<FindingRow> rows, Cursor after)
    {
        var (urgency, vulnerability, package, id) = (after.Number(1), after.Text(2), after.Text(3), after.Text(4));
        // The database compares, by the order that it sorts in.
#pragma warning disable CA1309
        return rows.Where(row =>
            row.Urgency <= urgency
            && (
                row.Urgency < urgency
                || string.Compare(row.Vulnerability, vulnerability) > 0
                || (
                    row.Vulnerability == vulnerability
                    && (
                        string.Compare(row.Package, package) > 0
                        || (row.Package == package && string.Compare(row.Id, id) > 0)
                    )
                )
            )
        );
#pragma warning restore CA1309
    }

    private static async Task<IReadOnlyList<(FindingRow Finding, ScannedImageRow Image)>> WithImagesAsync(
        DbContext store,
        IQueryable<FindingRow> page,
        CancellationToken cancellation
    )
    {
        var rows = await page.ToListAsync(cancellation);
        var ids = rows.Select(row => row.ImageId).Distinct().ToList();
        var images = await store
            .Set<ScannedImageRow>()
            .AsNoTracking()
            .Where(image => ids.Contains(image.Id))
            .ToDictionaryAsync(image => image.Id, cancellation);
        // One may have gone between the two questions.
        return [.. rows.Where(row => images.ContainsKey(row.ImageId)).Select(row => (row, images[row.ImageId]))];
    }
}
