using System.Text;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What several scanners say of one vulnerability of one package is one finding, however they write it.</summary>
public sealed class OneFindingTests
{
    private const string Jar = "app/lib/log4j-core-2.14.1.jar";

    private static readonly string Trivy = $$"""
        {"SchemaVersion": 2, "Results": [{"Target": "Java", "Class": "lang-pkgs", "Type": "jar", "Vulnerabilities": [
          {"VulnerabilityID": "CVE-2021-44228", "PkgName": "org.apache.logging.log4j:log4j-core", "PkgPath": "{{Jar}}", "InstalledVersion": "2.14.1", "Severity": "CRITICAL"}]}]}
        """;

    private static readonly string Grype = $$"""
        {"matches": [{"vulnerability": {"id": "GHSA-jfh8-c2jp-5v3q", "severity": "Critical"}, "relatedVulnerabilities": [{"id": "CVE-2021-44228"}],
          "artifact": {"name": "log4j-core", "version": "2.14.1", "type": "java-archive", "locations": [{"path": "/{{Jar}}"}], "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"} }], "descriptor": {"name": "grype"} }
        """;

    private static readonly string GrypeWithoutUrl = Grype.Replace(
        "\"purl\": \"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1\"",
        "\"metadata\": {\"pomGroupID\": \"org.apache.logging.log4j\"}",
        StringComparison.Ordinal
    );

    private static readonly string GrypeSarif = $$"""
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Grype", "rules": [{"id": "GHSA-jfh8-c2jp-5v3q-log4j-core",
          "help": {"text": "Vulnerability GHSA-jfh8-c2jp-5v3q\nSeverity: critical\nPackage: log4j-core\nVersion: 2.14.1\nFix Version: 2.15.0\nType: java-archive\nLocation: /{{Jar}}"} }]} },
          "results": [{"ruleId": "GHSA-jfh8-c2jp-5v3q-log4j-core", "message": {"text": "A critical vulnerability in java-archive package: log4j-core, version 2.14.1 was found at: /{{Jar}}"} }]}]}
        """;

    private static readonly string CycloneDx = $$"""
        {"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"tools": [{"name": "grype"}]},
         "components": [{"bom-ref": "a", "type": "library", "group": "org.apache.logging.log4j", "name": "log4j-core", "version": "2.14.1", "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", "properties": [{"name": "syft:location:0:path", "value": "/{{Jar}}"}]}],
         "vulnerabilities": [{"id": "CVE-2021-44228", "ratings": [{"severity": "critical"}], "affects": [{"ref": "a"}]}]}
        """;

    [Fact]
    public async Task Of_Maven_whether_the_group_is_written_or_not()
    {
        string[] reports = [Trivy, Grype, GrypeWithoutUrl, CycloneDx];
        foreach (var first in reports)
        {
            foreach (var second in reports)
            {
                Assert.Single(await AllAsync(first, second));
            }
        }
        // Its SARIF names no group; it knows GitHub's name alone, which Grype has taught before.
        Assert.Single(await AllAsync(Trivy, Grype, GrypeSarif));
        Assert.Single(await AllAsync(Grype, GrypeSarif));
        Assert.Single(await AllAsync(GrypeSarif, Grype));
    }

    [Fact]
    public async Task Two_packages_of_one_name_and_different_groups_stay_two()
    {
        var other = Trivy.Replace("org.apache.logging.log4j:", "com.example:", StringComparison.Ordinal);
        Assert.Equal(2, (await AllAsync(Trivy, other)).Count);
        Assert.Equal("libc6:amd64", PackageName.Of("libc6:amd64", "pkg:deb/debian/libc6@1"));
        Assert.Null(PackageName.WithoutGroup("libc6:amd64"));
        Assert.Equal("left-pad", PackageName.Of("left-pad", "pkg:npm/left-pad@1"));
    }

    [Fact]
    public async Task By_names_of_two_scanners_that_only_a_third_knows_to_be_one()
    {
        var cve = Trivy;
        var ghsa = GrypeSarif;
        Assert.Equal(2, (await AllAsync(cve, ghsa)).Count);
        var rows = await AllAsync(cve, ghsa, Grype);
        var row = Assert.Single(rows, one => one.Presence == Presence.Seen);
        Assert.Equal("CVE-2021-44228", row.Vulnerability);
        Assert.Equal("grype:C trivy:C", row.Sightings);
        // And it stays one, whoever comes next and in whatever order they are read.
        foreach (var order in new[] { rows, [.. rows.Reverse()] })
        {
            Assert.Single(await AllAsync(order, ghsa, cve), one => one.Presence == Presence.Seen);
        }
    }

