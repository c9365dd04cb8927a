using System.Text.Json;
using System.Text.RegularExpressions;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>What a scanner of packages says in the texts of a SARIF result: Trivy and OSV-Scanner in the message, Grype in the rule's help.</summary>
/// <param name="Id">The vulnerability's own id, where the rule's is made of more.</param>
/// <param name="Name">Null when the texts name no package.</param>
/// <param name="Place">A path as written; empty for packages of the system, whose file is the image itself or the system's list.</param>
/// <param name="Severity">The scanner's word; null when there is none.</param>
internal sealed partial record SarifPackage(
    string Id,
    string? Name,
    string? Version,
    string? FixedIn,
    string Place,
    string? Severity,
    IReadOnlyList<string> Aliases
)
{
    private static readonly string[] SystemTypes = ["deb", "apk", "rpm", "alpm", "portage"];
    private static readonly string[] SystemLists = ["var/lib/dpkg", "lib/apk/db", "usr/lib/apk/db", "var/lib/rpm"];

    public static SarifPackage Of(JsonElement result, JsonElement rule, string id, string? scanner)
    {
        var message = Hint(Member(result, "message"), "text") ?? "";
        var help = Hint(Member(rule, "help"), "text") ?? "";
        var file = FileOf(result);
        return scanner switch
        {
            "grype" => Grype(id, message, help, file),
            "osv-scanner" => Osv(id, message, rule, file),
            _ => Trivy(id, message, help, rule, file),
        };
    }

    private static SarifPackage Trivy(string id, string message, string help, JsonElement rule, string file)
    {
        var name = Said(message, "Package");
        if (Hint(rule, "name") == "License" || Said(message, "PkgName") is not null)
        {
            var path = Said(message, "Path");
            return new SarifPackage(
                Lead(message, "License ") ?? id,
                Said(message, "PkgName"),
                null,
                null,
                path is { Length: > 0 } ? path : file,
                null,
                []
            );
        }
        // For packages of the system the file is the image itself, which is no place in it.
        var isSystem =
            Hint(rule, "name") == "OsPackageVulnerability"
            || (name is not null && (ImageDigest.IsArchive(file) || IsSystemList(file)));
        return new SarifPackage(
            id,
            name,
            Said(message, "Installed Version"),
            Said(message, "Fixed Version") is { Length: > 0 } version ? version : Said(help, "Fixed Version"),
            isSystem ? "" : file,
            Said(message, "Severity") ?? Said(help, "Severity"),
            []
        );
    }

    private static SarifPackage Grype(string id, string message, string help, string file)
    {
        var told = GrypeMessage().Match(message);
        string? In(string group) => told.Groups[group] is { Success: true, Value: var value } ? value : null;
        var name = Said(help, "Package") ?? In("name");
        var type = Said(help, "Type") ?? In("type") ?? "";
        // The rule's id is made of the vulnerability's and the package's.
        var plain =
            Lead(help, "Vulnerability ")
            ?? (name is not null && id.EndsWith("-" + name, StringComparison.Ordinal) ? id[..^(name.Length + 1)] : id);
        // The rule tells of one copy; the message of its own.
        var place =
            In("place") is { Length: > 0 } own ? own
            : Said(help, "Location") is { Length: > 0 } one ? one
            : file;
        return new SarifPackage(
            plain,
            name,
            Said(help, "Version") ?? In("version"),
            Said(help, "Fix Version"),
            Array.IndexOf(SystemTypes, type) >= 0 || IsSystemList(place) || ImageDigest.IsArchive(place) ? "" : place,
            Said(help, "Severity") ?? In("severity"),
            []
        );
    }

    private static SarifPackage Osv(string id, string message, JsonElement rule, string file)
    {
        var told = OsvMessage().Match(message);
        var (name, version) = ((string?)null, (string?)null);
        if (told.Success && told.Groups["package"].Value is var package)
        {
            var at = package.LastIndexOf('@');
            (name, version) = at > 0 ? (package[..at], package[(at + 1)..]) : (package, "");
        }
        var fixes = Hint(Member(rule, "help"), "markdown") ?? Hint(Member(rule, "help"), "text") ?? "";
        var table = fixes.IndexOf("### Fixed Versions", StringComparison.Ordinal);
        var fixedIn =
            table < 0 || name is null
                ? null
                : string.Join(
                    ", ",
                    TableRow()
                        .Matches(fixes[table..])
                        .Where(row => row.Groups["package"].Value == name)
                        .Select(row => row.Groups["version"].Value)
                        .Where(one => one.Any(char.IsAsciiDigit))
                        .Distinct()
                );
        return new SarifPackage(
            id,
            name,
            version,
            fixedIn is { Length: > 0 } ? fixedIn : null,
            IsSystemList(file) ? "" : file,
            null,
            [
                .. Quoted().Matches(told.Groups["aliases"].Value).Select(alias => alias.Groups[1].Value),
                .. Words(rule, "deprecatedIds").Where(alias => alias != id),
            ]
        );
    }

    private static bool IsSystemList(string file) =>
        Array.Exists(SystemLists, list => file.TrimStart('/').Contains(list, StringComparison.Ordinal));

    private static string FileOf(JsonElement result)
    {
        foreach (var location in List(result, "locations", "a result"))
        {
            if (Hint(Member(Member(location, "physicalLocation"), "artifactLocation"), "uri") is { } uri)
            {
                var path = uri.StartsWith("file://", StringComparison.OrdinalIgnoreCase)
                    ? uri["file://".Length..]
                    : uri;
                return Uri.UnescapeDataString(path);
            }
        }
        return "";
    }

    private static string? Said(string text, string name)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var trimmed = line.Trim();
            if (trimmed.StartsWith(name, StringComparison.Ordinal) && trimmed[name.Length..].StartsWith(":"))
            {
                return trimmed[(name.Length + 1)..].Trim().ToString();
            }
        }
        return null;
    }

    private static string? Lead(string text, string word)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(word, StringComparison.Ordinal))
            {
                return line[word.Length..].Trim() is { IsEmpty: false } rest ? rest.ToString() : null;
            }
        }
        return null;
    }

    [GeneratedRegex(
        @"(?:A (?<severity>\w+) vulnerability in (?<type>\S+) package: (?<name>\S+), version (?<version>\S+) was found(?: in .*? at: (?<place>.*))?)|(?:reports (?<name>\S+) at version (?<version>\S+))",
        RegexOptions.None,
        1000
    )]
    private static partial Regex GrypeMessage();

    [GeneratedRegex(
        @"^Package '(?<package>[^']+)' is vulnerable to '[^']+'(?: \(also known as (?<aliases>[^)]*)\))?",
        RegexOptions.None,
        1000
    )]
    private static partial Regex OsvMessage();

    [GeneratedRegex(@"'([^']+)'", RegexOptions.None, 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\| [^|\n]+ \| (?<package>[^|\n]+) \| (?<version>[^|\n]+) \|", RegexOptions.Multiline, 1000)]
    private static partial Regex TableRow();
}
