using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Due;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>From how far what has a finding is reached, and what follows from that.</summary>
public class ExposureTests
{
    private static readonly Caller Rentguy = Callers.Person("of-rentguy", Role.Operator, "rentguy");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static FindingDesk Desk(Workshop shop) => shop.Services.GetRequiredService<FindingDesk>();

    [Theory]
    [InlineData("", "", Exposure.Inside)]
    [InlineData("80/tcp", "", Exposure.Inside)]
    [InlineData("127.0.0.1:8080->80/tcp", "", Exposure.Loopback)]
    [InlineData("[::1]:8080->80/tcp", "", Exposure.Loopback)]
    [InlineData("0.0.0.0:8080->80/tcp", "", Exposure.Published)]
    [InlineData("10.0.0.5:8080->80/tcp", "", Exposure.Published)]
    [InlineData("", "traefik.http.routers.web.rule", Exposure.Internet)]
    [InlineData("127.0.0.1:8080->80/tcp", "traefik.tcp.routers.web.rule", Exposure.Internet)]
    public void Ports_and_routers_say_from_how_far(string port, string label, Exposure exposure)
    {
        var fleet = new StubFleet();
        fleet.Put("rentguy", "web", "web", "w");
        fleet.Change(
            "w",
            facts =>
                facts with
                {
                    Ports = port.Length > 0 ? [port] : [],
                    Labels = label.Length > 0 ? Routed(label) : facts.Labels,
                }
        );
        Assert.Equal(exposure, ContainerExposure.Of(fleet.Find("w")!, fleet).Exposure);

        fleet.Change("w", facts => facts with { State = "exited" });
        Assert.Equal(Exposure.NotRunning, ContainerExposure.Of(fleet.Find("w")!, fleet).Exposure);

        static Dictionary<string, string> Routed(string label) => new() { [label] = "Host(`a.example`)" };
    }

