using System.Text.Json;
using System.Text.RegularExpressions;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>
/// CycloneDX in JSON, with vulnerabilities (from 1.4 on). What its analysis calls not affected, a false alarm or resolved is
/// no finding. A list of parts alone says nothing about what is wrong with them, and makes no image a scanned one.
/// </summary>
internal sealed partial class CycloneDxReader : IReportReader
{
    public string Format => "cyclonedx";

    public Task<ScanReport> ReadAsync(Stream body, CancellationToken cancellation) =>
        ReportJson.ReadAsync(body, Read, cancellation);

    private static ScanReport Read(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("spdxVersion", out _))
        {
            throw new UnreadableReportException(
                "This is SPDX, a list of parts without findings. Scan it, for example with `trivy sbom --format cyclonedx`."
            );
        }
        if (root.ValueKind != JsonValueKind.Object || Hint(root, "bomFormat") != "CycloneDX")
        {
            throw new UnreadableReportException(
                "This is not CycloneDX in JSON: its bomFormat is not CycloneDX. Make it with `trivy image --format cyclonedx --scanners vuln`."
            );
        }
        var metadata = Member(root, "metadata");
        var subject = Member(metadata, "component");
        var parts = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        Collect(root, parts);
        if (Hint(subject, "bom-ref") is { } own)
        {
            parts.TryAdd(own, subject);
        }
        var findings = new List<ReportedFinding>();
        var (told, cleared) = (0, 0);
        foreach (var found in List(root, "vulnerabilities", "the report"))
        {
            told++;
            if (Cleared(found))
            {
                cleared++;
                continue;
            }
            foreach (var affected in List(found, "affects", "a vulnerability").DefaultIfEmpty())
            {
                findings.AddWithinLimit(Finding(found, Affected(affected, parts)));
            }
        }
        return new ScanReport(
            Hint(subject, "name"),
            Time(Hint(metadata, "timestamp")),
            [.. DigestsOf(subject).Distinct()],
            findings,
            NoScan: told == 0
                    ? "It lists parts and no vulnerabilities, which scanners also write when they did not look for any: the image counts as not scanned. For an image without findings send Trivy's JSON or SARIF."
                : findings.Count == 0 && !root.TryGetProperty("components", out _)
                    ? "It says what does not affect the product and lists none of its parts: the image counts as not scanned."
                : null,
            Notes: cleared > 0
                ? [$"{cleared} vulnerabilities that its analysis calls not affected, false or resolved were left out."]
                : null
        );
    }

    private static void Collect(JsonElement owner, Dictionary<string, JsonElement> parts)
    {
        foreach (var part in List(owner, "components", "the report"))
        {
            if (Hint(part, "bom-ref") is { } reference)
            {
                parts.TryAdd(reference, part);
            }
            Collect(part, parts);
        }
    }

    private static bool Cleared(JsonElement found) =>
        Hint(Member(found, "analysis"), "state")
            is "not_affected"
                or "false_positive"
                or "resolved"
                or "resolved_with_pedigree";

    private static (string Name, string Version) Affected(JsonElement affected, Dictionary<string, JsonElement> parts)
    {
        if (affected.ValueKind != JsonValueKind.Object)
        {
            return ("", "");
        }
        var reference = Hint(affected, "ref") ?? "";
        // A reference into another document carries that document's serial number before the part's own.
        var part = parts.GetValueOrDefault(reference);
        if (
            part.ValueKind != JsonValueKind.Object
            && reference.IndexOf('#', StringComparison.Ordinal) is >= 0 and var at
        )
        {
            part = parts.GetValueOrDefault(reference[(at + 1)..]);
        }
        var name = Hint(part, "name") ?? reference;
        var version =
            Hint(part, "version")
            ?? List(affected, "versions", "a vulnerability")
                .Where(one => Hint(one, "status") is null or "affected")
                .Select(one => Hint(one, "version"))
                .FirstOrDefault(one => one is not null);
        return (Hint(part, "group") is { Length: > 0 } group ? $"{group}/{name}" : name, version ?? "");
    }

    private static ReportedFinding Finding(JsonElement found, (string Name, string Version) part) =>
        new(
            Cut(Required(found, "id"), 100),
            Cut(part.Name.Length > 0 ? part.Name : "(not said)", 300),
            Cut(part.Version, 200),
            Hint(found, "recommendation") is { } advice && Upgrade().Match(advice) is { Success: true } version
                ? Cut(version.Groups[1].Value, 500)
                : null,
            Worst(found),
            "",
            Hint(found, "description") is { Length: > 0 } about ? Cut(about, 500) : null,
            Link(Hint(Member(found, "source"), "url"))
        );

    /// <summary>The worst that the finding's own source says, else the worst that anybody says.</summary>
    private static Severity Worst(JsonElement found)
    {
        var ratings = List(found, "ratings", "a vulnerability").ToList();
        var source = Hint(Member(found, "source"), "name");
        var own = ratings.Where(rating => source is not null && Hint(Member(rating, "source"), "name") == source);
        return Of(own) is var said and not Severity.Unknown ? said : Of(ratings);

        static Severity Of(IEnumerable<JsonElement> ratings) => ratings.Select(One).DefaultIfEmpty().Max();

        static Severity One(JsonElement rating) =>
            SeverityOf(Hint(rating, "severity")) is var word and not Severity.Unknown ? word
            : rating.TryGetProperty("score", out var score) && score.ValueKind == JsonValueKind.Number
                ? SeverityOf(score.GetDouble())
            : Severity.Unknown;
    }

    private static IEnumerable<string> DigestsOf(JsonElement subject)
    {
        if (subject.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }
        var told = List(subject, "properties", "the component").ToList();
        foreach (var name in (string[])["aquasecurity:trivy:RepoDigest", "aquasecurity:trivy:ImageID"])
        {
            foreach (var property in told.Where(one => Hint(one, "name") == name))
            {
                if (ImageDigest.Bare(Hint(property, "value")) is { } bare)
                {
                    yield return bare;
                }
            }
        }
        // syft names an image by its digest in the version.
        if (Hint(subject, "type") == "container" && ImageDigest.Bare(Hint(subject, "version")) is { } version)
        {
            yield return version;
        }
    }

    [GeneratedRegex(@"\bto version (\S+?)(?=[;,.]?(\s|$))", RegexOptions.None, 1000)]
    private static partial Regex Upgrade();
}
