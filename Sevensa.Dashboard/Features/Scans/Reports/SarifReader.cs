using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>
/// SARIF 2.1.0, as Trivy and Grype write it of images. The format has no place for packages and versions: they are read from
/// the message where the scanner puts them there, else the finding stands for the file that it points to.
/// </summary>
internal sealed partial class SarifReader : IReportReader
{
    public string Format => "sarif";

    public Task<ScanReport> ReadAsync(Stream body, CancellationToken cancellation) =>
        ReportJson.ReadAsync(body, Read, cancellation);

    private static ScanReport Read(JsonElement root)
    {
        if (
            root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("runs", out _)
            || Hint(root, "version") is not { } version
        )
        {
            throw new UnreadableReportException(
                "This is not SARIF: it has no version and runs. Make it with `trivy image --format sarif` or `grype -o sarif`."
            );
        }
        if (version != "2.1.0")
        {
            throw new UnreadableReportException($"SARIF {Cut(version, 20)} is not known; 2.1.0 is.");
        }
        var findings = new List<ReportedFinding>();
        var digests = new List<string>();
        string? image = null;
        var suppressed = 0;
        foreach (var run in List(root, "runs", "the report"))
        {
            var rules = List(Member(Member(run, "tool"), "driver"), "rules", "the tool").ToList();
            foreach (var result in List(run, "results", "a run"))
            {
                if (Hint(result, "kind") is "pass" or "notApplicable" or "informational")
                {
                    continue;
                }
                if (List(result, "suppressions", "a result").Any(one => Hint(one, "status") is null or "accepted"))
                {
                    suppressed++;
                    continue;
                }
                findings.AddWithinLimit(Finding(result, Rule(result, rules)));
            }
            var about = Member(run, "properties");
            image ??= Hint(about, "imageName");
            digests.AddRange(DigestsOf(about));
        }
        return new ScanReport(
            image,
            null,
            [.. digests.Distinct()],
            findings,
            Notes: suppressed > 0 ? [$"{suppressed} suppressed results were left out."] : null
        );
    }

    private static ReportedFinding Finding(JsonElement result, JsonElement rule)
    {
        var id =
            Hint(result, "ruleId")
            ?? Hint(rule, "id")
            ?? throw new UnreadableReportException("A result has no ruleId and no rule.");
        var message = Hint(Member(result, "message"), "text") ?? "";
        var help = Hint(Member(rule, "help"), "text") ?? "";
        var file = FileOf(result);
        var grype = GrypeMessage().Match(message);
        var package = Said(message, "Package") ?? (grype.Success ? grype.Groups["name"].Value : null);
        return new ReportedFinding(
            Cut(id, 100),
            Cut(package ?? (file.Length > 0 ? file : id), 300),
            Cut(Said(message, "Installed Version") ?? (grype.Success ? grype.Groups["version"].Value : ""), 200),
            (Said(message, "Fixed Version") ?? Said(help, "Fixed Version")) is { Length: > 0 } version
                ? Cut(version, 500)
                : null,
            SeverityIn(result, rule, message, help),
            // For packages of the system the file is the image itself, which is no place in it.
            package is null
            || file.EndsWith(".tar.gz", StringComparison.Ordinal)
                ? ""
                : Cut(file, 500),
            Hint(Member(rule, "shortDescription"), "text") is { } title ? Cut(title, 500) : null,
            Link(Hint(rule, "helpUri"))
        );
    }

    private static JsonElement Rule(JsonElement result, List<JsonElement> rules)
    {
        if (
            result.TryGetProperty("ruleIndex", out var index)
            && index.ValueKind == JsonValueKind.Number
            && index.TryGetInt32(out var at)
            && at >= 0
            && at < rules.Count
        )
        {
            return rules[at];
        }
        var id = Hint(result, "ruleId") ?? Hint(Member(result, "rule"), "id");
        return rules.Find(rule => Hint(rule, "id") == id);
    }

    /// <summary>The scanner's word first, then its score, then SARIF's own three levels.</summary>
    private static Severity SeverityIn(JsonElement result, JsonElement rule, string message, string help)
    {
        if (SeverityOf(Said(message, "Severity") ?? Said(help, "Severity")) is var said and not Severity.Unknown)
        {
            return said;
        }
        if ((Score(Member(result, "properties")) ?? Score(Member(rule, "properties"))) is { } score)
        {
            return SeverityOf(score);
        }
        return (Hint(result, "level") ?? Hint(Member(rule, "defaultConfiguration"), "level")) switch
        {
            "error" => Severity.High,
            "warning" => Severity.Medium,
            "note" => Severity.Low,
            _ => Severity.Unknown,
        };
    }

    private static double? Score(JsonElement properties) =>
        double.TryParse(
            Hint(properties, "security-severity"),
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out var score
        )
            ? score
            : null;

    private static string FileOf(JsonElement result)
    {
        foreach (var location in List(result, "locations", "a result"))
        {
            if (Hint(Member(Member(location, "physicalLocation"), "artifactLocation"), "uri") is { } uri)
            {
                return uri;
            }
        }
        return "";
    }

    private static IEnumerable<string> DigestsOf(JsonElement about)
    {
        if (about.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }
        foreach (var digest in List(about, "repoDigests", "the run's properties", JsonValueKind.String))
        {
            if (ImageDigest.Bare(digest.GetString()) is { } bare)
            {
                yield return bare;
            }
        }
        if (ImageDigest.Bare(Hint(about, "imageID")) is { } id)
        {
            yield return id;
        }
    }

    private static string? Said(string text, string name) =>
        text.Split('\n')
            .Where(line => line.StartsWith(name + ": ", StringComparison.Ordinal))
            .Select(line => line[(name.Length + 2)..].Trim())
            .FirstOrDefault();

    [GeneratedRegex(@"reports (?<name>\S+) at version (?<version>\S+)", RegexOptions.None, 1000)]
    private static partial Regex GrypeMessage();
}
