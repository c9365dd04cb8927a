using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Trend;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What happens to findings while nobody looks.</summary>
public class FindingDutyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
    private static readonly Caller Rentguy = Callers.Person("of-rentguy", Role.Operator, "rentguy");

    private static FindingDesk Desk(Workshop shop) => shop.Services.GetRequiredService<FindingDesk>();

    private static Task<FindingTrend> TrendAsync(Workshop shop, string tenant = "rentguy") =>
        shop
            .Services.GetRequiredService<TrendDesk>()
            .OfAsync(Callers.Admin, tenant, null, null, FindingKind.Vulnerability, Cancellation);

    [Fact]
    public async Task An_acceptance_ends_by_itself_and_that_is_told_once()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "HIGH"));
        foreach (var finding in await shop.FindingsAsync(new FindingFilter("rentguy")))
        {
            var accepted = await Desk(shop)
                .DecideAsync(
                    Rentguy,
                    finding.Id,
                    "accept",
                    "not reachable",
                    shop.Time.GetUtcNow().AddDays(2),
                    Cancellation
                );
            Assert.Equal(Rentguy.Subject, accepted.Owner?.Id);
        }
        await shop.TurnAsync();
        Assert.Empty(await shop.FindingsAsync(new FindingFilter("rentguy", State: FindingState.Open)));
        Assert.DoesNotContain(shop.Audit.Entries, entry => entry.Action == "finding.reopened");

        shop.Time.Advance(TimeSpan.FromDays(2));
        await shop.TurnAsync();
        await shop.TurnAsync();

        var open = await shop.FindingsAsync(new FindingFilter("rentguy", State: FindingState.Open));
        Assert.Equal(2, open.Count);
        Assert.All(open, one => Assert.Null(one.Until));
        var told = Assert.Single(shop.Audit.Entries, entry => entry.Action == "finding.reopened");
        Assert.Equal("rentguy", told.Tenant);
        Assert.Contains("CVE-2030-1", told.Detail!, StringComparison.Ordinal);
        Assert.Contains("1 more", told.Detail!, StringComparison.Ordinal);
        var whole = await Desk(shop).FindAsync(Rentguy, open[0].Id, Cancellation);
        Assert.Equal([FindingDeed.Decided, FindingDeed.Ended], whole.History.Select(change => change.Deed));
        Assert.Contains("not reachable", whole.History[1].Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_see_the_tenant_any_more_answers_for_nothing_of_it()
    {
        await using var shop = ScanShop.Open();
        var people = (StubPeople)shop.Services.GetRequiredService<IPeople>();
        people.Changed[Rentguy.Subject] = Rentguy;
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"));
        var id = (await shop.FindingsAsync(new FindingFilter("rentguy")))[0].Id;
        await shop
            .Services.GetRequiredService<FindingDeeds>()
            .AssignAsync(Callers.Admin, id, Rentguy.Subject, Cancellation);
        // To answer for something opens nothing: a claim that nobody looked at for long takes it away from nobody.
        people.NotLookedAt[Rentguy.Subject] = true;
        await shop.TurnAsync();
        Assert.Equal("of-rentguy", (await shop.FindingsAsync(new FindingFilter("rentguy")))[0].Owner?.Name);

        people.Changed[Rentguy.Subject] = Callers.Person("of-rentguy", Role.Operator, "witcom");
        await shop.TurnAsync();

        Assert.Null((await shop.FindingsAsync(new FindingFilter("rentguy")))[0].Owner);
        var told = Assert.Single(shop.Audit.Entries, entry => entry.Action == "finding.ownerLost");
        Assert.Equal(("rentguy", id), (told.Tenant, told.Target));
        var whole = await Desk(shop).FindAsync(Callers.Admin, id, Cancellation);
        Assert.Contains("may not see", whole.History[^1].Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_day_is_counted_once_and_again_after_a_report_and_one_without_a_count_is_a_gap()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"));
        await shop.TurnAsync();
        Assert.Equal(1, (await TrendAsync(shop)).Days[^1].Open?.Critical);

        shop.Time.Advance(TimeSpan.FromMinutes(5));
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "CRITICAL"));
        Assert.Equal(1, (await TrendAsync(shop)).Days[^1].Open?.Critical);
        await shop.TurnAsync();
        Assert.Equal(2, (await TrendAsync(shop)).Days[^1].Open?.Critical);

        // Nobody counted on the second day; on the third all are overdue or gone from what is counted of others.
        shop.Time.Advance(TimeSpan.FromDays(20));
        await shop.TurnAsync();
        var trend = await TrendAsync(shop);
        Assert.Equal((2, 2), (trend.Days[^1].Open!.Critical, trend.Days[^1].Overdue));
        Assert.Null(trend.Days[^2].Open);
        Assert.Equal(trend.Days.Count - 2, trend.Missing);
        Assert.Equal(0, (await TrendAsync(shop, "witcom")).Days[^1].Open?.Total);
    }

    [Fact]
    public async Task While_a_host_is_silent_nothing_is_counted()
    {
        var fleet = new SilentFleet();
        await using var shop = ScanShop.Open(services => services.AddSingleton<IFleet>(fleet));
        await shop.TurnAsync();
        Assert.Null((await TrendAsync(shop)).Days[^1].Open);
        fleet.Silent = false;
        await shop.TurnAsync();
        Assert.Equal(0, (await TrendAsync(shop)).Days[^1].Open?.Total);
    }

    [Fact]
    public async Task Fixed_is_what_another_image_of_the_repository_does_not_have_and_nothing_else()
    {
        await using var shop = ScanShop.Open();
        var (first, second, other) = (ScanShop.NewDigest(), ScanShop.NewDigest(), ScanShop.NewDigest());
        shop.Run("rentguy", "web", first);
        shop.Run("rentguy", "cache", other);
        await shop.ScanAsync(first, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "HIGH"), ("CVE-2030-3", "LOW"));
        await shop.ScanAsync(other, ("CVE-2030-9", "CRITICAL"));
        await shop.TurnAsync();
        // The scanner no longer says it of the same image: not fixed.
        shop.Time.Advance(TimeSpan.FromDays(1));
        await shop.ScanAsync(first, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "HIGH"));
        await shop.TurnAsync();
        Assert.All((await TrendAsync(shop)).TimeToFix, one => Assert.Equal(0, one.Fixed));

        // What takes the place of the image is looked at once it was scanned; the other image goes with its service.
        shop.Time.Advance(TimeSpan.FromDays(3));
        shop.Run("rentguy", "web", second, "2");
        shop.Fleet.Remove("rentguy-cache");
        await shop.TurnAsync();
        Assert.All((await TrendAsync(shop)).TimeToFix, one => Assert.Equal(0, one.Fixed));
        await shop.ScanAsync(second, ("CVE-2030-2", "HIGH"));
        shop.Time.Advance(TimeSpan.FromDays(2));
        await shop.TurnAsync();

        var times = (await TrendAsync(shop)).TimeToFix.ToDictionary(one => one.Severity);
        Assert.Equal(1, times[Severity.Critical].Fixed);
        Assert.Equal(TimeSpan.FromDays(4).TotalSeconds, times[Severity.Critical].Median);
        Assert.Equal(TimeSpan.FromDays(4).TotalSeconds, times[Severity.Critical].P90);
        Assert.Equal((0, 1), (times[Severity.High].Fixed, times[Severity.High].Open));
        Assert.Null(times[Severity.High].Median);
        Assert.Equal(0, times[Severity.Low].Fixed);
        Assert.Equal(1, times.Values.Sum(one => one.Fixed));

        // It is rolled back: what seemed to be fixed was not.
        shop.Run("rentguy", "web", first);
        await shop.TurnAsync();
        Assert.All((await TrendAsync(shop)).TimeToFix, one => Assert.Equal(0, one.Fixed));
    }

    [Fact]
    public async Task What_somebody_called_fixed_is_not_once_it_is_reported_again()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"));
        var id = (await shop.FindingsAsync(new FindingFilter("rentguy")))[0].Id;
        shop.Time.Advance(TimeSpan.FromHours(6));
        await Desk(shop).DecideAsync(Rentguy, id, "fixed", "patched by hand", null, Cancellation);
        var critical = (await TrendAsync(shop)).TimeToFix[0];
        Assert.Equal((1, TimeSpan.FromHours(6).TotalSeconds), (critical.Fixed, critical.Median));
        shop.Time.Advance(TimeSpan.FromHours(1));
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "LOW"));
        Assert.Equal((0, 1), ((await TrendAsync(shop)).TimeToFix[0].Fixed, (await TrendAsync(shop)).TimeToFix[0].Open));
    }

    [Theory]
    [InlineData(new double[0], null)]
    [InlineData(new double[] { 3 }, 3d)]
    [InlineData(new double[] { 1, 2, 5, 100 }, 3.5)]
    public void The_median_is_the_middle(double[] ordered, double? median) =>
        Assert.Equal(median, TrendDesk.Median(ordered));

    /// <summary>No container, and a host of everybody's that has not told.</summary>
    private sealed class SilentFleet : IFleet
    {
        public bool Silent { get; set; } = true;

        public IReadOnlyList<DockerHost> Hosts => [];

        public IReadOnlyList<HostedContainer> Containers => [];

        public IReadOnlyList<HostedContainer> ContainersOf(string tenant) => [];

        public HostedContainer? Find(string containerId) => null;

        public IReadOnlyList<string> SilentFor(string tenant) => Silent ? ["vps-1"] : [];

        public IReadOnlyList<(string HostName, EngineEvent Event)> RecentEvents(string tenant, int most) => [];

        public IDisposable OnChange(Func<Task> callback) => new MemoryStream();
    }
}