    [Fact]
    public void Anothers_network_is_reached_by_the_others_ports_and_what_Traefik_is_not_to_lead_to_is_not()
    {
        var fleet = new StubFleet();
        fleet.Put("rentguy", "vpn", "vpn", "v");
        fleet.Change("v", facts => facts with { Ports = ["0.0.0.0:8080->80/tcp"] });
        var sharer = fleet.PutSharer("rentguy", "behind", "v", "s");
        var reached = ContainerExposure.Of(sharer, fleet);
        Assert.Equal(Exposure.Published, reached.Exposure);
        Assert.Equal(["all addresses:8080 → 80/tcp"], reached.Ways);

        fleet.Put("rentguy", "off", "off", "o");
        fleet.Change(
            "o",
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string>
                    {
                        ["traefik.enable"] = "false",
                        ["traefik.http.routers.off.rule"] = "Host(`a.example`)",
                    },
                    User = "0",
                }
        );
        var off = ContainerExposure.Of(fleet.Find("o")!, fleet);
        Assert.Equal((Exposure.Inside, true), (off.Exposure, off.RunsAsRoot));
        var onHost = StubFleet.Plain with { NetworkMode = "host" };
        fleet.Change("o", facts => facts with { Unread = "gone", Settings = onHost });
        off = ContainerExposure.Of(fleet.Find("o")!, fleet);
        Assert.Equal((Exposure.Published, null), (off.Exposure, off.RunsAsRoot));
    }

    [Fact]
    public async Task Findings_are_told_chosen_and_ordered_by_it_and_only_by_ones_own_containers()
    {
        await using var shop = ScanShop.Open();
        var (open, shut) = (ScanShop.NewDigest(), ScanShop.NewDigest());
        shop.Run("rentguy", "web", shut);
        shop.Run("rentguy", "api", open);
        shop.Run("witcom", "api", open);
        shop.Fleet.Change("rentguy-api", facts => facts with { Ports = ["127.0.0.1:1->80/tcp"], User = "root" });
        shop.Fleet.Change("witcom-api", facts => facts with { Ports = ["0.0.0.0:2->80/tcp"] });
        await shop.ScanAsync(shut, ("CVE-2030-1", "CRITICAL"));
        await shop.ScanAsync(open, ("CVE-2030-2", "LOW"));

        var list = await shop.FindingsAsync(new FindingFilter("rentguy", Order: FindingOrder.Priority), Rentguy);
        Assert.Equal(["CVE-2030-2", "CVE-2030-1"], list.Select(one => one.Vulnerability));
        Assert.Equal([Exposure.Loopback, Exposure.Inside], list.Select(one => one.Exposure));
        Assert.Equal([true, false], list.Select(one => one.RunsAsRoot));
        Assert.Equal([1, 1], list.Select(one => one.Running));
        // Another tenant publishes the same image: that is not this one's to know.
        Assert.DoesNotContain(list, one => one.Containers.Any(container => container.Tenant == "witcom"));

        Assert.Equal(["CVE-2030-2"], await ChosenAsync(filter => filter with { Exposure = Exposure.Loopback }));
        Assert.Empty(await ChosenAsync(filter => filter with { Exposure = Exposure.Published }));
        Assert.Equal(["CVE-2030-2"], await ChosenAsync(filter => filter with { RunsAsRoot = true }));
        Assert.Equal(["CVE-2030-1"], await ChosenAsync(filter => filter with { Image = $"r/web@{shut}" }));
        Assert.Equal(["CVE-2030-2"], await ChosenAsync(filter => filter with { Vulnerability = "CVE-2030-2" }));
        Assert.Equal(2, (await ChosenAsync(filter => filter with { Running = true })).Count());
        shop.Fleet.Change("rentguy-api", facts => facts with { State = "exited" });
        Assert.Equal(["CVE-2030-2"], await ChosenAsync(filter => filter with { Running = false }));
        Assert.Equal(Exposure.Published, (await shop.FindingsAsync(new FindingFilter("witcom"))).Single().Exposure);

        async Task<IEnumerable<string>> ChosenAsync(Func<FindingFilter, FindingFilter> with) =>
            (await shop.FindingsAsync(with(new FindingFilter("rentguy")), Rentguy)).Select(one => one.Vulnerability);
    }

    [Fact]
    public async Task What_is_known_to_be_exploited_comes_first_then_exposure_then_likelihood_then_severity_then_a_fix()
    {
        await using var shop = ScanShop.Open();
        var (open, shut) = (ScanShop.NewDigest(), ScanShop.NewDigest());
        shop.Run("rentguy", "web", shut);
        shop.Run("rentguy", "api", open);
        shop.Fleet.Change("rentguy-api", facts => facts with { Ports = ["0.0.0.0:1->80/tcp"] });
        await GrypeAsync(
            shop,
            shut,
            Match("CVE-2031-1", "Critical"),
            Match("CVE-2031-2", "Critical", fix: "2"),
            Match("CVE-2031-3", "Low", epss: 0.93),
            Match("CVE-2031-4", "Low", exploited: true)
        );
        await GrypeAsync(shop, open, Match("CVE-2031-5", "Low"), Match("CVE-2031-6", "Medium", exploited: true));
        string[] expected = ["CVE-2031-6", "CVE-2031-4", "CVE-2031-5", "CVE-2031-3", "CVE-2031-2", "CVE-2031-1"];
        foreach (var tenant in new[] { "rentguy", null })
        {
            var filter = new FindingFilter(tenant, Order: FindingOrder.Priority);
            Assert.Equal(expected, (await shop.FindingsAsync(filter)).Select(one => one.Vulnerability));
            var walked = new List<string>();
            string? cursor = null;
            do
            {
                var page = await Desk(shop).ListAsync(Callers.Admin, filter, cursor, 1, Cancellation);
                walked.AddRange(page.Items.Select(one => one.Vulnerability));
                cursor = page.Next;
            } while (cursor is not null);
            Assert.Equal(expected, walked);
        }
        var exploited = new FindingFilter(Order: FindingOrder.Priority) { Exploited = true };
        Assert.Equal(
            ["CVE-2031-6", "CVE-2031-4"],
            (await shop.FindingsAsync(exploited)).Select(one => one.Vulnerability)
        );
        Assert.Equal(
            ["CVE-2031-2"],
            (await shop.FindingsAsync(new FindingFilter("rentguy") { Fixable = true })).Select(one => one.Vulnerability)
        );
    }

    [Fact]
    public async Task What_is_reached_from_outside_is_due_sooner_where_the_tenant_says_so()
    {
        await using var shop = ScanShop.Open();
        var (open, shut) = (ScanShop.NewDigest(), ScanShop.NewDigest());
        shop.Run("rentguy", "web", shut);
        shop.Run("rentguy", "api", open);
        shop.Fleet.Change("rentguy-api", facts => facts with { Ports = ["0.0.0.0:1->80/tcp"] });
        await shop.ScanAsync(shut, ("CVE-2030-1", "HIGH"));
        await shop.ScanAsync(open, ("CVE-2030-2", "HIGH"), ("CVE-2030-3", "UNKNOWN"));
        var due = shop.Services.GetRequiredService<DueDesk>();
        var days = new DueDays(7, 30, 90, 180, null, 3) { Exposed = 10 };
        Assert.Equal(10, (await due.ChangeAsync(Rentguy, "rentguy", days, Cancellation)).Days.Exposed);
        await Assert.ThrowsAsync<UndecidableException>(() =>
            due.ChangeAsync(Rentguy, "rentguy", days with { Exposed = 0 }, Cancellation)
        );
        var since = shop.Time.GetUtcNow();
        var found = await shop.FindingsAsync(new FindingFilter("rentguy"));
        Assert.Equal(
            new Dictionary<string, DateTimeOffset?>
            {
                ["CVE-2030-1"] = since.AddDays(30),
                ["CVE-2030-2"] = since.AddDays(10),
                ["CVE-2030-3"] = null,
            },
            found.ToDictionary(one => one.Vulnerability, one => one.DueAt)
        );
        shop.Time.Advance(TimeSpan.FromDays(10));
        Assert.Equal(
            ["CVE-2030-2"],
            (await shop.FindingsAsync(new FindingFilter("rentguy", Overdue: true))).Select(one => one.Vulnerability)
        );
        var overdue = found.Single(one => one.Vulnerability == "CVE-2030-2").Id;
        Assert.True((await Desk(shop).FindAsync(Callers.Admin, overdue, Cancellation)).Finding.Overdue);
    }

    private static string Match(
        string id,
        string severity,
        double? epss = null,
        bool exploited = false,
        string? fix = null
    )
    {
        var likely = epss is { } chance
            ? string.Create(CultureInfo.InvariantCulture, $$"""{"epss": {{chance}}}""")
            : "";
        var known = exploited ? $$"""{"cve": "{{id}}"}""" : "";
        var versions = fix is null ? "" : $"\"{fix}\"";
        return $$"""
            {"vulnerability": {"id": "{{id}}", "severity": "{{severity}}", "epss": [{{likely}}], "knownExploited": [{{known}}],
              "fix": {"versions": [{{versions}}], "state": "unknown"} },
             "artifact": {"name": "tar", "version": "1", "type": "deb"} }
            """;
    }

    private static async Task GrypeAsync(Workshop shop, string digest, params string[] matches)
    {
        var report = $$"""
            {"matches": [{{string.Join(',', matches)}}],
             "source": {"type": "image", "target": {} }, "descriptor": {"name": "grype"} }
            """;
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(report));
        await shop
            .Services.GetRequiredService<ScanDesk>()
            .TakeInAsync(Callers.Admin, new ReportSent(body, Digest: digest), Cancellation);
    }
}
