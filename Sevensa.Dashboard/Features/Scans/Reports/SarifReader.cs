using System.Globalization;
using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>
/// SARIF 2.1.0. The format has no place for packages and versions: they are read where the scanners that are known put them
/// (<see cref="SarifPackage"/>), else a result stands for the file that it points to.
/// </summary>
internal sealed class SarifReader : IReportReader
{
    private static readonly string[] SeverityProperties = ["issue_severity", "severity", "security-severity"];
    private static readonly string[] SeverityWords = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN"];

    public string Format => "sarif";

    public bool Knows(JsonElement root) => Has(root, "runs");

    public ScanReport Read(JsonElement root, CancellationToken cancellation)
    {
        if (!Has(root, "runs") || Hint(root, "version") is not { } version)
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
        var scanners = new List<string>();
        var times = new List<string?>();
        string? image = null;
        string? file = null;
        string? id = null;
        string? incomplete = null;
        var isOfImage = false;
        var (runs, suppressed, absent) = (0, 0, 0);
        var off = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var run in List(root, "runs", "the report"))
        {
            runs++;
            var scanner = Makers.Name(Hint(Member(Member(run, "tool"), "driver"), "name"));
            if (scanner is not null && !scanners.Contains(scanner))
            {
                scanners.Add(scanner);
            }
            var rules = new SarifRules(run);
            off.UnionWith(rules.SwitchedOff);
            foreach (var result in List(run, "results", "a run"))
            {
                if (Hint(result, "kind") is "pass" or "notApplicable" or "informational")
                {
                    continue;
                }
                if (Hint(result, "baselineState") == "absent")
                {
                    absent++;
                    continue;
                }
                var why = SuppressedWhy(result);
                suppressed += why is null ? 0 : 1;
                findings.AddWithinLimit(Finding(result, rules, scanner) with { Suppressed = why }, cancellation);
            }
            incomplete ??= Missing(run);
            times.Add(EndOf(run));
            var about = Member(run, "properties");
            image ??= Words(about, "repoTags").FirstOrDefault(tag => tag.Length > 0);
            file ??= Said(about, "imageName");
            isOfImage |= Said(about, "imageName") is not null || Said(about, "imageID") is not null;
            id ??= ImageDigest.Bare(Hint(about, "imageID"));
            digests.AddRange(Words(about, "repoDigests").Select(ImageDigest.Bare).OfType<string>());
        }
        return new ScanReport(scanners.Count > 0 ? string.Join('+', scanners) : null, findings)
        {
            Image = image,
            File = file,
            // Of several runs the oldest: what it lacks was not there then.
            Made = times.Contains(null) ? null : times.MinBy(Time),
            ImageId = id,
            RepoDigests = [.. digests.Distinct()],
            // Trivy names the image whenever it looked at one; the others never do.
            LookedAt =
                isOfImage ? null
                : scanners.Contains("trivy") ? ScanReport.Folder
                : ScanReport.Unsaid,
            ByNature =
                scanners.Count == 1 && incomplete is null ? Makers.NatureOf(scanners[0]) : new HashSet<FindingKind>(),
            NoScan = runs == 0 ? "It holds no run of any scanner, so nothing was scanned." : null,
            Incomplete = incomplete,
            NotLookedFor = off,
            Notes =
            [
                .. off.Count > 0
                    ? (string[])[$"{off.Count} of its rules were switched off: what they look for is not closed by it."]
                    : [],
                .. suppressed > 0 ? (string[])[$"{suppressed} suppressed results are kept as such."] : [],
                .. absent > 0
                    ? (string[])[$"{absent} results that its baseline had and this run has not were left out."]
                    : [],
            ],
        };
    }

    private static string? EndOf(JsonElement run) =>
        List(run, "invocations", "a run")
            .Select(invocation => Said(invocation, "endTimeUtc") ?? Said(invocation, "startTimeUtc"))
            .LastOrDefault(time => time is not null);

    /// <summary>By 3.27.23: it is suppressed when it has suppressions, all of them accepted.</summary>
    private static string? SuppressedWhy(JsonElement result)
    {
        var suppressions = List(result, "suppressions", "a result").ToList();
        return suppressions.Count > 0 && suppressions.TrueForAll(one => Hint(one, "status") is null or "accepted")
            ? Cut(
                suppressions.Select(one => Said(one, "justification")).FirstOrDefault(why => why is not null)
                    ?? $"suppressed ({Said(suppressions[0], "kind") ?? "by its scanner"})",
                500
            )
            : null;
    }

    /// <summary>Why a run's results are not all that it would have found; null when they are.</summary>
    private static string? Missing(JsonElement run)
    {
        if (List(run, "invocations", "a run").Any(Failed))
        {
            return "Its scanner says that the run failed or met with an error, so what it lacks says nothing.";
        }
        if (Has(Member(run, "externalPropertyFileReferences"), "results"))
        {
            return "Some of its results are kept in other files, which are not read.";
        }
        return !run.TryGetProperty("results", out var results) || results.ValueKind == JsonValueKind.Null
            ? "It has a run without results, which means that nothing was scanned."
            : null;

        // By 3.58.6 an error is what kept the tool from all or some of its results.
        static bool Failed(JsonElement invocation) =>
            (
                invocation.TryGetProperty("executionSuccessful", out var well)
                && (
                    well.ValueKind == JsonValueKind.False
                    || "false".Equals(Hint(invocation, "executionSuccessful"), StringComparison.OrdinalIgnoreCase)
                )
            )
            || List(invocation, "toolExecutionNotifications", "an invocation").Any(IsError)
            || List(invocation, "toolConfigurationNotifications", "an invocation").Any(IsError);

        static bool IsError(JsonElement notification) => Hint(notification, "level") == "error";
    }

    private static ReportedFinding Finding(JsonElement result, SarifRules rules, string? scanner)
    {
        var rule = rules.Of(result);
        var id =
            Said(result, "ruleId")
            ?? Said(Member(result, "rule"), "id")
            ?? Said(rule, "id")
            ?? throw new UnreadableReportException("A result has no ruleId and no rule.");
        var package = SarifPackage.Of(result, rule, id, scanner);
        var tags = Words(Member(rule, "properties"), "tags").ToList();
        var kind = KindOf(package, rule, tags, scanner);
        var score = Score(Member(result, "properties")) ?? Score(Member(rule, "properties"));
        return new ReportedFinding(
            kind,
            Cut(package.Id, 100),
            Cut(package.Name ?? (package.Place.Length > 0 ? package.Place : id), 300),
            Cut(package.Version ?? "", 200),
            CutOrNone(package.FixedIn, 500),
            SeverityIn(
                result,
                rules.SettingOf(result, rule),
                Member(rule, "properties"),
                package,
                tags,
                score,
                scanner
            ),
            TrivyReader.PlaceOf(package.Place),
            CutOrNone(Hint(Member(rule, "shortDescription"), "text") is { Length: > 0 } title ? title : null, 500),
            Link(Hint(rule, "helpUri"))
        )
        {
            Aliases = [.. package.Aliases.Select(alias => Cut(alias, 100))],
            Score = score,
            Copy = kind is FindingKind.Vulnerability or FindingKind.License ? "" : LineOf(result),
        };
    }

    private static FindingKind KindOf(SarifPackage package, JsonElement rule, List<string> tags, string? scanner)
    {
        foreach (var tag in tags)
        {
            switch (tag.ToLowerInvariant())
            {
                case "vulnerability":
                    return FindingKind.Vulnerability;
                case "secret":
                    return FindingKind.Secret;
                case "misconfiguration":
                    return FindingKind.Misconfiguration;
                case "license":
                    return FindingKind.License;
                default:
                    break;
            }
        }
        return Hint(rule, "name") switch
        {
            "OsPackageVulnerability" or "LanguageSpecificPackageVulnerability" => FindingKind.Vulnerability,
            "Misconfiguration" => FindingKind.Misconfiguration,
            "Secret" => FindingKind.Secret,
            "License" => FindingKind.License,
            _ when Makers.IsVulnerabilityId(package.Id) => FindingKind.Vulnerability,
            _ when Makers.OnlyKind(scanner) is { } only => only,
            _ when Makers.IsCheckId(package.Id) => FindingKind.Misconfiguration,
            _ when scanner == "trivy" && package.Name is not null => FindingKind.Vulnerability,
            _ => FindingKind.Code,
        };
    }

    /// <summary>The scanner's word first, then its score, its rank, and SARIF's own three levels, where none means warning.</summary>
    /// <param name="setting">How the rule was set for the run, or is by default.</param>
    /// <param name="rule">The rule's properties.</param>
    private static Severity SeverityIn(
        JsonElement result,
        JsonElement setting,
        JsonElement rule,
        SarifPackage package,
        List<string> tags,
        double? score,
        string? scanner
    )
    {
        var word =
            package.Severity
            ?? (scanner == "trivy" ? tags.Find(tag => Array.IndexOf(SeverityWords, tag) >= 0) : null)
            ?? Word(Member(result, "properties"))
            ?? Word(rule);
        // Grype writes "low" of what nobody rated, with a score of nought.
        if (scanner == "grype" && score == 0 && SeverityOf(word) == Severity.Low)
        {
            return Severity.Unknown;
        }
        if (SeverityOf(word) is var said and not Severity.Unknown)
        {
            return said;
        }
        if (score is not null || "UNKNOWN".Equals(word, StringComparison.OrdinalIgnoreCase))
        {
            return SeverityOf(score);
        }
        if ((Number(result, "rank") ?? Number(setting, "rank")) is > 0 and <= 100 and { } rank)
        {
            return SeverityOf(rank / 10);
        }
        return (Hint(result, "level") ?? Hint(setting, "level")) switch
        {
            "error" => Severity.High,
            "warning" => Severity.Medium,
            "note" => Severity.Low,
            null when Hint(result, "kind") is null or "fail" => Severity.Medium,
            _ => Severity.Unknown,
        };
    }

    /// <summary>A word of the scales; some write it where GitHub asks for a score.</summary>
    private static string? Word(JsonElement properties) =>
        SeverityProperties
            .Select(name => Said(properties, name))
            .FirstOrDefault(word => SeverityOf(word) != Severity.Unknown || word is "UNKNOWN" or "unknown");

    private static double? Score(JsonElement properties) =>
        Number(properties, "security-severity")
        ?? (
            properties.ValueKind == JsonValueKind.Object
                ? properties
                    .EnumerateObject()
                    .Select(property => ScoreIn(properties, property.Name))
                    .FirstOrDefault(found => found is not null)
                : null
        );

    /// <summary>A CVSS vector, or a score in a property that is named as one ("cvssv3_baseScore").</summary>
    private static double? ScoreIn(JsonElement properties, string name) =>
        CvssVector.BaseScore(Hint(properties, name))
        ?? (
            name.StartsWith("cvss", StringComparison.OrdinalIgnoreCase)
            && name.EndsWith("score", StringComparison.OrdinalIgnoreCase)
                ? Number(properties, name)
                : null
        );

    private static string LineOf(JsonElement result) =>
        List(result, "locations", "a result")
            .Select(location => Number(Member(Member(location, "physicalLocation"), "region"), "startLine"))
            .FirstOrDefault()
            ?.ToString(CultureInfo.InvariantCulture)
        ?? "";
}
