using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>Chooses the reader of a report: by the format that was named, else by what the document says of itself.</summary>
internal sealed class ReportReaders(IEnumerable<IReportReader> readers)
{
    private readonly IReportReader[] all = [.. readers];

    /// <param name="format">As it was asked for; null or empty: found out.</param>
    /// <returns>The report and the name of its format.</returns>
    /// <exception cref="UnreadableReportException">Unknown format, or no such report.</exception>
    public async Task<(ScanReport Report, string Format)> ReadAsync(
        Stream body,
        string? format,
        CancellationToken cancellation
    )
    {
        var named = string.IsNullOrWhiteSpace(format) ? null : format.Trim().ToLowerInvariant();
        if (named is not null && !Array.Exists(all, reader => reader.Format == named))
        {
            throw new UnreadableReportException(
                $"Reports of the format \"{Cut(named, 60)}\" can't be read. There is {string.Join(", ", all.Select(reader => reader.Format))}."
            );
        }
        return await ReportJson.ReadAsync(
            body,
            root =>
            {
                var reader = Choose(root, named);
                return (reader.Read(root, cancellation), reader.Format);
            },
            cancellation
        );
    }

    private IReportReader Choose(JsonElement root, string? named)
    {
        var known = Array.Find(all, reader => reader.Knows(root));
        if (named is not null)
        {
            return known is null || known.Format == named
                ? Array.Find(all, reader => reader.Format == named)!
                : throw new UnreadableReportException(
                    $"This is a report of the format {known.Format}, not {named}. Send it with format={known.Format}, or without format."
                );
        }
        return known
            ?? throw (
                Has(root, "spdxVersion") ? CycloneDxReader.Spdx()
                : Hint(root, "@context")?.Contains("spdx.org", StringComparison.OrdinalIgnoreCase) == true
                    ? new UnreadableReportException(
                        "This is SPDX 3 (JSON-LD), which is not read here. Write SPDX 2.3 in JSON: `syft -o spdx-json` and `trivy image --format spdx-json` do."
                    )
                : Has(root, "manifests") && Has(root, "detector")
                    ? new UnreadableReportException(
                        "This is a dependency snapshot for GitHub, a list of parts without findings. Send a scanner's report: `trivy image --format json` or `grype -o json`."
                    )
                : List(root, "results", "the report", JsonValueKind.Object).Any(one => Has(one, "packages"))
                    ? new UnreadableReportException(
                        "This is OSV-Scanner's own JSON, which is not read here. Send `osv-scanner scan --format sarif`."
                    )
                : Has(root, "dependencies") && Has(root, "fixes")
                    ? new UnreadableReportException(
                        "This is pip-audit's own JSON, which is not read here. Send `pip-audit -f cyclonedx-json`."
                    )
                : root.ValueKind == JsonValueKind.Array && root.EnumerateArray().Any(item => Has(item, "Target"))
                    ? new UnreadableReportException(
                        "This is Trivy's first form of report, a plain list. Make it anew with Trivy 0.20 or later."
                    )
                : new UnreadableReportException(
                    "This is no report that is known here: of Trivy (no SchemaVersion), Grype (no matches), Clair (no manifest_hash), SARIF (no runs), CycloneDX (no bomFormat), SPDX (no spdxVersion), OpenVEX (no @context) or CSAF (no document). `trivy image --format json` and `grype -o json` write one."
                )
            );
    }
}
