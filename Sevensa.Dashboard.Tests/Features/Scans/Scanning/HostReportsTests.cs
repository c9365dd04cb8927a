using System.IO.Compression;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Scanning;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Scans.Scanning;

/// <summary>What the scanners of hosts find comes in by the door of all reports, for the tenants whose image it is.</summary>
public sealed class HostReportsTests
{
    private const string Digest = "sha256:23c0739ba7fd3d76b45103159ab1faa347c77ff3a6bf7b2aca5c48280066f079";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static byte[] Packed(string folder, string file)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(File.ReadAllBytes(Path.Combine(Recorded.Folder(), folder, file)));
        }
        return packed.ToArray();
    }

    private static ScannedImage Image(string scanner = "trivy", string digest = Digest) =>
        new(scanner, digest, "linux/amd64", "vulnerability");

    private static void Runs(Workshop shop, string tenant, string digest = Digest, string host = "h1")
    {
        var id = $"{tenant}-shop";
        shop.Fleet.Put(tenant, "shop", $"{tenant}-shop-1", id, host: host);
        shop.Fleet.Change(id, facts => facts with { ImageId = digest, ImageDigest = digest, Image = "shop/web:1.0" });
    }

    private static async Task<ScanAnswer> SendAsync(Workshop shop, ScannedImage of, byte[] packed)
    {
        var hosts = shop.Services.GetRequiredService<IScanListener>();
        var answer = new ScanAnswer(true);
        var cut = packed.Length / 2;
        foreach (var (number, piece) in new[] { packed[..cut], packed[cut..] }.Index())
        {
            answer = await hosts.OnPieceAsync("h1", new ScanPiece("r1", number, number == 1, piece, of), Stop);
            if (!answer.IsTaken)
            {
                return answer;
            }
        }
        return answer;
    }

    [Theory]
    [InlineData("trivy", "trivy", "image.json", 21)]
    [InlineData("grype", "others", "grype-image.json", 14)]
    public async Task A_report_in_pieces_is_one_of_the_tenant_that_runs_the_image(
        string scanner,
        string folder,
        string file,
        int findings
    )
    {
        await using var shop = ScanShop.Open();
        Runs(shop, "rentguy");
        var answer = await SendAsync(shop, Image(scanner), Packed(folder, file));
        Assert.True(answer.IsTaken, answer.Words);
        var found = await shop.FindingsAsync(new FindingFilter("rentguy", Kind: FindingKind.Vulnerability));
        Assert.Equal(findings, found.Count);
        Assert.Contains($"{findings} findings in shop/web:1.0", answer.Words, StringComparison.Ordinal);
        Assert.Contains(
            shop.Audit.Entries,
            entry => entry.Action == "scan.received" && entry.Actor.Name == "the runner on vps-1"
        );
    }

    [Fact]
    public async Task A_scan_for_vulnerabilities_that_finds_none_closes_what_the_same_scanner_found()
    {
        await using var shop = ScanShop.Open();
        Runs(shop, "rentguy");
        Assert.True((await SendAsync(shop, Image(), Packed("trivy", "image.json"))).IsTaken);
        shop.Time.Advance(TimeSpan.FromDays(4000));
        var answer = await SendAsync(shop, Image(), Packed("trivy", "image-vuln-nothing-left.json"));
        Assert.True(answer.IsTaken, answer.Words);
        var open = await shop.FindingsAsync(
            new FindingFilter("rentguy", State: FindingState.Open, Kind: FindingKind.Vulnerability)
        );
        Assert.Empty(open);
    }

    [Fact]
    public async Task An_image_that_does_not_run_there_is_refused()
    {
        await using var shop = ScanShop.Open();
        Runs(shop, "rentguy", host: "h2");
        var answer = await SendAsync(shop, Image(), Packed("trivy", "image.json"));
        Assert.Equal((false, false), (answer.IsTaken, answer.Again));
        Assert.Contains("No container", answer.Words, StringComparison.Ordinal);
        Assert.Empty(await shop.FindingsAsync(new FindingFilter("rentguy")));
    }

    [Fact]
    public async Task A_host_speaks_for_no_tenant_that_it_is_not_bound_to()
    {
        await using var shop = ScanShop.Open();
        Runs(shop, "rentguy");
        shop.Fleet.Tenants = ["witcom"];
        Assert.False((await SendAsync(shop, Image(), Packed("trivy", "image.json"))).IsTaken);
        // It runs something of its own, and sends a report that names another tenant's image.
        Runs(shop, "witcom", ScanShop.NewDigest());
        var own = shop.Fleet.Find("witcom-shop")!.Facts.ImageId;
        var answer = await SendAsync(shop, Image(digest: own), Packed("trivy", "image.json"));
        Assert.False(answer.IsTaken);
        Assert.Contains("tenants", answer.Words, StringComparison.Ordinal);
        Assert.Empty(await shop.FindingsAsync(new FindingFilter("rentguy")));
    }

    [Fact]
    public async Task Another_tenant_of_the_host_does_not_have_it_when_the_image_is_stopped()
    {
        await using var shop = ScanShop.Open();
        shop.Fleet.Tenants = ["rentguy", "psra-ltsd"];
        Runs(shop, "rentguy");
        Assert.True((await SendAsync(shop, Image(), Packed("trivy", "image.json"))).IsTaken);
        shop.Fleet.Remove("rentguy-shop");
        Assert.NotEmpty(await shop.FindingsAsync(new FindingFilter(null), Callers.Operator));
        Assert.Empty(await shop.FindingsAsync(new FindingFilter(null), Callers.Stranger));
    }

    [Fact]
    public async Task A_piece_that_is_missing_is_noticed()
    {
        await using var shop = ScanShop.Open();
        Runs(shop, "rentguy");
        var hosts = shop.Services.GetRequiredService<IScanListener>();
        await hosts.OnPieceAsync("h1", new ScanPiece("r1", 0, false, [1], Image()), Stop);
        var answer = await hosts.OnPieceAsync("h1", new ScanPiece("r1", 2, true, [3], Image()), Stop);
        Assert.Equal((false, true), (answer.IsTaken, answer.Again));
    }

    [Fact]
    public async Task A_piece_without_a_byte_is_none()
    {
        await using var shop = ScanShop.Open();
        Runs(shop, "rentguy");
        var hosts = shop.Services.GetRequiredService<IScanListener>();
        Assert.True((await hosts.OnPieceAsync("h1", new ScanPiece("r1", 0, false, [1], Image()), Stop)).IsTaken);
        Assert.False((await hosts.OnPieceAsync("h1", new ScanPiece("r1", 1, false, [], Image()), Stop)).IsTaken);
    }

    [Fact]
    public async Task More_hosts_than_are_taken_from_at_once_are_told_to_come_again()
    {
        await using var shop = ScanShop.Open();
        var hosts = shop.Services.GetRequiredService<IScanListener>();
        for (var host = 0; host < ArrivingReports.MostAtOnce; host++)
        {
            var taken = await hosts.OnPieceAsync($"x{host}", new ScanPiece("r", 0, false, [1], Image()), Stop);
            Assert.True(taken.IsTaken);
        }
        Assert.True((await hosts.OnPieceAsync("late", new ScanPiece("r", 0, false, [1], Image()), Stop)).Again);
        shop.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.True((await hosts.OnPieceAsync("late", new ScanPiece("r", 0, false, [1], Image()), Stop)).IsTaken);
    }

    [Fact]
    public async Task What_is_no_report_of_that_scanner_is_refused_in_words()
    {
        await using var shop = ScanShop.Open();
        Runs(shop, "rentguy");
        var answer = await SendAsync(shop, Image(), Packed("others", "grype-image.json"));
        Assert.Equal((false, false), (answer.IsTaken, answer.Again));
        Assert.NotNull(answer.Words);
    }

    private static async Task ListAsync(Workshop shop, string folder, string file, string? tenant)
    {
        using var body = new MemoryStream(File.ReadAllBytes(Path.Combine(Recorded.Folder(), folder, file)));
        await shop
            .Services.GetRequiredService<ScanDesk>()
            .TakeInAsync(Callers.Admin, new ReportSent(body, Digest: Digest, Tenant: tenant), Stop);
    }

    [Fact]
    public async Task A_list_of_parts_is_given_to_the_scanner_of_its_own_family_alone()
    {
        await using var shop = ScanShop.Open();
        Runs(shop, "rentguy");
        await ListAsync(shop, "syft", "image.cdx.json", "rentguy");
        var hosts = shop.Services.GetRequiredService<IScanListener>();
        Assert.Empty(await hosts.PartsToMatchAsync("h1", "trivy", Stop));
        var list = Assert.Single(await hosts.PartsToMatchAsync("h1", "grype", Stop));
        shop.Fleet.Tenants = ["witcom"];
        Assert.Empty(await hosts.PartsToMatchAsync("h1", "grype", Stop));
        Assert.Null(await hosts.PartsAsync("h1", list.Id, Stop));
        shop.Fleet.Tenants = ["rentguy"];
        var packed = await hosts.PartsAsync("h1", list.Id, Stop);
        using var whole = new MemoryStream();
        await using (var gzip = new GZipStream(new MemoryStream(packed!), CompressionMode.Decompress))
        {
            await gzip.CopyToAsync(whole, Stop);
        }
        Assert.Equal(File.ReadAllBytes(Path.Combine(Recorded.Folder(), "syft", "image.cdx.json")), whole.ToArray());
    }

    [Fact]
    public async Task A_match_finds_what_is_new_and_closes_nothing_of_another_family()
    {
        await using var shop = ScanShop.Open();
        Runs(shop, "rentguy");
        Assert.True((await SendAsync(shop, Image(), Packed("trivy", "image.json"))).IsTaken);
        var before = (
            await shop.FindingsAsync(
                new FindingFilter("rentguy", State: FindingState.Open, Kind: FindingKind.Vulnerability)
            )
        ).ToList();
        await ListAsync(shop, "syft", "image.cdx.json", "rentguy");
        var hosts = shop.Services.GetRequiredService<IScanListener>();
        var list = Assert.Single(await hosts.PartsToMatchAsync("h1", "grype", Stop));
        shop.Time.Advance(TimeSpan.FromDays(4000));
        var of = new ScannedImage("grype", "", null, "vulnerability", list.Id);
        var answer = await SendAsync(shop, of, Packed("others", "grype-sbom-syft.json"));
        Assert.True(answer.IsTaken, answer.Words);
        var after = await shop.FindingsAsync(
            new FindingFilter("rentguy", State: FindingState.Open, Kind: FindingKind.Vulnerability)
        );
        // Two names of one vulnerability may have become one finding, since the other scanner says both.
        var names = after
            .SelectMany(finding =>
                finding.Aliases.Append(finding.Vulnerability).Select(id => $"{id} {finding.Package}")
            )
            .ToHashSet(StringComparer.Ordinal);
        Assert.Empty(before.Select(finding => $"{finding.Vulnerability} {finding.Package}").Except(names));
        Assert.All(after, finding => Assert.Equal(FindingState.Open, finding.State));
        // Not by the other family's, whatever it is said to be.
        Assert.False((await SendAsync(shop, of with { Scanner = "trivy" }, Packed("trivy", "sbom-syft.json"))).IsTaken);
    }

    [Fact]
    public async Task It_is_planned_where_the_host_has_a_scanner_and_refused_in_words_where_not()
    {
        await using var shop = ScanShop.Open();
        var kind = new ScanImageKind(shop.Fleet, shop.Time);
        using var empty = System.Text.Json.JsonDocument.Parse("{}");
        var request = new PlanRequest("p", null!, "rentguy", "worker", empty.RootElement, Callers.Operator);
        var plan = (await kind.PlanAsync(request, Stop)).Plan;
        var step = Assert.Single(plan.Steps);
        Assert.Equal((StepVerbs.ImageScan, plan.Containers[0].Id), (step.Verb, step.On));
        Assert.Empty(await kind.DifferencesAsync(plan, Stop));
        shop.Fleet.Kinds = [StepVerbs.ContainerRestart];
        var exception = await Assert.ThrowsAsync<CannotPlanException>(() => kind.PlanAsync(request, Stop));
        Assert.Contains("Runner:Scanner", exception.Message, StringComparison.Ordinal);
    }
}
