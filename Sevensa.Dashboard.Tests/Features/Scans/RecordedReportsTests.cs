using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Reports as real scanners wrote them, held to counts that were taken from the files apart from this program.</summary>
public class RecordedReportsTests
{
    private static readonly ReportReaders Readers = new([
        new TrivyReader(),
        new GrypeReader(),
        new ClairReader(),
        new SarifReader(),
        new CycloneDxReader(),
    ]);

    private static async Task<(ScanReport Report, IReadOnlyList<CountedFinding> Findings)> ReadAsync(string path)
    {
        await using var file = File.OpenRead(Path.Combine(Recorded.Folder(), path));
        await using var body = await ReportBody.OpenAsync(file, null, TestContext.Current.CancellationToken);
        var (report, _) = await Readers.ReadAsync(body, null, TestContext.Current.CancellationToken);
        return (report, CountedFinding.Of(report.Findings));
    }

    /// <summary>Critical, high, medium, low, unknown.</summary>
    private static string Counts(IReadOnlyList<CountedFinding> findings, FindingKind kind) =>
        SeverityCounts.Of(
            findings
                .Where(found => found.Finding.Kind == kind && found.Finding.Suppressed is null)
                .Select(found => found.Finding.Severity)
        )
            is var counts
            ? $"{counts.Critical} {counts.High} {counts.Medium} {counts.Low} {counts.Unknown}"
            : "";

    [Theory]
    [InlineData("others/grype-only-fixed.json", 6, 8)]
    [InlineData("others/grype-ignored.json", 11, 3)]
    [InlineData("others/grype-vex.json", 13, 1)]
    public async Task What_grype_ignored_is_kept_with_its_reason(string path, int open, int suppressed)
    {
        var (_, findings) = await ReadAsync(path);
        Assert.Equal(open, findings.Count(found => found.Finding.Suppressed is null));
        Assert.Equal(suppressed, findings.Count(found => found.Finding.Suppressed is { Length: > 0 }));
    }

    [Theory]
    [InlineData("others/bandit.sarif", "0 2 2 3 0")]
    [InlineData("others/bandit-clean.sarif", "0 0 0 0 0")]
    [InlineData("others/hadolint.sarif", "0 2 6 2 0")]
    [InlineData("others/eslint.sarif", "0 2 2 0 0")]
    [InlineData("others/merged.sarif", "0 6 10 5 0")]
    public async Task Linters_are_no_scans_whatever_they_hold(string path, string counts)
    {
        var (report, findings) = await ReadAsync(path);
        Assert.Equal(counts, Counts(findings, FindingKind.Code));
        Assert.False(Makers.CanFind(report.Scanner, FindingKind.Vulnerability));
    }

    [Fact]
    public async Task Every_form_of_one_image_gives_the_same_names()
    {
        static IEnumerable<string> Names(IReadOnlyList<CountedFinding> findings) =>
            findings
                .Where(found => found.Finding.Kind == FindingKind.Vulnerability)
                .Select(found =>
                    $"{found.Finding.Vulnerability} {found.Finding.Package} {found.Finding.Installed} {found.Finding.Place} {found.Copy}"
                )
                .Order(StringComparer.Ordinal);

        var trivy = Names((await ReadAsync("trivy/image.json")).Findings);
        foreach (
            var path in (string[])
                ["image.sarif", "build-1.json", "build-1.sarif", "image-vuln.cdx.json", "registry-single.json"]
        )
        {
            Assert.Equal(trivy, Names((await ReadAsync($"trivy/{path}")).Findings));
        }
        var grype = Names((await ReadAsync("others/grype-image.json")).Findings);
        Assert.Equal(grype, Names((await ReadAsync("others/grype-image.sarif")).Findings));
        Assert.Equal(grype, Names((await ReadAsync("others/grype-image.cdx.json")).Findings));
        Assert.Equal(
            Names((await ReadAsync("trivy/fs-vuln.json")).Findings),
            Names((await ReadAsync("trivy/fs.json")).Findings)
        );
    }

    [Fact]
    public async Task Images_are_known_by_their_digests_and_platform_and_not_by_those_that_tools_make()
    {
        const string Amd64 = "sha256:23c0739ba7fd3d76b45103159ab1faa347c77ff3a6bf7b2aca5c48280066f079";
        const string Index = "sha256:bbf1480f7071a8e9716aa808cc174979e55c64adffd14c640e10d37e78cd8e0e";
        var (registry, _) = await ReadAsync("trivy/registry-amd64.json");
        Assert.Equal((Amd64, "linux/amd64"), (registry.ImageId, registry.Platform));
        Assert.Equal([Index], registry.RepoDigests);
        Assert.Equal("127.0.0.1:25020/shop/web:1.0", registry.Image);
        var (arm, _) = await ReadAsync("trivy/registry-arm64.cdx.json");
        Assert.Equal("linux/arm64", arm.Platform);
        var (grype, _) = await ReadAsync("others/grype-image.json");
        Assert.Equal([Amd64], grype.Digests);
        Assert.Equal("linux/amd64", grype.Platform);
        Assert.Empty((await ReadAsync("others/grype-image.cdx.json")).Report.Digests);
        Assert.Empty((await ReadAsync("syft/docker-archive.cdx.json")).Report.Digests);
        Assert.NotEmpty((await ReadAsync("syft/image.cdx.json")).Report.Digests);
        Assert.Equal("debian 9.13", (await ReadAsync("trivy/rootfs-eosl.json")).Report.EndOfLife);
    }

    [Fact]
    public async Task Chances_of_exploitation_are_no_severities()
    {
        var (_, json) = await ReadAsync("others/grype-image.json");
        var (_, cyclonedx) = await ReadAsync("others/grype-image.cdx.json");
        foreach (var findings in new[] { json, cyclonedx })
        {
            var lodash = findings.Single(found => found.Finding.Package == "lodash").Finding;
            Assert.Equal((0.01, true), (lodash.Epss, lodash.Exploited));
            var zlib = findings.Single(found => found.Finding.Package == "zlib1g").Finding;
            Assert.Equal((0.42, false), (zlib.Epss, zlib.Exploited));
        }
    }

    [Fact]
    public async Task A_score_of_cvss_is_one_whoever_keeps_it()
    {
        const string Report =
            """{"bomFormat": "CycloneDX", "specVersion": "1.6", "vulnerabilities": [{"id": "CVE-2030-9", "ratings": [{"source": {"name": "FIRST"}, "method": "CVSSv31", "score": 9.8}, {"source": {"name": "FIRST"}, "method": "other", "score": 0.5}]}]}""";
        var read = await new CycloneDxReader().ReadAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(Report)),
            TestContext.Current.CancellationToken
        );
        var finding = Assert.Single(read.Findings);
        Assert.Equal((Severity.Critical, 0.5), (finding.Severity, finding.Epss));
    }

    [Fact]
    public async Task Osvs_sentences_are_read()
    {
        var (report, findings) = await ReadAsync("others/osv-source.sarif");
        Assert.Equal("osv-scanner", report.Scanner);
        var lodash = findings.Single(found => found.Finding.Package == "lodash").Finding;
        Assert.Equal(("4.17.15", "4.17.21"), (lodash.Installed, lodash.FixedVersion));
        Assert.Contains("GHSA-aaaa-bbbb-cccc", lodash.Aliases);
    }
}