    [Fact]
    public async Task What_somebody_decided_of_one_name_holds_for_the_other()
    {
        var rows = await AllAsync(Trivy, GrypeSarif);
        var accepted = rows.Single(row => row.Vulnerability.StartsWith("GHSA", StringComparison.Ordinal));
        accepted.State = FindingState.Accepted;
        var after = await AllAsync(rows, Grype);
        var row = Assert.Single(after, one => one.Presence == Presence.Seen);
        Assert.Equal((accepted.Id, FindingState.Accepted), (row.Id, row.State));
    }

    [Fact]
    public async Task In_another_letter_case()
    {
        Assert.Single(
            await AllAsync(Trivy, Trivy.Replace("CVE-2021-44228", "cve-2021-44228", StringComparison.Ordinal))
        );
        var vendor = Trivy.Replace(
            "CVE-2021-44228\"",
            "CVE-2021-44228\", \"VendorIDs\": [\"GHSA-jfh8-c2jp-5v3q\", \"DSA-5020-1\"]",
            StringComparison.Ordinal
        );
        var row = Assert.Single(await AllAsync(vendor, GrypeSarif));
        // A distribution's advisory is about many.
        Assert.DoesNotContain("DSA", row.Aliases, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "HIGH"}, {"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "HIGH"}]}]}"""
    )]
    [InlineData(
        """{"bomFormat": "CycloneDX", "components": [{"bom-ref": "p", "name": "p"}], "vulnerabilities": [{"id": "CVE-1", "ratings": [{"severity": "high"}], "affects": [{"ref": "p"}, {"ref": "p"}]}]}"""
    )]
    public async Task Written_twice_in_one_report(string report) => Assert.Single(await AllAsync(report));

    [Fact]
    public async Task By_a_chain_of_names_in_one_report()
    {
        static string Match(string id, string related) =>
            $$"""{"vulnerability": {"id": "{{id}}", "severity": "Critical"}, "relatedVulnerabilities": [{{related}}], "artifact": {"name": "zlib", "version": "1", "type": "deb"} }""";
        var report =
            $$"""{"matches": [{{string.Join(
                ',',
                Match("GHSA-1", ""),
                Match("DSA-1", """{"id": "GHSA-1"}, {"id": "CVE-2030-9"}"""),
                Match("CVE-2030-9", "")
            )}}], "source": {}, "descriptor": {"name": "grype"} }""";
        Assert.Equal("CVE-2030-9", Assert.Single(await AllAsync(report)).Vulnerability);
    }

    [Fact]
    public async Task What_was_not_looked_for_is_not_gone()
    {
        const string Run =
            """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Checkov", "rules": [{"id": "CKV_1"}, {"id": "CKV_2"}]}}, "invocations": [{"executionSuccessful": true, "ruleConfigurationOverrides": [OFF]}], "results": [RESULTS]}]}""";
        var both = Run.Replace("OFF", "", StringComparison.Ordinal)
            .Replace("RESULTS", """{"ruleId": "CKV_1/a"}, {"ruleId": "CKV_2"}""", StringComparison.Ordinal);
        var off = Run.Replace(
                "OFF",
                """{"descriptor": {"id": "ckv_1"}, "configuration": {"enabled": false}}""",
                StringComparison.Ordinal
            )
            .Replace("RESULTS", "", StringComparison.Ordinal);
        var rows = await AllAsync(await AllAsync(both), [FindingKind.Misconfiguration], off);
        Assert.Equal("CKV_1/a", Assert.Single(rows, row => row.Presence == Presence.Seen).Vulnerability);
    }

    private static Task<IReadOnlyList<FindingRow>> AllAsync(params string[] reports) => AllAsync([], reports);

    private static Task<IReadOnlyList<FindingRow>> AllAsync(IReadOnlyList<FindingRow> known, params string[] reports) =>
        AllAsync(known, [], reports);

    /// <summary>The rows of an image after reports of it, one after the other.</summary>
    private static async Task<IReadOnlyList<FindingRow>> AllAsync(
        IReadOnlyList<FindingRow> known,
        HashSet<FindingKind> closing,
        params string[] reports
    )
    {
        var readers = new ReportReaders([
            new TrivyReader(),
            new GrypeReader(),
            new ClairReader(),
            new SarifReader(),
            new CycloneDxReader(),
        ]);
        var rows = known.ToList();
        foreach (var report in reports)
        {
            using var body = new MemoryStream(Encoding.UTF8.GetBytes(report));
            var (read, _) = await readers.ReadAsync(body, null, TestContext.Current.CancellationToken);
            var merge = FindingMerge.Of(
                "image",
                read.Scanner!,
                rows,
                CountedFinding.Of(read.Findings),
                closing,
                read.NotLookedFor,
                DateTimeOffset.UnixEpoch,
                TestContext.Current.CancellationToken
            );
            rows = [.. rows.Union(merge.Changed)];
        }
        return rows;
    }
}
