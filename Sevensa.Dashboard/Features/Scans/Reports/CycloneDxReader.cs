using System.Text.Json;
using System.Text.RegularExpressions;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>
/// CycloneDX in JSON, with vulnerabilities (from 1.4 on). What it calls not affected, a false alarm, resolved or rejected is
/// kept as suppressed. A list of parts alone says nothing about what is wrong with them, and makes no image a scanned one.
/// </summary>
internal sealed partial class CycloneDxReader : IReportReader
{
    public string Format => "cyclonedx";

    public bool Knows(JsonElement root) => Hint(root, "bomFormat") == "CycloneDX";

    public ScanReport Read(JsonElement root, CancellationToken cancellation)
    {
        if (Has(root, "spdxVersion"))
        {
            throw Spdx();
        }
        if (root.ValueKind != JsonValueKind.Object || Hint(root, "bomFormat") != "CycloneDX")
        {
            throw new UnreadableReportException(
                "This is not CycloneDX in JSON: its bomFormat is not CycloneDX. Make it with `trivy image --format cyclonedx --scanners vuln`."
            );
        }
        var metadata = Member(root, "metadata");
        var subject = Member(metadata, "component");
        var scanner = ScannerOf(metadata);
        var parts = new CycloneDxParts(root, subject, scanner);
        var findings = new List<ReportedFinding>();
        var (told, judged, cleared) = (0, 0, 0);
        foreach (var found in List(root, "vulnerabilities", "the report"))
        {
            told++;
            var suppressed = CycloneDxJudgement.Cleared(found);
            var (isCleared, isUnaffected) = (suppressed is not null, true);
            foreach (var affected in List(found, "affects", "a vulnerability").DefaultIfEmpty())
            {
                var part = parts.Of(affected);
                isUnaffected &= part.IsUnaffected;
                isCleared |= part.IsUnaffected;
                findings.AddWithinLimit(
                    Finding(found, part, scanner) with
                    {
                        Suppressed = suppressed ?? (part.IsUnaffected ? "unaffected by its version" : null),
                    },
                    cancellation
                );
            }
            judged += CycloneDxJudgement.IsJudged(found, isUnaffected) ? 1 : 0;
            cleared += isCleared ? 1 : 0;
        }
        // A scanner judges nothing of what it finds; who has judged every entry states something of what others found. So does a
        // document without parts that judges any of its entries, or points at the parts of another.
        var listed = List(root, "components", "the report").Count();
        var isAlone = listed == 0;
        var statement =
            told > 0 && (judged == told || (isAlone && AnyOfAnother(root)))
                ? "It says of single vulnerabilities whether they affect the product (VEX), and is no scan: what it does not name stays as it is."
                : null;
        var name = Said(subject, "name");
        var id = Properties(subject, "aquasecurity:trivy:ImageID").Select(ImageDigest.Bare).FirstOrDefault();
        string[] digests = [.. DigestsOf(subject, name).Distinct()];
        var lookedAt = LookedAt(subject, scanner, id is not null || digests.Length > 0);
        return new ScanReport(scanner, findings)
        {
            Image =
                Properties(subject, "aquasecurity:trivy:Reference").FirstOrDefault()
                ?? Properties(subject, "aquasecurity:trivy:RepoTag").FirstOrDefault(),
            File = name,
            Made = Said(metadata, "timestamp"),
            ImageId = id,
            RepoDigests = digests,
            LookedAt = lookedAt,
            IsOfAnothersList = lookedAt == ScanReport.Parts,
            Platform =
                Said(subject, "purl") is { } purl && Architecture().Match(purl) is { Success: true } match
                    ? ImagePlatform.Of(null, match.Groups[1].Value)
                    : null,
            ByNature = Makers.NatureOf(scanner),
            Listed = told == 0 && listed > 0 ? listed : null,
            NoScan = isAlone ? statement : null,
            Statement = isAlone ? null : statement,
            Notes =
                cleared > 0
                    ?
                    [
                        $"{cleared} vulnerabilities that it calls not affected, false, resolved or rejected are kept as suppressed.",
                    ]
                    : [],
        };
    }

    /// <param name="isNamed">Whether the subject has an image's digest.</param>
    private static string? LookedAt(JsonElement subject, string? scanner, bool isNamed) =>
        Said(subject, "type")?.ToLowerInvariant() switch
        {
            // Trivy writes properties of its own of an image; what it was given as a list of another's parts has none.
            "container" when scanner == "trivy" && !HasTrivys(subject) => ScanReport.Parts,
            "container" => null,
            null => isNamed ? null : ScanReport.Unsaid,
            // An application, a file, a library.
            _ => ScanReport.Folder,
        };

    private static bool HasTrivys(JsonElement subject) =>
        List(subject, "properties", "a component")
            .Any(property =>
                Hint(property, "name")?.StartsWith("aquasecurity:trivy:", StringComparison.Ordinal) == true
            );

    internal static UnreadableReportException Spdx() =>
        new(
            "This is SPDX, a list of parts without findings. Scan it and send what comes out: `trivy sbom --scanners vuln --format json FILE` or `grype sbom:FILE -o json`."
        );

