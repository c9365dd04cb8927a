using System.Text;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Tests.Platform;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What a report costs grows with its length and no faster, and whoever asked may give up.</summary>
public class ScanCostTests
{
    private static readonly ReportReaders Readers = new([new TrivyReader(), new CycloneDxReader()]);

    /// <summary>Findings of one name: the very same again, or copies that lie at different places of a list.</summary>
    private static byte[] Report(int findings, bool copies) =>
        Encoding.UTF8.GetBytes(
            $$"""{"SchemaVersion": 2, "Results": [{"Class": "lang-pkgs", "Vulnerabilities": [{{string.Join(
                ',',
                Enumerable
                    .Range(0, findings)
                    .Select(n =>
                        $$$"""{"VulnerabilityID": "CVE-2030-1", "PkgName": "p", "InstalledVersion": "1", "Severity": "LOW", "PkgIdentifier": {"BOMRef": "{{{(copies ? n : 0)}}}"}}"""
                    )
            )}}]}]}"""
        );

    private static async Task<int> TakeAsync(byte[] report, CancellationToken cancellation)
    {
        using var body = new MemoryStream(report);
        var (read, _) = await Readers.ReadAsync(body, null, cancellation);
        return FindingMerge
            .Of(
                "image",
                "trivy",
                [],
                CountedFinding.Of(read.Findings),
                new HashSet<FindingKind>(),
                new HashSet<string>(),
                DateTimeOffset.UnixEpoch,
                cancellation
            )
            .Changed.Count;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ten_times_as_many_findings_of_one_name_cost_about_ten_times_as_much(bool copies)
    {
        var (few, many) = (Report(1_000, copies), Report(10_000, copies));
        Assert.Equal(copies ? 10_000 : 1, await TakeAsync(many, default));
        var (inTen, inOne) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        var (small, large) = (0L, 0L);
        // The least of several: whatever else the machine does only adds.
        for (var round = 0; round < 7; round++)
        {
            // Ten of the few, so that both hold as much and are measured as exactly.
            (var time, small) = await MeasuredAsync(few, 10);
            inTen = time < inTen ? time : inTen;
            (time, large) = await MeasuredAsync(many, 1);
            inOne = time < inOne ? time : inOne;
        }
        Assert.InRange((double)large / small, 0, 1.5);
        // Ten times as much is what comparing each with each would cost.
        Assert.InRange(inOne / inTen, 0, 3);

        static async Task<(TimeSpan Processor, long Bytes)> MeasuredAsync(byte[] report, int times)
        {
            var bytes = GC.GetAllocatedBytesForCurrentThread();
            var begun = ProcessorTime.OfThisThread();
            for (var time = 0; time < times; time++)
            {
                // A stream in memory never waits, so that all of it is done on this thread.
                await TakeAsync(report, default);
            }
            return (ProcessorTime.OfThisThread() - begun, GC.GetAllocatedBytesForCurrentThread() - bytes);
        }
    }

    [Fact]
    public async Task Reading_and_comparing_end_when_nobody_waits_any_more()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        var report = Report(2_000, copies: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TakeAsync(report, gone.Token));
        using var body = new MemoryStream(report);
        var (read, _) = await Readers.ReadAsync(body, null, default);
        Assert.Throws<OperationCanceledException>(() =>
            FindingMerge.Of(
                "image",
                "trivy",
                [],
                CountedFinding.Of(read.Findings),
                new HashSet<FindingKind>(),
                new HashSet<string>(),
                DateTimeOffset.UnixEpoch,
                gone.Token
            )
        );
    }

    [Fact]
    public void Other_names_of_one_thing_are_joined_within_a_limit()
    {
        var entries = Enumerable
            .Range(0, 20_000)
            .Select(n => new ReportedFinding(
                FindingKind.Vulnerability,
                "CVE-2030-1",
                "p",
                "1",
                null,
                Severity.Low,
                "",
                null,
                null
            )
            {
                Aliases = [$"GHSA-{n}"],
            })
            .ToList();
        Assert.InRange(Assert.Single(CountedFinding.Of(entries)).Finding.Aliases.Count, 1, 100);
    }
}
