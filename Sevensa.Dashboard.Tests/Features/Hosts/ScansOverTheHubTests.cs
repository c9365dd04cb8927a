using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Tests.Runner;
using Sevensa.Dashboard.Tests.Runner.Scanning;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>A host's scanner and the dashboard, over the runner's own connection.</summary>
public sealed class ScansOverTheHubTests
{
    [Fact]
    public async Task What_runs_is_scanned_and_sent_and_how_the_scanner_stands_is_told()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var server = await HubServer.StartAsync();
        using var host = new StandInScanner("echo '{\"SchemaVersion\": 2}'");
        using var engine = new FakeEngine(TimeProvider.System);
        var works = new FakeWorks(engine);
        works.AddImage(StandInScanner.Digest, "shop/web:1.0");
        engine.Add("rentguy-api-1", facts => facts with { ImageId = StandInScanner.Digest });
        server.AddRunner("vps-1", engine, scanner: host.Program, works: works);
        var piece = await server.Scans.Pieces.Reader.ReadAsync(stop);
        Assert.Equal((0, true), (piece.Number, piece.IsLast));
        Assert.Equal(new ScannedImage("trivy", StandInScanner.Digest, null, "vulnerability"), piece.Of);
        Assert.NotEmpty(piece.Data);
        // Then the list of parts that the dashboard names, which it does not keep any more.
        ScannerReport told;
        do
        {
            told = await server.Scans.Reports.Reader.ReadAsync(stop);
        } while (told.Failed.Count == 0);
        Assert.Equal(("trivy", "0.76.0", 1, 0), (told.Scanner, told.Version, told.Scanned, told.Waiting));
        var failed = Assert.Single(told.Failed);
        Assert.Equal(("trivy-1", "parts of shop/web:1.0"), (failed.ImageId, failed.Image));
    }

    [Fact]
    public async Task The_host_says_that_it_can_only_where_a_scanner_is_named()
    {
        await using var server = await HubServer.StartAsync();
        using var host = new StandInScanner("echo '{}'");
        using var one = new FakeEngine(TimeProvider.System);
        using var other = new FakeEngine(TimeProvider.System);
        server.AddRunner("vps-1", one, scanner: host.Program);
        server.AddRunner("vps-2", other);
        var can = await server.PresenceAsync("vps-1", HostPresence.Connected);
        var cannot = await server.PresenceAsync("vps-2", HostPresence.Connected);
        Assert.Contains(StepVerbs.ImageScan, can.Facts!.Kinds);
        Assert.DoesNotContain(StepVerbs.ImageScan, cannot.Facts!.Kinds);
    }
}
