using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>Trivy's JSON report, schema version 2 (<c>trivy image --format json</c>): its vulnerabilities.</summary>
internal sealed class TrivyReader : IReportReader
{
    public string Format => "trivy";

    public Task<ScanReport> ReadAsync(Stream body, CancellationToken cancellation) =>
        ReportJson.ReadAsync(body, Read, cancellation);

    private static ScanReport Read(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            throw new UnreadableReportException(
                "This is Trivy's first form of report, a plain list. Make it anew with Trivy 0.20 or later."
            );
        }
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("SchemaVersion", out var schema))
        {
            throw new UnreadableReportException(
                "This is not a report of Trivy: it has no SchemaVersion. Make one with `trivy image --format json`."
            );
        }
        if (schema.ValueKind != JsonValueKind.Number || !schema.TryGetInt32(out var version) || version != 2)
        {
            throw new UnreadableReportException($"Reports of schema version {Shown(schema)} are not known; 2 is.");
        }
        var findings = new List<ReportedFinding>();
        foreach (var result in List(root, "Results", "the report"))
        {
            var target = Text(result, "Target") ?? "";
            var isSystem = Text(result, "Class") == "os-pkgs";
            foreach (var found in List(result, "Vulnerabilities", $"the result {Cut(target, 80)}"))
            {
                findings.AddWithinLimit(Finding(found, isSystem ? "" : target));
            }
        }
        var metadata = root.TryGetProperty("Metadata", out var told) ? told : default;
        return new ScanReport(
            Text(root, "ArtifactName"),
            Time(Text(root, "CreatedAt")),
            [.. Digests(metadata).Distinct()],
            findings
        );
    }

    private static ReportedFinding Finding(JsonElement found, string target)
    {
        var place = Text(found, "PkgPath") is { Length: > 0 } path ? $"{target}:{path}" : target;
        return new ReportedFinding(
            Cut(Required(found, "VulnerabilityID"), 100),
            Cut(Required(found, "PkgName"), 300),
            Cut(Text(found, "InstalledVersion") ?? "", 200),
            Text(found, "FixedVersion") is { Length: > 0 } version ? Cut(version, 500) : null,
            SeverityOf(Text(found, "Severity")),
            Cut(place, 500),
            Text(found, "Title") is { } title ? Cut(title, 500) : null,
            Link(Text(found, "PrimaryURL"))
        );
    }

    /// <summary>Repository digests first: they name the image for everybody, its id only where it was built or pulled.</summary>
    private static IEnumerable<string> Digests(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }
        foreach (var digest in List(metadata, "RepoDigests", "Metadata", JsonValueKind.String))
        {
            if (ImageDigest.Bare(digest.GetString()) is { } bare)
            {
                yield return bare;
            }
        }
        if (ImageDigest.Bare(Text(metadata, "ImageID")) is { } id)
        {
            yield return id;
        }
    }
}
