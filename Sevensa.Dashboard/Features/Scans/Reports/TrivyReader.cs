using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>
/// Trivy's JSON report, schema version 2 (<c>trivy image --format json</c>), by itself or inside an attestation
/// (<c>--format cosign-vuln</c>). Nothing in it says what was looked for.
/// </summary>
internal sealed class TrivyReader : IReportReader
{
    public string Format => "trivy";

    public bool Knows(JsonElement root) => Has(root, "SchemaVersion") || Has(Attested(root), "SchemaVersion");

    public ScanReport Read(JsonElement root, CancellationToken cancellation)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            throw new UnreadableReportException(
                root.EnumerateArray().Any(item => Has(item, "Target"))
                    ? "This is Trivy's first form of report, a plain list. Make it anew with Trivy 0.20 or later."
                    : "This is a plain list, which is no report of Trivy (its first form was one). Make it with `trivy image --format json`."
            );
        }
        if (Has(Attested(root), "SchemaVersion"))
        {
            root = Attested(root);
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
            ReadResult(result, findings, cancellation);
        }
        var metadata = Member(root, "Metadata");
        var system = Member(metadata, "OS");
        var config = Member(metadata, "ImageConfig");
        var artifact = Text(root, "ArtifactName");
        var lookedAt = LookedAt(Hint(root, "ArtifactType"));
        var id = ImageDigest.Bare(Hint(metadata, "ImageID"));
        return new ScanReport("trivy", findings)
        {
            Image = Said(metadata, "Reference") ?? Words(metadata, "RepoTags").FirstOrDefault(tag => tag.Length > 0),
            File = artifact,
            LookedAt = lookedAt,
            // From a list of its own it carries the image's id over.
            IsOfAnothersList = lookedAt == ScanReport.Parts && id is null,
            Made = Text(root, "CreatedAt"),
            ImageId = id,
            RepoDigests =
            [
                .. List(metadata, "RepoDigests", "Metadata", JsonValueKind.String)
                    .Select(digest => ImageDigest.Bare(digest.GetString()))
                    .OfType<string>()
                    .Distinct(),
            ],
            Platform = ImagePlatform.Of(Hint(config, "os"), Hint(config, "architecture"), Hint(config, "variant")),
            TellsSystem = Said(config, "os") is not null,
            EndOfLife =
                system.ValueKind == JsonValueKind.Object
                && system.TryGetProperty("EOSL", out var past)
                && past.ValueKind == JsonValueKind.True
                    ? Cut($"{Hint(system, "Family")} {Hint(system, "Name")}".Trim(), 100)
                    : null,
            TellsEndOfLife = system.ValueKind == JsonValueKind.Object,
        };
    }

    private static string? LookedAt(string? artifact) =>
        artifact switch
        {
            null or "" or "container_image" => null,
            "cyclonedx" or "spdx" => ScanReport.Parts,
            // A repository, a virtual machine and whatever is added later.
            _ => ScanReport.Folder,
        };

    private static JsonElement Attested(JsonElement root) => Member(Member(root, "scanner"), "result");

    private static void ReadResult(JsonElement result, List<ReportedFinding> findings, CancellationToken cancellation)
    {
        var target = Text(result, "Target") ?? "";
        var where = $"the result {Cut(target, 80)}";
        var isSystem = Text(result, "Class") == "os-pkgs";
        var type = Hint(result, "Type") ?? "";
        foreach (var found in List(result, "Vulnerabilities", where))
        {
            findings.AddWithinLimit(Vulnerability(found, isSystem ? "" : target, type), cancellation);
        }
        foreach (var found in List(result, "Secrets", where))
        {
            findings.AddWithinLimit(Secret(found, target), cancellation);
        }
        foreach (var found in List(result, "Misconfigurations", where))
        {
            if (Hint(found, "Status") is null or "FAIL")
            {
                findings.AddWithinLimit(Misconfiguration(found, target, type), cancellation);
            }
        }
        foreach (var found in List(result, "Licenses", where))
        {
            findings.AddWithinLimit(License(found, target), cancellation);
        }
        foreach (var modified in List(result, "ExperimentalModifiedFindings", where))
        {
            if (Suppressed(modified, target, isSystem, type) is { } suppressed)
            {
                findings.AddWithinLimit(suppressed, cancellation);
            }
        }
    }

    private static ReportedFinding? Suppressed(JsonElement modified, string target, bool isSystem, string type)
    {
        var found = Member(modified, "Finding");
        var finding = Hint(modified, "Type") switch
        {
            "vulnerability" => Vulnerability(found, isSystem ? "" : target, type),
            "secret" => Secret(found, target),
            "misconfiguration" => Misconfiguration(found, target, type),
            "license" => License(found, target),
            _ => null,
        };
        var why = string.Join(
            ": ",
            new[] { Said(modified, "Status"), Said(modified, "Statement"), Said(modified, "Source") }.OfType<string>()
        );
        return finding is null ? null : finding with { Suppressed = Cut(why.Length > 0 ? why : "ignored", 500) };
    }

    private static ReportedFinding Vulnerability(JsonElement found, string target, string type) =>
        new(
            FindingKind.Vulnerability,
            Cut(Required(found, "VulnerabilityID"), 100),
            Cut(Required(found, "PkgName"), 300),
            Cut(Text(found, "InstalledVersion") ?? "", 200),
            CutOrNone(Text(found, "FixedVersion"), 500),
            SeverityOf(Text(found, "Severity")) is var word and not Severity.Unknown
                ? word
                : SeverityOf(BestScore(Member(found, "CVSS"))),
            PlaceOf(Text(found, "PkgPath") is { Length: > 0 } path ? path : target),
            CutOrNone(Text(found, "Title"), 500),
            Link(Text(found, "PrimaryURL"))
        )
        {
            // A distribution's own advisory may be about many.
            Aliases = [.. Words(found, "VendorIDs").Where(Makers.IsGhsa).Select(id => Cut(id, 100))],
            Copy = Hint(Member(found, "PkgIdentifier"), "BOMRef") ?? "",
            Ecosystem = Ecosystems.Of(Hint(Member(found, "PkgIdentifier"), "PURL"), type),
            Score = BestScore(Member(found, "CVSS")),
            Suppressed = Hint(found, "Status") == "not_affected" ? "not affected" : null,
        };

    private static double? BestScore(JsonElement sources) =>
        sources.ValueKind == JsonValueKind.Object
            ? sources
                .EnumerateObject()
                .Select(source =>
                    Number(source.Value, "V40Score")
                    ?? CvssVector.BaseScore(Hint(source.Value, "V40Vector"))
                    ?? Number(source.Value, "V3Score")
                    ?? CvssVector.BaseScore(Hint(source.Value, "V3Vector"))
                    ?? Number(source.Value, "V2Score")
                    ?? CvssVector.BaseScore(Hint(source.Value, "V2Vector"))
                )
                .Max()
            : null;

    // What was matched is a secret's surroundings and stays in the report.
    private static ReportedFinding Secret(JsonElement found, string target) =>
        new(
            FindingKind.Secret,
            Cut(Hint(found, "RuleID") ?? throw new UnreadableReportException("A secret has no RuleID."), 100),
            Cut(Hint(found, "Category") ?? "", 300),
            "",
            null,
            SeverityOf(Hint(found, "Severity")),
            PlaceOf(target),
            CutOrNone(Hint(found, "Title"), 500),
            null
        )
        {
            Copy = Line(found),
        };

    private static ReportedFinding Misconfiguration(JsonElement found, string target, string type) =>
        new(
            FindingKind.Misconfiguration,
            Cut(
                Hint(found, "ID")
                    ?? Hint(found, "AVDID")
                    ?? throw new UnreadableReportException("A misconfiguration has no ID."),
                100
            ),
            Cut(type, 300),
            "",
            null,
            SeverityOf(Hint(found, "Severity")),
            PlaceOf(target),
            CutOrNone(Hint(found, "Title") ?? Hint(found, "Message"), 500),
            Link(Hint(found, "PrimaryURL"))
        )
        {
            Copy =
                $"{Hint(Member(found, "CauseMetadata"), "Resource")} {Line(Member(found, "CauseMetadata"))} {Hint(found, "Message")}",
        };

    private static ReportedFinding License(JsonElement found, string target) =>
        new(
            FindingKind.License,
            Cut(Said(found, "Name") ?? "(not said)", 100),
            Cut(Hint(found, "PkgName") ?? "", 300),
            "",
            null,
            SeverityOf(Hint(found, "Severity")),
            PlaceOf(Said(found, "FilePath") ?? target),
            CutOrNone(Hint(found, "Category"), 500),
            Link(Said(found, "Link"))
        );

    private static string Line(JsonElement owner) =>
        Number(owner, "StartLine") is { } line ? line.ToString(System.Globalization.CultureInfo.InvariantCulture) : "";

    /// <summary>Paths are written with and without a slash, or a dot and a slash, at the front for the same file.</summary>
    internal static string PlaceOf(string path)
    {
        var place = path.TrimStart('/');
        while (place.StartsWith("./", StringComparison.Ordinal))
        {
            place = place[2..].TrimStart('/');
        }
        return Cut(place, 500);
    }
}
