using System.Text.Json;
using System.Text.RegularExpressions;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>Clair's vulnerability report (version 4, <c>/matcher/api/v1/vulnerability_report/…</c> or <c>clairctl report --out json</c>).</summary>
internal sealed partial class ClairReader : IReportReader
{
    private static readonly string[] SystemDatabases = ["var/lib/dpkg", "lib/apk", "var/lib/rpm", "usr/lib/sysimage"];

    public string Format => "clair";

    public bool Knows(JsonElement root) => Has(root, "manifest_hash");

    public ScanReport Read(JsonElement root, CancellationToken cancellation)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("manifest_hash", out _))
        {
            throw new UnreadableReportException(
                "This is not a vulnerability report of Clair 4: it has no manifest_hash. Make one with `clairctl report --out json`."
            );
        }
        var vulnerabilities = Map(root, "vulnerabilities");
        var packages = Map(root, "packages");
        var environments = Map(root, "environments");
        var scores = Scores(Map(root, "enrichments"));
        var findings = new List<ReportedFinding>();
        foreach (var entry in Map(root, "package_vulnerabilities").EnumerateOrNone())
        {
            var package = packages.Entry(entry.Name);
            foreach (var id in Ids(entry))
            {
                var found = vulnerabilities.Entry(id);
                if (found.ValueKind != JsonValueKind.Object)
                {
                    throw new UnreadableReportException(
                        $"package_vulnerabilities names the vulnerability {Cut(id, 60)}, which vulnerabilities does not have."
                    );
                }
                findings.AddWithinLimit(
                    Finding(found, package, PlaceOf(environments, entry.Name), scores.GetValueOrDefault(id)) with
                    {
                        Copy = entry.Name,
                    },
                    cancellation
                );
            }
        }
        return new ScanReport("clair", findings)
        {
            RepoDigests = ImageDigest.Bare(Text(root, "manifest_hash")) is { } digest ? [digest] : [],
            ByNature = Makers.NatureOf("clair"),
        };
    }

    private static ReportedFinding Finding(JsonElement found, JsonElement package, string place, double? score)
    {
        var word = SeverityOf(Hint(found, "normalized_severity"));
        word = word == Severity.Unknown ? SeverityOf(Hint(found, "severity")) : word;
        // The package as it lies in the image; the vulnerability's own names the one that its source writes about.
        var named = package.ValueKind == JsonValueKind.Object ? package : Member(found, "package");
        var name = Required(found, "name");
        // Some sources write a sentence: "RHSA-2021:1972: pki-core security update (Important)".
        var first = name.Split(' ', 2)[0].TrimEnd(':');
        var id = Makers.IsVulnerabilityId(first) ? first : name;
        return new ReportedFinding(
            FindingKind.Vulnerability,
            Cut(id, 100),
            Cut(Hint(named, "name") ?? throw new UnreadableReportException("A vulnerability has no package."), 300),
            Cut(Hint(named, "version") ?? "", 200),
            CutOrNone(Hint(found, "fixed_in_version"), 500),
            word == Severity.Unknown ? SeverityOf(score) : word,
            TrivyReader.PlaceOf(place),
            CutOrNone(Said(found, "description") ?? (id == name ? null : name), 500),
            Link(Hint(found, "links")?.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault())
        )
        {
            Score = score,
            Aliases = CveOf(id, Hint(found, "links") ?? ""),
        };
    }

    /// <summary>An advisory's vulnerability, where its links name one alone.</summary>
    private static string[] CveOf(string id, string links)
    {
        string[] named =
        [
            .. Makers.IsCve(id)
                ? []
                : Cve().Matches(links).Select(match => match.Value).Distinct(StringComparer.OrdinalIgnoreCase).Take(2),
        ];
        return named.Length == 1 ? named : [];
    }

    /// <summary>CVSS of NVD by the vulnerability's key, where Clair was told to add it: lists of maps of lists.</summary>
    private static Dictionary<string, double?> Scores(JsonElement enrichments)
    {
        var scores = new Dictionary<string, double?>(StringComparer.Ordinal);
        var added = enrichments
            .EnumerateOrNone()
            .Where(kind => kind.Name.Contains("cvss", StringComparison.OrdinalIgnoreCase))
            .SelectMany(kind => List(enrichments, kind.Name, "enrichments"))
            .SelectMany(map => map.EnumerateOrNone().Select(entry => (entry.Name, Map: map)));
        foreach (var (id, map) in added)
        {
            scores[id] = List(map, id, "an enrichment")
                .Select(one => Number(one, "baseScore") ?? CvssVector.BaseScore(Hint(one, "vectorString")))
                .Append(scores.GetValueOrDefault(id))
                .Max();
        }
        return scores;
    }

    private static string PlaceOf(JsonElement environments, string package)
    {
        var list = environments.Entry(package);
        var database =
            list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0
                ? Database().Replace(Hint(list[0], "package_db") ?? "", "")
                : "";
        return Array.Exists(
            SystemDatabases,
            known => database.TrimStart('/').StartsWith(known, StringComparison.Ordinal)
        )
            ? ""
            : database;
    }

    private static JsonElement Map(JsonElement root, string name) =>
        !root.TryGetProperty(name, out var map) || map.ValueKind == JsonValueKind.Null ? default
        : map.ValueKind == JsonValueKind.Object ? map
        : throw new UnreadableReportException($"{name} is no map but {Shown(map)}.");

    private static IEnumerable<string> Ids(JsonProperty list) =>
        list.Value.ValueKind == JsonValueKind.Array
            ? list
                .Value.EnumerateArray()
                .Select(id =>
                    id.ValueKind == JsonValueKind.String
                        ? id.GetString()!
                        : throw new UnreadableReportException($"package_vulnerabilities holds {Shown(id)}.")
                )
            : throw new UnreadableReportException($"package_vulnerabilities holds {Shown(list.Value)}.");

    /// <summary>What keeps the list stands before where it is: <c>bdb:var/lib/rpm</c>, <c>maven:opt/app/lib.jar</c>.</summary>
    [GeneratedRegex("^[a-z]+:", RegexOptions.None, 1000)]
    private static partial Regex Database();

    [GeneratedRegex(@"\bCVE-\d{4}-\d{4,}", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Cve();
}

internal static class JsonMaps
{
    public static IEnumerable<JsonProperty> EnumerateOrNone(this JsonElement map) =>
        map.ValueKind == JsonValueKind.Object ? map.EnumerateObject() : Enumerable.Empty<JsonProperty>();

    public static JsonElement Entry(this JsonElement map, string key) =>
        map.ValueKind == JsonValueKind.Object && map.TryGetProperty(key, out var entry) ? entry : default;
}
