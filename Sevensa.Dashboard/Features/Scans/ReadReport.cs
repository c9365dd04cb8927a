using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>A report that was read, and its image's names.</summary>
/// <param name="Asked">The kinds of which its sender says that it is a scan; null when nothing is said.</param>
/// <param name="Hash">SHA-256 (hex) of what was sent, unpacked.</param>
/// <param name="Warnings">What the sender should know; more is added while it is kept.</param>
internal sealed record ReadReport(
    ScanReport Report,
    string Format,
    IReadOnlyList<CountedFinding> Findings,
    IReadOnlySet<FindingKind>? Asked,
    ImageNames Names,
    string Hash,
    PackedOriginal Original,
    List<string> Warnings
)
{
    /// <summary>A secret that was found is kept nowhere, and only Trivy is known to write asterisks in its place.</summary>
    public bool MayHoldSecrets =>
        Report.Scanner != "trivy" && Findings.Any(found => found.Finding.Kind == FindingKind.Secret);

    /// <summary>Of its findings of some kinds; suppressed ones left aside.</summary>
    public SeverityCounts Counts(Func<FindingKind, bool> of) =>
        SeverityCounts.Of(
            Findings
                .Where(found => found.Finding.Suppressed is null && of(found.Finding.Kind))
                .Select(found => found.Finding.Severity)
        );

    /// <param name="again">Whether it is a scan of its own, though the same was taken in before.</param>
    public ScanReportRow Row(
        ScannedImageRow image,
        ScanOrder order,
        DateTimeOffset scannedAt,
        DateTimeOffset now,
        ReportIntake.Sender by,
        bool again = false
    )
    {
        var counts = Counts(kind => kind is FindingKind.Vulnerability or FindingKind.Code);
        var said = string.Join(',', (Asked ?? new HashSet<FindingKind>()).Order());
        var what =
            $"{image.Id}\n{Format}\n{said}\n{Report.Scanner}\n{Names.Platform}\n{Hash.ToUpperInvariant()}"
            + (again ? $"\n{now.UtcTicks}" : "");
        return new ScanReportRow
        {
            Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what))),
            ImageId = image.Id,
            Format = Format,
            Scanner = Report.Scanner,
            Kinds = string.Join(',', order.Scanned.Order().Select(FindingKinds.Word)),
            ScannedAt = scannedAt,
            ReceivedAt = now,
            ReceivedBy = by.Name,
            Owners = by.Owners,
            Hash = Hash,
            Critical = counts.Critical,
            High = counts.High,
            Medium = counts.Medium,
            Low = counts.Low,
            Unknown = counts.Unknown,
        };
    }

    /// <summary>What was taken in, for the record.</summary>
    /// <param name="name">Of its image.</param>
    /// <param name="rest">Of what it is a scan, or where it came from.</param>
    public string Told(string name, ScanReportRow report, string rest)
    {
        if (Report.Vex is not { } vex)
        {
            return $"{name}: {Findings.Count} findings, {report.Critical} critical, {report.High} high ({report.Scanner ?? report.Format}; {rest})";
        }
        var version = vex.Version is { } one ? $", version {one}" : "";
        var count = vex.Statements.Count == 1 ? "1 statement" : $"{vex.Statements.Count} statements";
        return $"{name}: the document {vex.Id}{version}, {count} ({report.Format}; {rest})";
    }
}
