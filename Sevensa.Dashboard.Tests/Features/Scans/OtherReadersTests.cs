using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Clair, SARIF and CycloneDX, held to files that the makers of the formats publish.</summary>
public class OtherReadersTests
{
    private static Task<ScanReport> ReadAsync(IReportReader reader, string text) =>
        reader.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), TestContext.Current.CancellationToken);

    private static Task<string> FileAsync(params string[] path) =>
        File.ReadAllTextAsync(Path.Combine([Recorded.Datasets(), .. path]), TestContext.Current.CancellationToken);

    [Fact]
    public async Task Clairs_report_is_read()
    {
        var report = await ReadAsync(
            new ClairReader(),
            await FileAsync("clair", "report-assembled-from-official-examples.json")
        );
        Assert.Equal(
            "sha256:fc84b5febd328eccaa913807716887b3eb5ed08bc22cc6933a9ebf82766725e3",
            report.Digests.Single()
        );
        var finding = report.Findings.Single();
        Assert.Equal(
            ("CVE-2009-5155", "glibc", "2.27-0ubuntu1", "2.28-0ubuntu1", Severity.Low, ""),
            (
                finding.Vulnerability,
                finding.Package,
                finding.Installed,
                finding.FixedVersion,
                finding.Severity,
                finding.Place
            )
        );
        Assert.StartsWith("https://", finding.Url);
    }

    [Theory]
    [InlineData("bdb:var/lib/rpm", "")]
    [InlineData("sqlite:usr/lib/sysimage/rpm", "")]
    [InlineData("var/lib/dpkg/status", "")]
    [InlineData("maven:opt/app/lib.jar", "opt/app/lib.jar")]
    [InlineData("", "")]
    public async Task Clairs_packages_lie_where_other_scanners_find_them_and_are_called_alike(
        string database,
        string place
    )
    {
        const string Name = "RHSA-2030:1972: pki-core security update (Important)";
        var report = await ReadAsync(
            new ClairReader(),
            $$"""
            {"manifest_hash": "sha256:{{1:x64}}", "packages": {"1": {"name": "pki-base", "version": "1"} },
             "environments": {"1": [{"package_db": "{{database}}"}]}, "package_vulnerabilities": {"1": ["a", "b"]},
             "vulnerabilities": {
               "a": {"name": "{{Name}}", "normalized_severity": "High", "links": "https://x/errata/RHSA-2030:1972 https://x/cve/CVE-2030-1234 https://y/CVE-2030-1234"},
               "b": {"name": "RHSA-2030:2", "normalized_severity": "Unknown", "severity": "Moderate", "links": "https://x/CVE-2030-1235 https://x/CVE-2030-1236"} } }
            """
        );
        Assert.Equal(
            [
                ("RHSA-2030:1972", "CVE-2030-1234", Name, Severity.High, place),
                ("RHSA-2030:2", "", null, Severity.Medium, place),
            ],
            report.Findings.Select(one =>
                (one.Vulnerability, string.Join(' ', one.Aliases), one.Title, one.Severity, one.Place)
            )
        );
    }

    [Fact]
    public async Task Every_sarif_report_is_read_and_says_what_trivys_own_form_says_of_the_same_image()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Recorded.Datasets(), "sarif")))
        {
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            var report = await ReadAsync(new SarifReader(), text);
            using var json = JsonDocument.Parse(text);
            var results = json
                .RootElement.GetProperty("runs")
                .EnumerateArray()
                .Sum(run => run.GetProperty("results").GetArrayLength());
            Assert.Equal(results, report.Findings.Count);
        }
        var sarif = await ReadAsync(new SarifReader(), await FileAsync("sarif", "alpine-310.sarif.golden"));
        var trivy = await ReadAsync(new TrivyReader(), await FileAsync("trivy", "alpine-310.json.golden"));
        Assert.Equal(Told(trivy), Told(sarif));
        Assert.Contains(sarif.Digests.Single(), trivy.Digests);

        static object Told(ScanReport report) =>
            report
                .Findings.Select(found =>
                    (found.Vulnerability, found.Package, found.Installed, found.FixedVersion, found.Severity)
                )
                .Order()
                .ToList();
    }

    [Fact]
    public async Task Every_cyclonedx_file_is_read_and_spdx_is_named_for_what_it_is()
    {
        var read = 0;
        foreach (var file in Directory.GetFiles(Path.Combine(Recorded.Datasets(), "sbom")))
        {
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            if (text.Contains("\"spdxVersion\"", StringComparison.Ordinal))
            {
                var refused = await Assert.ThrowsAsync<UnreadableReportException>(() =>
                    ReadAsync(new CycloneDxReader(), text)
                );
                Assert.Contains("SPDX", refused.Message);
                continue;
            }
            var report = await ReadAsync(new CycloneDxReader(), text);
            // None of them lists a vulnerability that affects what it describes.
            Assert.DoesNotContain(report.Findings, found => found.Suppressed is null);
            Assert.Empty(report.ByNature);
            read++;
        }
        Assert.True(read >= 5, $"only {read} files");
    }

    [Fact]
    public async Task Cyclonedx_leaves_out_what_is_cleared_and_takes_the_sources_own_rating()
    {
        var report = await ReadAsync(
            new CycloneDxReader(),
            """
            {"bomFormat": "CycloneDX", "specVersion": "1.5",
             "metadata": {"component": {"type": "container", "name": "shop/api:1", "properties": [
               {"name": "aquasecurity:trivy:ImageID", "value": "sha256:961769676411f082461f9ef46626dd7a2d1e2b2a38e6a44364bcbecf51e66dd4"}]}},
             "components": [{"bom-ref": "outer", "name": "app", "components": [{"bom-ref": "inner", "group": "org.x", "name": "lib", "version": "1"}]}],
             "vulnerabilities": [
               {"id": "CVE-1", "source": {"name": "debian"}, "ratings": [
                  {"source": {"name": "nvd"}, "severity": "critical"}, {"source": {"name": "debian"}, "severity": "low"}],
                "affects": [{"ref": "inner"}]},
               {"id": "CVE-2", "analysis": {"state": "not_affected"}, "affects": [{"ref": "inner"}]},
               {"id": "CVE-3", "ratings": [{"score": 7.5}], "affects": [{"ref": "urn:cdx:1#inner"}]}]}
            """
        );
        Assert.Equal(
            [("CVE-1", "org.x/lib", "1", Severity.Low), ("CVE-3", "org.x/lib", "1", Severity.High)],
            report
                .Findings.Where(found => found.Suppressed is null)
                .Select(found => (found.Vulnerability, found.Package, found.Installed, found.Severity))
        );
        Assert.Equal("not affected", report.Findings.Single(found => found.Suppressed is not null).Suppressed);
        Assert.Null(report.NoScan);
        Assert.Contains("1 vulnerabilities", report.Notes.Single());
        Assert.Equal("shop/api:1", report.File);
        Assert.Single(report.Digests);
    }

    [Theory]
    [InlineData("clair", "7")]
    [InlineData("clair", "[]")]
    [InlineData("clair", """{"manifest_hash": "x", "package_vulnerabilities": {"1": ["9"]}}""")]
    [InlineData("clair", """{"manifest_hash": "x", "package_vulnerabilities": []}""")]
    [InlineData("clair", """{"manifest_hash": "x", "package_vulnerabilities": {"1": "9"}}""")]
    [InlineData("sarif", "null")]
    [InlineData("sarif", """{"version": "2.1.0", "runs": {}}""")]
    [InlineData("sarif", """{"version": "2.1.0", "runs": [{"results": [{}]}]}""")]
    [InlineData("cyclonedx", "<bom/>")]
    [InlineData("cyclonedx", """{"bomFormat": "CycloneDX", "vulnerabilities": [{}]}""")]
    [InlineData("cyclonedx", """{"bomFormat": "CycloneDX", "vulnerabilities": [7]}""")]
    public async Task Garbage_is_refused_with_the_reason(string format, string text)
    {
        IReportReader[] readers = [new ClairReader(), new SarifReader(), new CycloneDxReader()];
        var refused = await Assert.ThrowsAsync<UnreadableReportException>(() =>
            ReadAsync(readers.Single(reader => reader.Format == format), text)
        );
        Assert.NotEmpty(refused.Message);
    }
}
