using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>Grype's own JSON (<c>grype -o json</c>). It looks for vulnerabilities and nothing else.</summary>
internal sealed class GrypeReader : IReportReader
{
    private static readonly string[] SystemPackages = ["deb", "apk", "rpm", "alpm", "portage"];

    public string Format => "grype";

    public bool Knows(JsonElement root) => Has(root, "matches") && (Has(root, "descriptor") || Has(root, "source"));

    public ScanReport Read(JsonElement root, CancellationToken cancellation)
    {
        if (root.ValueKind != JsonValueKind.Object || !Has(root, "matches"))
        {
            throw new UnreadableReportException(
                "This is not a report of Grype: it has no matches. Make one with `grype -o json`."
            );
        }
        var findings = new List<ReportedFinding>();
        foreach (var match in List(root, "matches", "the report"))
        {
            findings.AddWithinLimit(Finding(match), cancellation);
        }
        foreach (var match in List(root, "ignoredMatches", "the report"))
        {
            findings.AddWithinLimit(Finding(match) with { Suppressed = Why(match) }, cancellation);
        }
        var source = Member(root, "source");
        var target = Member(source, "target");
        var named = Said(target, "userInput");
        var id = ImageDigest.Bare(Hint(target, "imageID"));
        var digests = Words(target, "repoDigests").Select(ImageDigest.Bare).OfType<string>().ToList();
        // For an archive the manifest is made on the way, and nobody else knows its digest.
        if (
            (digests.Count > 0 || (id is null && !ImageDigest.IsArchive(named)))
            && ImageDigest.Bare(Hint(target, "manifestDigest")) is { } manifest
        )
        {
            digests.Add(manifest);
        }
        var lookedAt = LookedAt(source, target, id);
        return new ScanReport("grype", findings)
        {
            Image = Words(target, "tags").FirstOrDefault(tag => tag.Length > 0),
            File = named ?? Said(source, "target"),
            LookedAt = lookedAt,
            // Of a list of Syft's it tells the image's manifest.
            IsOfAnothersList = lookedAt == ScanReport.Parts && id is null && digests.Count == 0,
            Made = Said(Member(root, "descriptor"), "timestamp"),
            ImageId = id,
            RepoDigests = [.. digests.Distinct()],
            Platform = ImagePlatform.Of(Hint(target, "os"), Hint(target, "architecture")),
            TellsSystem = Said(target, "os") is not null,
            ByNature = Makers.NatureOf("grype"),
        };
    }

    /// <param name="id">The digest of the image's configuration: of a list of parts Grype tells another id there.</param>
    private static string? LookedAt(JsonElement source, JsonElement target, string? id) =>
        Said(source, "type")?.ToLowerInvariant() switch
        {
            "image" => id is null && Said(target, "imageID") is not null ? ScanReport.Parts : null,
            "sbom" or "sbom-file" => ScanReport.Parts,
            null when target.ValueKind == JsonValueKind.Object => null,
            null when !Has(source, "target") => ScanReport.Unsaid,
            // A directory, a file, a package by its name, and whatever is added later.
            _ => ScanReport.Folder,
        };

    private static ReportedFinding Finding(JsonElement match)
    {
        var found = Member(match, "vulnerability");
        var artifact = Member(match, "artifact");
        var type = Hint(artifact, "type") ?? "";
        var scores = Scores(found).DefaultIfEmpty().Max();
        var word = SeverityOf(Hint(found, "severity"));
        var fix = Member(found, "fix");
        return new ReportedFinding(
            FindingKind.Vulnerability,
            Cut(Required(found, "id"), 100),
            Cut(
                PackageName.Of(
                    Required(artifact, "name"),
                    Hint(artifact, "purl"),
                    Hint(Member(artifact, "metadata"), "pomGroupID")
                ),
                300
            ),
            Cut(Hint(artifact, "version") ?? "", 200),
            CutOrNone(string.Join(", ", Words(fix, "versions")), 500),
            word != Severity.Unknown ? word : SeverityOf(scores),
            Array.IndexOf(SystemPackages, type) >= 0 ? "" : TrivyReader.PlaceOf(PathOf(artifact)),
            CutOrNone(Hint(found, "description"), 500),
            Link(Hint(found, "dataSource"))
        )
        {
            Aliases =
            [
                .. List(match, "relatedVulnerabilities", "a match")
                    .Select(related => Said(related, "id"))
                    .OfType<string>()
                    .Select(id => Cut(id, 100)),
            ],
            Copy = Hint(artifact, "id") ?? "",
            Ecosystem = Ecosystems.Of(Hint(artifact, "purl"), type),
            Score = scores,
            Epss = List(found, "epss", "a vulnerability").Select(one => Number(one, "epss")).DefaultIfEmpty().Max(),
            Exploited = List(found, "knownExploited", "a vulnerability").Any(),
        };
    }

    private static IEnumerable<double?> Scores(JsonElement found) =>
        List(found, "cvss", "a vulnerability")
            .Select(one => Number(Member(one, "metrics"), "baseScore") ?? CvssVector.BaseScore(Hint(one, "vector")));

    private static string PathOf(JsonElement artifact) =>
        List(artifact, "locations", "an artifact")
            .Select(one => Said(one, "path"))
            .FirstOrDefault(path => path is not null)
        ?? "";

    private static string Why(JsonElement match)
    {
        var rules = List(match, "appliedIgnoreRules", "an ignored match")
            .Select(rule =>
                Said(rule, "reason")
                ?? (Said(rule, "vex-status") is { } vex ? $"VEX: {vex}" : null)
                ?? (Said(rule, "fix-state") is { } state ? $"ignored while its fix is \"{state}\"" : null)
            )
            .OfType<string>()
            .Distinct();
        return Cut(string.Join("; ", rules) is { Length: > 0 } told ? told : "ignored by a rule of Grype", 500);
    }
}
