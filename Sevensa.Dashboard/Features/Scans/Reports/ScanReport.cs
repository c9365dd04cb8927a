namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>What a scanner's report says, whatever its format.</summary>
/// <param name="ScannedAt">When the scanner made it; null when it does not say.</param>
/// <param name="Digests">Bare digests of the image, as the report names them.</param>
/// <param name="NoScan">Why the image counts as not scanned although the report is well: it lists parts only. Null for a scan.</param>
/// <param name="Notes">What was left out, in words.</param>
internal sealed record ScanReport(
    string? Image,
    DateTimeOffset? ScannedAt,
    IReadOnlyList<string> Digests,
    IReadOnlyList<ReportedFinding> Findings,
    string? NoScan = null,
    IReadOnlyList<string>? Notes = null
);

/// <param name="Place">Where in the image: a file or lock file; empty for packages of the operating system.</param>
/// <param name="FixedVersion">As the scanner writes it; null when there is no fix.</param>
internal sealed record ReportedFinding(
    string Vulnerability,
    string Package,
    string Installed,
    string? FixedVersion,
    Severity Severity,
    string Place,
    string? Title,
    string? Url
);

/// <summary>One format of reports; chosen by its name.</summary>
internal interface IReportReader
{
    string Format { get; }

    /// <exception cref="UnreadableReportException">It is not such a report; says where and why.</exception>
    Task<ScanReport> ReadAsync(Stream body, CancellationToken cancellation);
}

/// <summary>Answered as 422.</summary>
internal sealed class UnreadableReportException(string message, Exception? inner = null) : Exception(message, inner);
