using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>
/// Whose absence closes what: the scanner, and what it looked at. A folder has none of the system's packages, a list may lack some
/// of them, and who does not say what was looked at may mean either, so that what such a scan lacks is not gone from the image.
/// </summary>
/// <param name="Name">As it stands in the sightings of a finding.</param>
/// <param name="IsOfImage">Whether it is a scan of the image: only such a one makes the image a scanned one.</param>
/// <param name="Before">The newest of the series, by kind.</param>
/// <param name="Silent">The same scanner's series of those that do not say what they looked at, where a report of the image itself supersedes it.</param>
internal sealed record ReportSeries(
    string Name,
    bool IsOfImage,
    IReadOnlyList<ScanSeriesRow> Before,
    IReadOnlyList<ScanSeriesRow> Silent
)
{
    /// <summary>The name of scanners that do not name themselves: nothing is known to be the same one's.</summary>
    public const string Unnamed = "unnamed";

    /// <param name="asked">Kinds as the sender says; null when nothing is said.</param>
    /// <param name="tellsPlatform">Whether the sender says the platform: an image has one, a folder has none.</param>
    public static async Task<ReportSeries> OfAsync(
        ScanStore store,
        string imageId,
        ScanReport report,
        IReadOnlySet<FindingKind>? asked,
        bool tellsPlatform,
        List<string> warnings,
        CancellationToken cancellation
    )
    {
        var own = report.Scanner ?? Unnamed;
        var lookedAt = report.LookedAt;
        // A statement is about what others found, whatever its own subject.
        var isStatement = report.NoScan is not null || (report.Statement is not null && asked is null);
        if (isStatement || (lookedAt == ScanReport.Unsaid && (tellsPlatform || report.Scanner is null)))
        {
            lookedAt = null;
        }
        var whole = await store.SeriesAsync(imageId, own, cancellation);
        if (lookedAt is null)
        {
            return new ReportSeries(
                own,
                true,
                whole,
                isStatement ? [] : await store.SeriesAsync(imageId, $"{own}-{ScanReport.Unsaid}", cancellation)
            );
        }
        var name = $"{own}-{lookedAt}";
        var isOfImage = lookedAt switch
        {
            ScanReport.Folder => false,
            ScanReport.Parts => !report.IsOfAnothersList,
            ScanReport.Unsaid => !whole.Any(row => row.Kind == FindingKind.Vulnerability),
            _ => true,
        };
        if (lookedAt == ScanReport.Unsaid && whole.Count > 0)
        {
            warnings.Add(
                $"It does not say what was looked at, and other reports of {own} are of the image itself: it closes nothing that they found. If it is of the image too, say for which platform with platform=, as in platform=linux/amd64, or send {own}'s JSON."
            );
        }
        return new ReportSeries(name, isOfImage, await store.SeriesAsync(imageId, name, cancellation), []);
    }

    /// <summary>Kinds of which what the silent reports found is gone too: all that this one closes, but where theirs are newer.</summary>
    public IReadOnlySet<FindingKind> ClosedOfSilent(IReadOnlySet<FindingKind> closing, DateTimeOffset scannedAt) =>
        Silent
            .Where(row => closing.Contains(row.Kind) && row.ScannedAt <= scannedAt)
            .Select(row => row.Kind)
            .ToHashSet();
}
