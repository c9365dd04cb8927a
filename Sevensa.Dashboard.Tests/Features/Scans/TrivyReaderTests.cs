using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>The reader is held to reports that Trivy's own tests hold Trivy to.</summary>
public class TrivyReaderTests
{
    private static readonly TrivyReader Reader = new();

    private static Task<ScanReport> ReadAsync(string text) =>
        Reader.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), TestContext.Current.CancellationToken);

    [Fact]
    public async Task Every_report_is_read_and_its_counts_are_equal()
    {
        var files = Directory.GetFiles(Path.Combine(Recorded.Datasets(), "trivy"));
        Assert.True(files.Length >= 10, $"only {files.Length} reports");
        foreach (var file in files)
        {
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            var report = await ReadAsync(text);
            using var json = JsonDocument.Parse(text);
            var expected = json.RootElement.TryGetProperty("Results", out var results)
                ? results
                    .EnumerateArray()
                    .Where(result => result.TryGetProperty("Vulnerabilities", out _))
                    .SelectMany(result => result.GetProperty("Vulnerabilities").EnumerateArray())
                    .Select(found =>
                        (
                            found.GetProperty("VulnerabilityID").GetString(),
                            found.GetProperty("PkgName").GetString(),
                            found.GetProperty("Severity").GetString()
                        )
                    )
                    .Order()
                    .ToList()
                : [];
            Assert.Equal(
                expected,
                report
                    .Findings.Where(found => found is { Kind: FindingKind.Vulnerability, Suppressed: null })
                    .Select(found =>
                        (
                            (string?)found.Vulnerability,
                            (string?)found.Package,
                            (string?)found.Severity.ToString().ToUpperInvariant()
                        )
                    )
                    .Order()
                    .ToList()
            );
        }
    }

    [Fact]
    public async Task The_image_is_known_by_its_digests()
    {
        var file = Path.Combine(Recorded.Datasets(), "trivy", "alpine-310.json.golden");
        var report = await ReadAsync(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Contains("sha256:961769676411f082461f9ef46626dd7a2d1e2b2a38e6a44364bcbecf51e66dd4", report.Digests);
        Assert.Equal("1.1.1d-r0", report.Findings[0].FixedVersion);
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("{", "no JSON")]
    [InlineData("<html>", "no JSON")]
    [InlineData("[]", "first form")]
    [InlineData("{}", "no SchemaVersion")]
    [InlineData("7", "no SchemaVersion")]
    [InlineData("""{"SchemaVersion": 3}""", "schema version 3")]
    [InlineData("""{"SchemaVersion": "2"}""", "schema version")]
    [InlineData("""{"SchemaVersion": 2, "Results": {}}""", "no list")]
    [InlineData("""{"SchemaVersion": 2, "Results": [1]}""", "holds 1")]
    [InlineData("""{"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{"PkgName": "x"}]}]}""", "no VulnerabilityID")]
    [InlineData("""{"SchemaVersion": 2, "Results": [{"Target": 4}]}""", "no text")]
    public async Task Garbage_is_refused_with_the_reason(string text, string words)
    {
        var refused = await Assert.ThrowsAsync<UnreadableReportException>(() => ReadAsync(text));
        Assert.Contains(words, refused.Message);
    }

    [Fact]
    public async Task Depth_is_bounded() =>
        await Assert.ThrowsAsync<UnreadableReportException>(() =>
            ReadAsync($$"""{"SchemaVersion": 2, "x": {{new string('[', 100_000)}}{{new string(']', 100_000)}} }""")
        );

    [Theory]
    [InlineData("sha256:961769676411f082461f9ef46626dd7a2d1e2b2a38e6a44364bcbecf51e66dd4", true)]
    [InlineData("a/b@sha256:961769676411f082461f9ef46626dd7a2d1e2b2a38e6a44364bcbecf51e66dd4", true)]
    [InlineData("sha256:9617", false)]
    [InlineData("latest", false)]
    [InlineData("sha256:zz1769676411f082461f9ef46626dd7a2d1e2b2a38e6a44364bcbecf51e66dd4", false)]
    [InlineData(null, false)]
    public void A_digest_is_known_by_its_form(string? text, bool isOne) =>
        Assert.Equal(isOne, ImageDigest.Bare(text) is not null);
}
