using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>Clair's vulnerability report (version 4, <c>/matcher/api/v1/vulnerability_report/…</c> or <c>clairctl report --out json</c>).</summary>
internal sealed class ClairReader : IReportReader
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
                    Finding(found, package, PlaceOf(environments, entry.Name)) with
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

    private static ReportedFinding Finding(JsonElement found, JsonElement package, string place)
    {
        // The package as it lies in the image; the vulnerability's own names the one that its source writes about.
        var named = package.ValueKind == JsonValueKind.Object ? package : Member(found, "package");
        return new ReportedFinding(
            FindingKind.Vulnerability,
            Cut(Required(found, "name"), 100),
            Cut(Hint(named, "name") ?? throw new UnreadableReportException("A vulnerability has no package."), 300),
            Cut(Hint(named, "version") ?? "", 200),
            CutOrNone(Hint(found, "fixed_in_version"), 500),
            SeverityOf(Hint(found, "normalized_severity") ?? Hint(found, "severity")),
            TrivyReader.PlaceOf(place),
            CutOrNone(Hint(found, "description"), 500),
            Link(Hint(found, "links")?.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault())
        );
    }

    private static string PlaceOf(JsonElement environments, string package)
    {
        var list = environments.Entry(package);
        var database =
            list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0 ? Hint(list[0], "package_db") ?? "" : "";
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
}

internal static class JsonMaps
{
    public static IEnumerable<JsonProperty> EnumerateOrNone(this JsonElement map) =>
        map.ValueKind == JsonValueKind.Object ? map.EnumerateObject() : Enumerable.Empty<JsonProperty>();

    public static JsonElement Entry(this JsonElement map, string key) =>
        map.ValueKind == JsonValueKind.Object && map.TryGetProperty(key, out var entry) ? entry : default;
}