    private static string? ScannerOf(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object || !metadata.TryGetProperty("tools", out var tools))
        {
            return null;
        }
        // A list up to 1.4, lists of components and services since.
        var listed =
            tools.ValueKind == JsonValueKind.Array
                ? tools.EnumerateArray()
                : List(tools, "components", "the tools").Concat(List(tools, "services", "the tools"));
        var names = listed.Select(tool => Makers.Name(Hint(tool, "name"))).OfType<string>().ToList();
        return names.Find(Makers.IsKnown) ?? names.FirstOrDefault();
    }

    private static bool AnyOfAnother(JsonElement root) =>
        List(root, "vulnerabilities", "the report")
            .Any(found =>
                Has(found, "analysis")
                || List(found, "affects", "a vulnerability")
                    .Any(part => Hint(part, "ref")?.StartsWith("urn:cdx:", StringComparison.OrdinalIgnoreCase) == true)
            );

    private static ReportedFinding Finding(JsonElement found, CycloneDxParts.Part part, string? scanner)
    {
        var id = Cut(Required(found, "id"), 100);
        var (severity, score) = Rated(found);
        return new ReportedFinding(
            Makers.IsVulnerabilityId(id)
                ? FindingKind.Vulnerability
                : Makers.OnlyKind(scanner)
                    ?? (Makers.IsCheckId(id) ? FindingKind.Misconfiguration : FindingKind.Vulnerability),
            id,
            Cut(part.Name.Length > 0 ? part.Name : "(not said)", 300),
            Cut(part.Version, 200),
            CutOrNone(part.FixedFrom ?? Advised(Hint(found, "recommendation"), part.Name), 500),
            severity,
            TrivyReader.PlaceOf(part.Place),
            CutOrNone(Hint(found, "description"), 500),
            Link(Hint(Member(found, "source"), "url"))
        )
        {
            Aliases =
            [
                .. List(found, "references", "a vulnerability")
                    .Select(reference => Said(reference, "id"))
                    .OfType<string>()
                    .Where(alias => alias != id)
                    .Select(alias => Cut(alias, 100)),
            ],
            Copy = part.Reference,
            Ecosystem = Ecosystems.Of(part.Purl),
            Score = score,
            Epss = Ratings(found).Where(IsEpss).Select(rating => Number(rating, "score")).DefaultIfEmpty().Max(),
            Exploited = Ratings(found).Any(IsKev),
        };
    }

    /// <summary>The worst that the finding's own source says, else the worst that anybody says.</summary>
    private static (Severity Severity, double? Score) Rated(JsonElement found)
    {
        var ratings = Ratings(found).Where(rating => !IsEpss(rating) && !IsKev(rating)).ToList();
        var source = Hint(Member(found, "source"), "name");
        var own = ratings.Where(rating => source is not null && Hint(Member(rating, "source"), "name") == source);
        var severity = Worst(own) is var said and not Severity.Unknown ? said : Worst(ratings);
        return (severity, ratings.Select(Score).DefaultIfEmpty().Max());

        static Severity Worst(IEnumerable<JsonElement> ratings) =>
            ratings
                .Select(rating =>
                    SeverityOf(Hint(rating, "severity")) is var word and not Severity.Unknown
                        ? word
                        : SeverityOf(Score(rating))
                )
                .DefaultIfEmpty()
                .Max();

        // Of scales that are nobody's standard only the word is known.
        static double? Score(JsonElement rating) =>
            Hint(rating, "method") is { } method && !method.StartsWith("CVSS", StringComparison.OrdinalIgnoreCase)
                ? CvssVector.BaseScore(Hint(rating, "vector"))
                : Number(rating, "score") ?? CvssVector.BaseScore(Hint(rating, "vector"));
    }

    private static IEnumerable<JsonElement> Ratings(JsonElement found) => List(found, "ratings", "a vulnerability");

    private static bool IsEpss(JsonElement rating) =>
        Hint(Member(rating, "source"), "name") is { } source
        && (
            source.Contains("EPSS", StringComparison.OrdinalIgnoreCase)
            // FIRST keeps CVSS too.
            || (
                source == "FIRST"
                && Hint(rating, "method")?.StartsWith("CVSS", StringComparison.OrdinalIgnoreCase) != true
            )
        );

    private static bool IsKev(JsonElement rating) =>
        Hint(Member(rating, "source"), "name") is { } source && source.Contains("KEV", StringComparison.Ordinal);

    /// <summary>Advice is one text for all parts: "Upgrade a to version 1; Upgrade b to version 2, 3".</summary>
    private static string? Advised(string? advice, string package)
    {
        if (advice is null)
        {
            return null;
        }
        var upgrades = Upgrade().Matches(advice);
        var own = upgrades.FirstOrDefault(upgrade =>
            upgrade.Groups["what"].Value is var what
            && (what == package || package.EndsWith("/" + what, StringComparison.Ordinal))
        );
        return (own ?? upgrades.FirstOrDefault())?.Groups["version"].Value.Trim().TrimEnd('.');
    }

    private static IEnumerable<string> DigestsOf(JsonElement subject, string? name)
    {
        foreach (var digest in Properties(subject, "aquasecurity:trivy:RepoDigest"))
        {
            if (ImageDigest.Bare(digest) is { } bare)
            {
                yield return bare;
            }
        }
        // Syft and Grype name an image by its manifest in the version; of an archive they make one that nobody knows.
        if (
            Hint(subject, "type") == "container"
            && !ImageDigest.IsArchive(name)
            && ImageDigest.Bare(Hint(subject, "version")) is { } version
        )
        {
            yield return version;
        }
    }

    private static IEnumerable<string> Properties(JsonElement part, string name) =>
        List(part, "properties", "a component")
            .Where(property => Hint(property, "name") == name)
            .Select(property => Said(property, "value"))
            .OfType<string>();

    [GeneratedRegex(
        @"(?:\bUpgrade (?<what>\S+) )?\bto version (?<version>[^;\s,]+(?:, ?[^;\s,]+)*)",
        RegexOptions.None,
        1000
    )]
    private static partial Regex Upgrade();

    [GeneratedRegex(@"[?&]arch=([\w-]+)", RegexOptions.None, 1000)]
    private static partial Regex Architecture();
}
