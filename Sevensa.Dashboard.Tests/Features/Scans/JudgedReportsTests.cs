using System.Text;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What a document says does not affect its image does not count, in each of the ways of saying it.</summary>
public class JudgedReportsTests
{
    private static readonly ReportReaders Readers = new([
        new TrivyReader(),
        new GrypeReader(),
        new ClairReader(),
        new SarifReader(),
        new CycloneDxReader(),
        new OpenVexReader(),
        new CsafReader(),
    ]);

    private static async Task<ScanReport> ReadAsync(string text)
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return (await Readers.ReadAsync(body, null, TestContext.Current.CancellationToken)).Report;
    }

    private static Task<ScanReport> CycloneDxAsync(
        string vulnerability,
        string part = """{"bom-ref": "a", "name": "zlib", "version": "1"}"""
    ) =>
        ReadAsync(
            $$"""{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{{part}}], "vulnerabilities": [{"id": "CVE-2030-1", "ratings": [{"severity": "critical"}], {{vulnerability}} }]}"""
        );

    [Theory]
    [InlineData("""{"version": "1", "status": "unaffected"}""", true)]
    [InlineData("""{"version": "1", "status": "affected"}""", false)]
    [InlineData("""{"version": "1"}""", false)]
    [InlineData("""{"version": "1", "status": "unknown"}""", false)]
    [InlineData("""{"version": "0.9", "status": "affected"}, {"version": "1", "status": "unaffected"}""", true)]
    [InlineData("""{"version": "1", "status": "affected"}, {"version": "1", "status": "unaffected"}""", false)]
    [InlineData("""{"version": "2", "status": "unaffected"}""", false)]
    // The range that has the fix; it says nothing of the version before.
    [InlineData("""{"range": "vers:deb/>=2", "status": "unaffected"}""", false)]
    [InlineData("""{"range": "vers:deb/<2", "status": "affected"}, {"version": "1", "status": "unaffected"}""", false)]
    [InlineData("""{"range": "vers:deb/*", "status": "unaffected"}""", true)]
    public async Task A_version_that_cyclonedx_calls_unaffected_is_kept_as_suppressed(string versions, bool cleared)
    {
        var report = await CycloneDxAsync(
            $$"""
            "affects": [{"ref": "a", "versions": [{{versions}}]}]
            """
        );
        var finding = Assert.Single(report.Findings);
        Assert.Equal(cleared, finding.Suppressed is not null);
        Assert.Equal(cleared ? "1" : finding.Installed, finding.Installed);
        // All of it being judged, it is a statement and no scan.
        Assert.Equal(cleared, report.Statement is not null);
        Assert.Equal(cleared, report.Notes.Count > 0);
    }

    [Fact]
    public async Task Of_a_part_whose_version_nobody_knows_the_one_that_is_named_counts()
    {
        var report = await CycloneDxAsync(
            """
            "affects": [{"ref": "a", "versions": [{"version": "1", "status": "unaffected"}]}]
            """,
            """{"bom-ref": "a", "name": "zlib"}"""
        );
        var finding = Assert.Single(report.Findings);
        Assert.Equal(("1", true), (finding.Installed, finding.Suppressed is not null));
    }

    [Fact]
    public async Task One_part_of_two_is_cleared_by_itself_and_the_document_is_no_statement()
    {
        var report = await CycloneDxAsync(
            """
            "affects": [{"ref": "a", "versions": [{"version": "1", "status": "unaffected"}]}, {"ref": "b", "versions": [{"version": "1", "status": "affected"}]}]
            """,
            """{"bom-ref": "a", "name": "zlib", "version": "1"}, {"bom-ref": "b", "name": "zlib-static", "version": "1"}"""
        );
        Assert.Equal(["zlib-static"], report.Findings.Where(one => one.Suppressed is null).Select(one => one.Package));
        Assert.Null(report.Statement);
    }

    [Theory]
    [InlineData(
        """
            "rejected": "2026-02-01T00:00:00Z", "affects": [{"ref": "a"}]
            """,
        true
    )]
    [InlineData(
        """
            "rejected": "2026-02-01T00:00:00Z", "analysis": {"state": "exploitable"}, "affects": [{"ref": "a"}]
            """,
        false
    )]
    [InlineData(
        """
            "rejected": null, "affects": [{"ref": "a"}]
            """,
        false
    )]
    public async Task A_vulnerability_that_was_rejected_does_not_count(string vulnerability, bool cleared)
    {
        var report = await CycloneDxAsync(vulnerability);
        Assert.Equal(
            cleared,
            Assert.Single(report.Findings).Suppressed?.StartsWith("rejected 2026", StringComparison.Ordinal) == true
        );
    }

    [Theory]
    [InlineData("not_affected", true)]
    [InlineData("affected", false)]
    [InlineData("will_not_fix", false)]
    public async Task Trivys_word_of_it_holds(string status, bool cleared)
    {
        var report = await ReadAsync(
            $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-2030-1", "PkgName": "p", "Severity": "CRITICAL", "Status": "{{status}}"}]}]}"""
        );
        Assert.Equal(cleared, Assert.Single(report.Findings).Suppressed is not null);
    }

    [Theory]
    [InlineData("""{"document": {"category": "csaf_vex"}}""", "VEX")]
    [InlineData("""{"document": {"category": "csaf_security_advisory"}, "vulnerabilities": []}""", "VEX")]
    [InlineData("""{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [{"status": "not_affected"}]}""", "VEX")]
    [InlineData("""{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}""", "SPDX 3")]
    public async Task What_lacks_what_it_is_known_by_is_refused_by_its_name(string text, string name)
    {
        var refused = await Assert.ThrowsAsync<UnreadableReportException>(() => ReadAsync(text));
        Assert.Contains(name, refused.Message);
    }
}
