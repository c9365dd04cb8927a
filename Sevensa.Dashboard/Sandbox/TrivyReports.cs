using System.Text.Json.Nodes;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox;

/// <summary>Trivy's findings in the fleet's images, in Trivy's JSON. Only claude-chat has a critical one.</summary>
internal static class TrivyReports
{
    private static readonly Finding FormData = new(
        "node-pkg",
        "CVE-2025-7783",
        "form-data",
        "4.0.2",
        "2.5.4, 3.0.4, 4.0.4",
        "CRITICAL",
        "form-data: Unsafe random function in form-data",
        "CWE-330"
    );
    private static readonly Finding Axios = new(
        "node-pkg",
        "CVE-2024-39338",
        "axios",
        "1.6.7",
        "1.7.4",
        "HIGH",
        "axios: Server-Side Request Forgery",
        "CWE-918"
    );
    private static readonly Finding Ws = new(
        "node-pkg",
        "CVE-2024-37890",
        "ws",
        "8.16.0",
        "5.2.4, 6.2.3, 7.5.10, 8.17.1",
        "HIGH",
        "ws: denial of service when handling a request with many HTTP headers",
        "CWE-476"
    );
    private static readonly Finding Asn1 = new(
        "dotnet-core",
        "CVE-2024-38095",
        "System.Formats.Asn1",
        "8.0.0",
        "6.0.1, 8.0.1",
        "HIGH",
        "dotnet: DoS when parsing X.509 Content and ObjectIdentifiers",
        "CWE-20"
    );
    private static readonly Finding Perl = new(
        "debian",
        "CVE-2023-31484",
        "perl-base",
        "5.36.0-7+deb12u1",
        "",
        "HIGH",
        "perl: CPAN.pm does not verify TLS certificates when downloading distributions over HTTPS",
        "CWE-295"
    );
    private static readonly Finding OpenSsl = new(
        "debian",
        "CVE-2024-5535",
        "libssl3",
        "3.0.13-1~deb12u1",
        "3.0.15-1~deb12u1",
        "MEDIUM",
        "openssl: SSL_select_next_proto buffer overread",
        "CWE-200"
    );
    private static readonly Finding Apt = new(
        "debian",
        "CVE-2011-3374",
        "apt",
        "2.6.1",
        "",
        "LOW",
        "It was found that apt-key in apt, all versions, do not correctly validate gpg keys",
        "CWE-347"
    );
    private static readonly Finding Gob = new(
        "gobinary",
        "CVE-2024-34156",
        "stdlib",
        "1.22.6",
        "1.22.7, 1.23.1",
        "HIGH",
        "encoding/gob: golang: Calling Decoder.Decode on a message which contains deeply nested structures can panic",
        "CWE-674"
    );

    /// <summary>One report for each image that runs now, and for RentGuy's API before the faulty release.</summary>
    public static IReadOnlyList<SeedScan> All(SimulatedFleet fleet) =>
        [
            .. FleetCatalogue
                .Services.SelectMany(s =>
                    s.Releases.Where(
                            (release, n) =>
                                n == s.Releases.Length - 1 || (s.Key == "rentguy/api" && n == s.Releases.Length - 2)
                        )
                        .Select(release => (Profile: s, Image: new FleetImage(s.Host, s.Repository, release.Tag, 0, 0)))
                )
                .DistinctBy(s => s.Image.Name)
                .Select(s => new SeedScan(s.Image.Name, s.Image.Digest, Report(fleet, s.Profile, s.Image))),
        ];

    private static Finding[] Of(ServiceProfile profile) =>
        profile.Service switch
        {
            "claude-chat" => [FormData, Ws, Perl, OpenSsl, Apt],
            "n8n" => [Axios, Ws],
            "traefik" => [Gob],
            "postgres" or "psra-db" => [Gob, Perl, OpenSsl, Apt],
            "web" => [OpenSsl, Apt],
            "langgraph" => [Perl, OpenSsl, Apt],
            _ => [Asn1, OpenSsl, Apt],
        };

    private static string Report(SimulatedFleet fleet, ServiceProfile profile, FleetImage image) =>
        new JsonObject
        {
            ["SchemaVersion"] = 2,
            ["CreatedAt"] = Reply.GoTime(fleet.Midnight + (3 * 3600)),
            ["ArtifactName"] = image.Name,
            ["ArtifactType"] = "container_image",
            ["Metadata"] = new JsonObject
            {
                ["OS"] = new JsonObject { ["Family"] = "debian", ["Name"] = "12.6" },
                ["ImageID"] = image.Id,
                ["RepoTags"] = new JsonArray(image.Name),
                ["RepoDigests"] = new JsonArray(image.Digest),
            },
            ["Results"] = new JsonArray([
                .. Of(profile)
                    .GroupBy(f => f.Type)
                    .Select(type => new JsonObject
                    {
                        ["Target"] = type.Key == "debian" ? $"{image.Name} (debian 12.6)" : "app",
                        ["Class"] = type.Key == "debian" ? "os-pkgs" : "lang-pkgs",
                        ["Type"] = type.Key,
                        ["Vulnerabilities"] = new JsonArray([.. type.Select(Json)]),
                    }),
            ]),
        }.ToJsonString();

    private static JsonObject Json(Finding finding)
    {
        var json = new JsonObject
        {
            ["VulnerabilityID"] = finding.Id,
            ["PkgName"] = finding.Package,
            ["InstalledVersion"] = finding.Installed,
            ["Status"] = finding.Fixed.Length > 0 ? "fixed" : "affected",
            ["SeveritySource"] = "nvd",
            ["PrimaryURL"] = "https://avd.aquasec.com/nvd/" + finding.Id.ToLowerInvariant(),
            ["Title"] = finding.Title,
            ["Description"] = finding.Title + ".",
            ["Severity"] = finding.Severity,
            ["CweIDs"] = new JsonArray(finding.Weakness),
        };
        if (finding.Fixed.Length > 0)
        {
            json["FixedVersion"] = finding.Fixed;
        }
        return json;
    }

    private sealed record Finding(
        string Type,
        string Id,
        string Package,
        string Installed,
        string Fixed,
        string Severity,
        string Title,
        string Weakness
    );
}
