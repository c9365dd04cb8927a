using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>What the programs that write reports look for, so far as it is known.</summary>
internal static partial class Makers
{
    private static readonly FindingKind[] Vulnerabilities = [FindingKind.Vulnerability];
    private static readonly FindingKind[] Checks = [FindingKind.Misconfiguration, FindingKind.Secret];

    // Kinds that a program can find at all; a program that is not named here may be told of by its sender.
    private static readonly Dictionary<string, FindingKind[]> Finders = new(StringComparer.Ordinal)
    {
        ["trivy"] = [FindingKind.Vulnerability, FindingKind.Secret, FindingKind.Misconfiguration, FindingKind.License],
        ["grype"] = Vulnerabilities,
        ["osv-scanner"] = Vulnerabilities,
        ["clair"] = Vulnerabilities,
        ["pip-audit"] = Vulnerabilities,
        ["checkov"] = Checks,
        ["tfsec"] = Checks,
        ["kics"] = Checks,
        ["terrascan"] = Checks,
        ["hadolint"] = [],
        ["bandit"] = [],
        ["eslint"] = [],
        ["syft"] = [],
        ["cdxgen"] = [],
        ["cyclonedx-npm"] = [],
        ["gitleaks"] = [FindingKind.Secret],
        ["trufflehog"] = [FindingKind.Secret],
    };

    // These look for vulnerabilities and nothing else: an empty report of theirs is a scan.
    private static readonly string[] ByNature = ["grype", "osv-scanner", "clair", "pip-audit"];

    // By these another scanner's reports of a folder, of a list, or of who knows what are kept (ReportSeries).
    private static readonly string[] Endings =
    [
        $"-{ScanReport.Folder}",
        $"-{ScanReport.Parts}",
        $"-{ScanReport.Unsaid}",
    ];

    /// <summary>The program's name as it is kept; null for none.</summary>
    public static string? Name(string? told)
    {
        var name = Word(told);
        return name switch
        {
            "osv" or "osv_scanner" or "osvscanner" => "osv-scanner",
            "" or ReportSeries.Unnamed => null,
            _ when Ending(name) is { } ending => $"{name[..^ending.Length]}_{ending[1..]}",
            _ => name,
        };
    }

    /// <summary>What makes a name that of another scanner's reports; null for nothing.</summary>
    public static string? Ending(string? told)
    {
        var name = Word(told);
        return Array.Find(Endings, ending => name.EndsWith(ending, StringComparison.Ordinal));
    }

    /// <summary>One word, since it stands among others in a text.</summary>
    private static string Word(string? told) =>
        ReportJson.Cut(
            string.Join(
                '-',
                (told ?? "")
                    .ToLowerInvariant()
                    .Split([' ', '\t', '\r', '\n', ':'], StringSplitOptions.RemoveEmptyEntries)
            ),
            60
        );

    /// <summary>
    /// With what is known of its maker: pip-audit looks at a folder or a list of requirements, and at no image; OSV-Scanner leaves
    /// the packages of the system out of its CycloneDX, whatever it looked at.
    /// </summary>
    /// <param name="format">The name of the report's format.</param>
    public static ScanReport Known(ScanReport report, string format) =>
        (report.Scanner, format) is ("pip-audit", _) or ("osv-scanner", "cyclonedx")
        && report.LookedAt == ScanReport.Unsaid
            ? report with
            {
                LookedAt = ScanReport.Folder,
            }
            : report;

    /// <summary>Whether it is known what the program looks for.</summary>
    public static bool IsKnown(string scanner) => Finders.ContainsKey(scanner);

    public static IReadOnlySet<FindingKind> NatureOf(string? scanner) =>
        Array.IndexOf(ByNature, scanner) >= 0 ? new HashSet<FindingKind>(Vulnerabilities) : new HashSet<FindingKind>();

    /// <summary>Whether the program can look for the kind; one that is not known is believed.</summary>
    public static bool CanFind(string? scanner, FindingKind kind) =>
        scanner is null
        || scanner.Split('+').Any(one => !Finders.TryGetValue(one, out var kinds) || kinds.Contains(kind));

    /// <summary>Programs whose every result is of one kind, whatever list it stands in; null for others.</summary>
    public static FindingKind? OnlyKind(string? scanner) =>
        scanner switch
        {
            "checkov" or "tfsec" or "kics" or "terrascan" => FindingKind.Misconfiguration,
            "gitleaks" or "trufflehog" => FindingKind.Secret,
            "grype" or "osv-scanner" or "pip-audit" or "clair" => FindingKind.Vulnerability,
            "hadolint" or "bandit" or "eslint" => FindingKind.Code,
            _ => null,
        };

    /// <summary>Whether an id is one that advisories have, as against the name of a rule.</summary>
    public static bool IsVulnerabilityId(string id) => AdvisoryId().IsMatch(id);

    /// <summary>Whether an id is that of a check of configuration.</summary>
    public static bool IsCheckId(string id) => CheckId().IsMatch(id);

    public static bool IsCve(string id) => id.StartsWith("CVE-", StringComparison.OrdinalIgnoreCase);

    /// <summary>One of GitHub's advisories, which are about one vulnerability each.</summary>
    public static bool IsGhsa(string id) => id.StartsWith("GHSA-", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(
        @"^(CVE|GHSA|PYSEC|OSV|DSA|DLA|DEBIAN|DEBIAN-CVE|USN|UBUNTU|UBUNTU-CVE|RHSA|RHBA|RHEA|ELSA|ALAS\d*|ALAS2023|ALSA|RLSA|RXSA|GO|RUSTSEC|SNYK|TEMP|MAL|GMS|NSWG|NSWG-ECO|BIT|CGA|SUSE|SUSE-SU|OPENSUSE|OPENSUSE-SU|GLSA|XSA|EUVD|JVN|CNVD|TALOS|ZDI|HSEC|RSEC|DRUPAL|EEF|ASB|PUB|CLEANSTART|MINI|PRISMA|VE|SFUV|WID|BDSA|SONATYPE)-[\w.:-]*\d",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        1000
    )]
    private static partial Regex AdvisoryId();

    [GeneratedRegex(
        @"^(CKV\d*_|CKV-|AVD-|DS-?\d|KSV-?\d|KCV-?\d|AWS-\d|AZU-\d|GCP-\d|DIG-\d|GIT-\d|OCI-\d|NIF-\d|CIS-|BC_|DL\d{4}$|SC\d{4}$)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        1000
    )]
    private static partial Regex CheckId();
}
