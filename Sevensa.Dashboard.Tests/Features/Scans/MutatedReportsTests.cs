using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Twenty thousand broken reports, of every format: each is read or refused in words.</summary>
public class MutatedReportsTests
{
    private static readonly ReportReaders Readers = new([
        new TrivyReader(),
        new GrypeReader(),
        new ClairReader(),
        new SarifReader(),
        new CycloneDxReader(),
        new SpdxReader(),
        new OpenVexReader(),
        new CsafReader(),
    ]);

    [Theory]
    [InlineData("trivy/fs.json", 1_500)]
    [InlineData("trivy/image-secret-only.json", 1_500)]
    [InlineData("trivy/sbom-syft-spdx.json", 1_500)]
    [InlineData("others/grype-only-fixed.json", 1_500)]
    [InlineData("clair/report-assembled-from-official-examples.json", 2_500)]
    [InlineData("others/osv-image.sarif", 1_500)]
    [InlineData("trivy/image-vuln.cdx.json", 1_500)]
    [InlineData("trivy/image.spdx.json", 2_000)]
    [InlineData("openvex", 3_500)]
    [InlineData("csaf", 3_500)]
    public async Task Each_is_read_or_refused_in_words(string name, int count)
    {
        var reports = new MutatedReports(MutatedReports.Sample(name));
        var random = new Random(MutatedReports.Seed);
        var (read, refused) = (0, 0);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        // No report takes more than a moment: all of them together end long before this.
        end.CancelAfter(TimeSpan.FromMinutes(3));
        for (var number = 0; number < count; number++)
        {
            var bytes = reports.Next(random);
            using var body = new MemoryStream(bytes);
            try
            {
                await using var opened = await ReportBody.OpenAsync(body, null, end.Token);
                var (report, _) = await Readers.ReadAsync(opened, null, end.Token);
                _ = CountedFinding.Of(report.Findings);
                _ = report.ScannedAt;
                Assert.All(report.Digests, digest => Assert.Equal(digest, ImageDigest.Bare(digest)));
                read++;
            }
            catch (UnreadableReportException exception)
            {
                Assert.NotEmpty(exception.Message);
                refused++;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Assert.Fail($"{name}, number {number}: {exception}");
            }
        }
        Assert.True(read > count / 20, $"only {read} of {count} were read");
        Assert.True(refused > count / 20, $"only {refused} of {count} were refused");
    }
}
