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
    [InlineData("trivy/build-1.json", "4 5 4 4 4")]
    [InlineData("trivy/build-1.sarif", "4 5 4 4 4")]
    [InlineData("trivy/config.json", "0 0 0 0 0")]
    [InlineData("trivy/config.sarif", "0 0 0 0 0")]
    [InlineData("trivy/convert-high.json", "4 5 0 0 0")]
    [InlineData("trivy/fs-vuln.json", "1 1 1 0 1")]
    [InlineData("trivy/fs.json", "1 1 1 0 1")]
    [InlineData("trivy/image-all.json", "4 5 4 4 4")]
    [InlineData("trivy/image-arm64.json", "1 4 1 4 3")]
    [InlineData("trivy/image-clean-vuln.json", "0 0 0 0 0")]
    [InlineData("trivy/image-clean.sarif", "0 0 0 0 0")]
    [InlineData("trivy/image-default.cdx.json", "0 0 0 0 0")]
    [InlineData("trivy/image-docker.json", "4 5 4 4 4")]
    [InlineData("trivy/image-docker.sarif", "4 5 4 4 4")]
    [InlineData("trivy/image-license-only.json", "0 0 0 0 0")]
    [InlineData("trivy/image-license.sarif", "0 0 0 0 0")]
    [InlineData("trivy/image-nolist.json", "4 5 4 4 4")]
    [InlineData("trivy/image-noscanners.json", "0 0 0 0 0")]
    [InlineData("trivy/image-secret-none.json", "0 0 0 0 0")]
    [InlineData("trivy/image-secret-only.json", "0 0 0 0 0")]
    [InlineData("trivy/image-secret-only.sarif", "0 0 0 0 0")]
    [InlineData("trivy/image-vex-hidden.json", "4 4 4 4 4")]
    [InlineData("trivy/image-vuln-nothing-left.json", "0 0 0 0 0")]
    // A package's own severity (a temporary id, low) is not in CycloneDX.
    [InlineData("trivy/image-vuln.cdx.json", "4 5 4 3 5")]
    [InlineData("trivy/image.cosign.json", "4 5 4 4 4")]
    [InlineData("trivy/image.json", "4 5 4 4 4")]
    [InlineData("trivy/image.sarif", "4 5 4 4 4")]
    [InlineData("trivy/registry-amd64.json", "4 5 4 4 4")]
    [InlineData("trivy/registry-arm64.cdx.json", "1 4 1 3 4")]
    [InlineData("trivy/registry-arm64.sarif", "1 4 1 4 3")]
    [InlineData("trivy/registry-single.json", "4 5 4 4 4")]
    [InlineData("trivy/rootfs-empty.json", "0 0 0 0 0")]
    [InlineData("trivy/rootfs-eosl.json", "1 4 1 4 3")]
    [InlineData("trivy/rootfs.json", "1 4 1 4 3")]
    [InlineData("trivy/sbom-syft-spdx.json", "2 1 2 0 1")]
    [InlineData("trivy/sbom-syft-vuln.cdx.json", "2 3 2 1 4")]
    [InlineData("trivy/sbom-syft.cdx.json", "0 0 0 0 0")]
    [InlineData("trivy/sbom-syft.json", "2 3 2 2 3")]
    [InlineData("trivy/sbom-syft.sarif", "2 3 2 2 3")]
    [InlineData("trivy/sbom-trivy.json", "4 5 4 4 4")]
    [InlineData("others/grype-image.json", "4 2 3 3 2")]
    [InlineData("others/grype-image.sarif", "4 2 3 3 2")]
    [InlineData("others/grype-image.cdx.json", "4 2 3 3 2")]
    [InlineData("others/grype-by-cve.json", "4 2 3 3 2")]
    [InlineData("others/grype-by-cve.sarif", "4 2 3 3 2")]
    [InlineData("others/grype-only-fixed.json", "1 2 3 0 0")]
    [InlineData("others/grype-sbom-syft.json", "4 2 3 3 2")]
    [InlineData("others/grype-sbom-syft.cdx.json", "4 2 3 3 2")]
    [InlineData("others/grype-clean.json", "0 0 0 0 0")]
    [InlineData("others/grype-clean.sarif", "0 0 0 0 0")]
    [InlineData("others/grype-clean.cdx.json", "0 0 0 0 0")]
    // Five results, two of them twice the same; of the one of openssl only SARIF's level is known.
    [InlineData("others/osv-image.sarif", "1 0 2 0 0")]
    [InlineData("others/osv-image.cdx.json", "0 0 1 0 1")]
    [InlineData("others/pip-audit.cdx.json", "0 0 0 0 2")]
    [InlineData("others/checkov.sarif", "0 0 0 0 0")]
    [InlineData("others/bandit.sarif", "0 0 0 0 0")]
    [InlineData("syft/image.cdx.json", "0 0 0 0 0")]
    [InlineData("syft/docker-archive.cdx.json", "0 0 0 0 0")]
    [InlineData("others/cdxgen.cdx.json", "0 0 0 0 0")]
    [InlineData("others/cyclonedx-npm.cdx.json", "0 0 0 0 0")]
    public async Task Vulnerabilities_are_counted(string path, string counts) =>
        Assert.Equal(counts, Counts((await ReadAsync(path)).Findings, FindingKind.Vulnerability));

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
    [InlineData("trivy/image.json", "Secret", 3)]
    [InlineData("trivy/image.sarif", "Secret", 3)]
    [InlineData("trivy/image-secret-only.sarif", "Secret", 3)]
    [InlineData("trivy/config.json", "Misconfiguration", 40)]
    [InlineData("trivy/config.sarif", "Misconfiguration", 40)]
    [InlineData("trivy/image-all.json", "Misconfiguration", 2)]
    [InlineData("trivy/image-all.json", "License", 81)]
    [InlineData("trivy/image-license.sarif", "License", 81)]
    [InlineData("others/checkov.sarif", "Misconfiguration", 36)]
    public async Task Other_kinds_are_told_apart(string path, string kind, int count) =>
        Assert.Equal(
            count,
            (await ReadAsync(path)).Findings.Count(found =>
                found.Finding.Kind.ToString() == kind && found.Finding.Suppressed is null
            )
        );

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

    [Theory]
    [InlineData("trivy/image.spdx.json", "SPDX")]
    [InlineData("trivy/image.github.json", "GitHub")]
    [InlineData("syft/image.github.json", "GitHub")]
    [InlineData("syft/image.spdx.json", "SPDX")]
    [InlineData("syft/image.cdx.xml", "XML")]
    [InlineData("syft/image.spdx", "no JSON")]
    [InlineData("others/grype-image.cdx.xml", "XML")]
    [InlineData("others/pip-audit.cdx.xml", "XML")]
    [InlineData("others/bandit.json", "known here")]
    [InlineData("others/hadolint.json", "known here")]
    [InlineData("others/osv-image.json", "known here")]
    [InlineData("others/pip-audit.json", "known here")]
    public async Task What_is_no_report_is_refused_in_words_that_fit(string path, string words)
    {
        var refused = await Assert.ThrowsAsync<UnreadableReportException>(() => ReadAsync(path));
        Assert.Contains(words, refused.Message);
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
    public async Task Osvs_sentences_are_read()
    {
        var (report, findings) = await ReadAsync("others/osv-source.sarif");
        Assert.Equal("osv-scanner", report.Scanner);
        var lodash = findings.Single(found => found.Finding.Package == "lodash").Finding;
        Assert.Equal(("4.17.15", "4.17.21"), (lodash.Installed, lodash.FixedVersion));
        Assert.Contains("GHSA-aaaa-bbbb-cccc", lodash.Aliases);
    }
}
