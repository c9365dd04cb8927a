using System.Globalization;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>
/// What a report may say about each kind of findings: order is kept for each image, scanner and kind by itself, and only the
/// newest report of a kind says what is gone.
/// </summary>
/// <param name="Covered">Kinds of which the report is a scan.</param>
/// <param name="Spoken">Kinds whose findings are taken in: all but those of which a newer report is known.</param>
/// <param name="Closing">Kinds of which what the report lacks is gone.</param>
/// <param name="Series">Rows to write.</param>
/// <param name="IsOfImage">Whether it was the image that was looked at.</param>
internal sealed record ScanOrder(
    IReadOnlySet<FindingKind> Covered,
    IReadOnlySet<FindingKind> Spoken,
    IReadOnlySet<FindingKind> Closing,
    IReadOnlyList<ScanSeriesRow> Series,
    bool IsOfImage
)
{
    /// <summary>Kinds for which it counts as a scan of the image.</summary>
    public IReadOnlySet<FindingKind> Scanned =>
        IsOfImage ? Covered : Covered.Where(kind => kind != FindingKind.Vulnerability).ToHashSet();

    /// <summary>A report that does not say when it was made may have been on its way for so long.</summary>
    private static readonly TimeSpan OnTheWay = TimeSpan.FromHours(1);

    /// <param name="asked">Kinds as the sender says; null when nothing is said.</param>
    public static ScanOrder Of(
        ScanReport report,
        IReadOnlyList<CountedFinding> findings,
        IReadOnlySet<FindingKind>? asked,
        ScannedImageRow image,
        ImageNames names,
        DateTimeOffset scannedAt,
        ReportSeries series,
        List<string> warnings
    )
    {
        var held = findings.Select(counted => counted.Finding.Kind).ToHashSet();
        var covered = Cover(report, held, asked, warnings);
        var (spoken, closing, rows) = (
            new HashSet<FindingKind>(held),
            new HashSet<FindingKind>(),
            new List<ScanSeriesRow>()
        );
        if (report.LookedAt == ScanReport.Folder && covered.Contains(FindingKind.Vulnerability))
        {
            warnings.Add(
                "It is a scan of a folder or of files, not of the image: the packages of the image's system were not looked at. Scan the image itself too."
            );
        }
        if (report.IsOfAnothersList && covered.Contains(FindingKind.Vulnerability))
        {
            warnings.Add(
                "It was matched against a list of parts that another program made: packages of the image's system lose their source there, and with it many of their findings, so it makes no image a scanned one. Scan the image itself, or the list by the family that wrote it: Grype reads Syft's, Trivy its own."
            );
        }
        foreach (var kind in held.Union(covered))
        {
            var before = series.Before.FirstOrDefault(row => row.Kind == kind);
            if (before is not null && IsOlder(report, scannedAt, before))
            {
                spoken.Remove(kind);
                warnings.Add(
                    $"It is older than what is known of {Looked(kind)} ({Shown(scannedAt)} against {Shown(before.ScannedAt)}), and changes nothing there."
                );
                continue;
            }
            if (!covered.Contains(kind))
            {
                continue;
            }
            var pinned = names.ImageId is not null;
            var platform = names.Platform ?? (pinned ? image.Platform : null);
            var same = before is null || (pinned && before.IsPinned) || before.Platform == platform;
            if (!same && platform is null)
            {
                warnings.Add(
                    $"It does not say for which platform the image is, so nothing that was found for {before!.Platform ?? "another"} is closed. Say it with platform=, as in platform=linux/amd64."
                );
                continue;
            }
            if (same && report is { Scanner: not null, Incomplete: null, NoScan: null })
            {
                closing.Add(kind);
            }
            rows.Add(
                new ScanSeriesRow
                {
                    ImageId = image.Id,
                    Scanner = series.Name,
                    Kind = kind,
                    ScannedAt = scannedAt,
                    // A time that had not come yet says nothing of the order.
                    IsTimed = report.ScannedAt <= scannedAt,
                    Platform = platform,
                    IsPinned = pinned,
                }
            );
        }
        return new ScanOrder(covered, spoken, closing, rows, series.IsOfImage);
    }

    /// <summary>Whether these rows make the image one that was scanned for the kind.</summary>
    public bool Makes(FindingKind kind, IReadOnlyList<ScanSeriesRow> rows) =>
        IsOfImage && rows.Any(row => row.Kind == kind);

    private static HashSet<FindingKind> Cover(
        ScanReport report,
        HashSet<FindingKind> held,
        IReadOnlySet<FindingKind>? asked,
        List<string> warnings
    )
    {
        var name = report.Scanner ?? "its scanner";
        if (report.NoScan is { } why)
        {
            warnings.Add(why);
            return [];
        }
        if (report.Incomplete is { } missing)
        {
            warnings.Add(missing);
            return [.. held.Where(kind => kind != FindingKind.Code)];
        }
        if (report.Statement is { } judged && asked is null)
        {
            warnings.Add($"{judged} If it was made by looking for vulnerabilities, send it with kinds=vulnerability.");
            return [];
        }
        HashSet<FindingKind> covered = [.. asked ?? held.Union(report.ByNature)];
        covered.Remove(FindingKind.Code);
        foreach (
            var kind in covered.Where(kind => !Makers.CanFind(report.Scanner, kind) && !held.Contains(kind)).ToList()
        )
        {
            covered.Remove(kind);
            warnings.Add($"{name} does not look for {Plural(kind)}, so the report is no scan for them.");
        }
        if (
            asked is not null
            && held.Where(kind => kind != FindingKind.Code && !asked.Contains(kind)).ToList() is [_, ..] more
        )
        {
            warnings.Add(
                $"It also holds {string.Join(", ", more.Select(Plural))}, which kinds= does not name: they are taken in, and none is closed."
            );
        }
        if (held.Contains(FindingKind.Code))
        {
            warnings.Add("What a linter says of source code is kept, and is no scan of the image.");
        }
        if (covered.Count == 0)
        {
            warnings.Add(
                Makers.CanFind(report.Scanner, FindingKind.Vulnerability)
                    ? $"It holds no findings, and a report of {name} does not say what was looked for: it changes nothing. If vulnerabilities were looked for, send it with kinds=vulnerability."
                    : $"It is no scan of the image: {name} does not look for vulnerabilities."
            );
        }
        else if (
            !covered.Contains(FindingKind.Vulnerability)
            && asked is null
            && Makers.CanFind(report.Scanner, FindingKind.Vulnerability)
        )
        {
            warnings.Add(
                $"It holds {string.Join(", ", covered.Select(Plural))} and no vulnerability. If it was made by looking for vulnerabilities too, send it with kinds={string.Join(',', covered.Append(FindingKind.Vulnerability).Order().Select(FindingKinds.Word))}."
            );
        }
        return covered;
    }

    private static bool IsOlder(ScanReport report, DateTimeOffset scannedAt, ScanSeriesRow before)
    {
        if (scannedAt >= before.ScannedAt)
        {
            return false;
        }
        return before.IsTimed || report.ScannedAt is null || before.ScannedAt - scannedAt > OnTheWay;
    }

    private static string Looked(FindingKind kind) =>
        kind == FindingKind.Code ? "its source code" : $"its {Plural(kind)}";

    private static string Plural(FindingKind kind) =>
        kind switch
        {
            FindingKind.Vulnerability => "vulnerabilities",
            FindingKind.License => "licences",
            FindingKind.Code => "results about source code",
            _ => $"{FindingKinds.Word(kind)}s",
        };

    private static string Shown(DateTimeOffset at) =>
        at.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
