using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Images;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>All images that there are, scanned or not.</summary>
public class ImageDeskTests
{
    private static readonly Caller Rentguy = Callers.Person("of-rentguy", Role.Operator, "rentguy");

    private static async Task<IReadOnlyList<ImageLine>> ListAsync(
        Workshop shop,
        ImagesAsked? asked = null,
        Caller? caller = null
    ) =>
        (
            await shop
                .Services.GetRequiredService<ImageDesk>()
                .ListAsync(
                    caller ?? Callers.Admin,
                    asked ?? new ImagesAsked(),
                    new PageAsked(null, null),
                    TestContext.Current.CancellationToken
                )
        ).Items;

    [Fact]
    public async Task An_image_tells_its_scans_its_verdict_what_is_open_and_where_it_runs()
    {
        await using var shop = ScanShop.Open();
        var (shared, silent) = (ScanShop.NewDigest(), ScanShop.NewDigest());
        shop.Run("rentguy", "api", shared);
        shop.Run("witcom", "api", shared);
        shop.Run("rentguy", "web", silent);
        shop.Fleet.Change("witcom-api", facts => facts with { Ports = ["0.0.0.0:1->80/tcp"], User = "root" });
        await shop.ScanAsync(shared, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "LOW"));

        var all = await ListAsync(shop);
        Assert.Equal(["registry.example/api:1", "registry.example/web:1"], all.Select(one => one.Image));
        var scanned = all[0];
        Assert.Equal(shared, scanned.Digest);
        Assert.Contains(shared, scanned.Digests);
        Assert.Equal(("deny", 1), (scanned.Gate.Verdict, scanned.Gate.Denying));
        Assert.Equal(new SeverityCounts(1, 0, 0, 1, 0, 2), scanned.Open);
        Assert.Equal([("trivy", FindingKind.Vulnerability)], scanned.Scans.Select(scan => (scan.Scanner, scan.Kind)));
        Assert.NotNull(scanned.ScannedAt);
        Assert.Equal((2, Exposure.Published, true), (scanned.Running, scanned.Exposure, scanned.RunsAsRoot));
        Assert.Equal(["rentguy", "witcom"], scanned.Tenants);

        var (nobody, theirs) = (all[1], (await ListAsync(shop, caller: Rentguy))[0]);
        Assert.Equal(("unknown", 1, 0), (nobody.Gate.Verdict, nobody.Running, nobody.Open.Total));
        Assert.Null(nobody.ScannedAt);
        Assert.Equal((1, Exposure.Inside, false), (theirs.Running, theirs.Exposure, theirs.RunsAsRoot));
        Assert.Equal(["rentguy"], theirs.Tenants);
        Assert.Equal(["rentguy-api"], theirs.Containers.Select(one => one.Name));
    }

    [Fact]
    public async Task Filters_choose_among_the_scanned_and_the_others()
    {
        await using var shop = ScanShop.Open();
        var (first, second, idle) = (ScanShop.NewDigest(), ScanShop.NewDigest(), ScanShop.NewDigest());
        shop.Run("rentguy", "api", first);
        shop.Run("witcom", "web", second);
        shop.Fleet.Change("witcom-web", facts => facts with { Ports = ["0.0.0.0:1->80/tcp"], User = "root" });
        await shop.ScanAsync(first);
        await shop.ScanAsync(idle, ("CVE-2030-1", "LOW"));

        Assert.Equal([first, idle], await IdsAsync(new ImagesAsked(Scanned: true)));
        Assert.Equal([second], await IdsAsync(new ImagesAsked(Scanned: false)));
        Assert.Equal([first, second], await IdsAsync(new ImagesAsked(Running: true)));
        Assert.Equal([idle], await IdsAsync(new ImagesAsked(Running: false)));
        Assert.Equal([second], await IdsAsync(new ImagesAsked(Exposure: Exposure.Published)));
        Assert.Equal([second], await IdsAsync(new ImagesAsked(Root: true)));
        Assert.Equal([first], await IdsAsync(new ImagesAsked(Name: "EXAMPLE/API")));
        Assert.Equal([first, idle], await IdsAsync(new ImagesAsked(Verdict: GateAnswer.Allow)));
        Assert.Equal([second], await IdsAsync(new ImagesAsked(Verdict: GateAnswer.Unknown)));
        Assert.Empty(await IdsAsync(new ImagesAsked(Verdict: GateAnswer.Deny)));
        Assert.Equal([first], await IdsAsync(new ImagesAsked("rentguy")));
        Assert.Equal([second], await IdsAsync(new ImagesAsked("witcom")));

        async Task<IEnumerable<string>> IdsAsync(ImagesAsked asked) =>
            (await ListAsync(shop, asked)).Select(one => one.Digest).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Pages_of_one_verdict_leave_none_out_and_repeat_none()
    {
        await using var shop = ScanShop.Open();
        var denied = new List<string>();
        for (var number = 0; number < 6; number++)
        {
            var digest = ScanShop.NewDigest();
            shop.Run("rentguy", $"s{number}", digest);
            await shop.ScanAsync(digest, ($"CVE-2030-{number}", number % 2 == 0 ? "CRITICAL" : "LOW"));
            if (number % 2 == 0)
            {
                denied.Add(digest);
            }
        }
        var (walked, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = await shop
                .Services.GetRequiredService<ImageDesk>()
                .ListAsync(
                    Callers.Admin,
                    new ImagesAsked(Verdict: GateAnswer.Deny),
                    new PageAsked(cursor, 1),
                    TestContext.Current.CancellationToken
                );
            walked.AddRange(page.Items.Select(one => one.Digest));
            cursor = page.Next;
        } while (cursor is not null);
        Assert.Equal(denied, walked);
    }
}
