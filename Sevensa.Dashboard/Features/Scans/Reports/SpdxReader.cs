using System.Text.Json;
using System.Text.RegularExpressions;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>SPDX 2.2 and 2.3 in JSON: a list of parts. It looks for nothing, and is no scan whatever its sender says.</summary>
internal sealed partial class SpdxReader : IReportReader
{
    private const string Document = "SPDXRef-DOCUMENT";

    /// <summary>A longer one is none: what its version is would be looked for again and again.</summary>
    private const int MostOfATool = 200;

    public string Format => "spdx";

    public bool Knows(JsonElement root) => Hint(root, "spdxVersion") is not null;

    public ScanReport Read(JsonElement root, CancellationToken cancellation)
    {
        if (Hint(root, "spdxVersion") is not { } version)
        {
            throw new UnreadableReportException(
                "This is not SPDX in JSON: it has no spdxVersion. `syft -o spdx-json` writes it."
            );
        }
        if (!version.StartsWith("SPDX-2.", StringComparison.Ordinal))
        {
            throw new UnreadableReportException(
                $"SPDX of the version \"{Cut(version, 20)}\" is not known; SPDX-2.2 and SPDX-2.3 are."
            );
        }
        var described = Described(root);
        var (parts, subject) = (0, default(JsonElement));
        foreach (var package in List(root, "packages", "the document"))
        {
            cancellation.ThrowIfCancellationRequested();
            if (subject.ValueKind == JsonValueKind.Undefined && described.Contains(Said(package, "SPDXID") ?? ""))
            {
                subject = package;
                continue;
            }
            parts++;
        }
        var name = Said(subject, "name");
        return new ScanReport(ToolOf(root), [])
        {
            Image = Noted(subject, "Reference").FirstOrDefault() ?? Noted(subject, "RepoTag").FirstOrDefault(),
            File = name,
            Made = Said(Member(root, "creationInfo"), "created"),
            ImageId = Noted(subject, "ImageID").Select(ImageDigest.Bare).FirstOrDefault(),
            RepoDigests = [.. DigestsOf(subject, name).Distinct()],
            LookedAt = ScanReport.Parts,
            Platform = Urls(subject)
                .Select(url => ImagePlatform.Of(null, url.Qualifiers.GetValueOrDefault("arch")))
                .FirstOrDefault(platform => platform is not null),
            Listed = parts,
            NoScan =
                $"It is a list of {parts} parts (SPDX), kept as an inventory: nobody looked for anything in it, and it is no scan. For its findings send what `grype sbom:FILE -o json` (of Syft's) or `trivy sbom --scanners vuln --format json FILE` (of Trivy's) writes.",
        };
    }

    private static HashSet<string> Described(JsonElement root) =>
        [
            .. Words(root, "documentDescribes"),
            .. List(root, "relationships", "the document")
                .Where(one =>
                    Hint(one, "relationshipType") == "DESCRIBES"
                    && Hint(one, "spdxElementId") is Document
                    && Said(one, "relatedSpdxElement") is not null
                )
                .Select(one => Said(one, "relatedSpdxElement")!),
        ];

    private static IEnumerable<string> DigestsOf(JsonElement subject, string? name)
    {
        foreach (var digest in Noted(subject, "RepoDigest").Select(ImageDigest.Bare).OfType<string>())
        {
            yield return digest;
        }
        // Syft names an image by its manifest; of an archive it makes one that nobody knows.
        if (Hint(subject, "primaryPackagePurpose") == "CONTAINER" && !ImageDigest.IsArchive(name))
        {
            string?[] digests =
            [
                ImageDigest.Bare(Said(subject, "versionInfo")),
                .. Urls(subject).Select(url => url.Digest),
            ];
            foreach (var digest in digests.OfType<string>())
            {
                yield return digest;
            }
        }
    }

    private static IEnumerable<PackageUrl> Urls(JsonElement package) =>
        List(package, "externalRefs", "a package")
            .Where(one => Hint(one, "referenceType") == "purl")
            .Select(one => PackageUrl.Read(Said(one, "referenceLocator")))
            .OfType<PackageUrl>();

    /// <summary>What Trivy notes of an image: in annotations, and in texts of attribution before.</summary>
    private static IEnumerable<string> Noted(JsonElement package, string key) =>
        List(package, "annotations", "a package")
            .Select(note => Said(note, "comment"))
            .OfType<string>()
            .Concat(Words(package, "attributionTexts"))
            .Where(note => note.StartsWith($"{key}: ", StringComparison.Ordinal))
            .Select(note => note[(key.Length + 2)..].Trim())
            .Where(value => value.Length > 0);

    private static string? ToolOf(JsonElement root)
    {
        var names = Words(Member(root, "creationInfo"), "creators")
            .Where(creator => creator.StartsWith("Tool:", StringComparison.OrdinalIgnoreCase))
            .Select(creator => Makers.Name(Version().Replace(Cut(creator["Tool:".Length..].Trim(), MostOfATool), "")))
            .OfType<string>()
            .ToList();
        return names.Find(Makers.IsKnown) ?? names.FirstOrDefault();
    }

    [GeneratedRegex(@"-(v?\d[\w.+-]*|dev|\[not provided\])$", RegexOptions.None, 1000)]
    private static partial Regex Version();
}
