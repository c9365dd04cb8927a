using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Due;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>When findings are due, and from when on that counts.</summary>
public class FindingDueTests
{
    private static readonly Caller Rentguy = Callers.Person("of-rentguy", Role.Operator, "rentguy");
    private static readonly DueDays Usual = new(7, 30, 90, 180, null, 3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static FindingDesk Desk(Workshop shop) => shop.Services.GetRequiredService<FindingDesk>();

    [Theory]
    [InlineData("Critical", false, 7)]
    [InlineData("Critical", true, 3)]
    [InlineData("Low", true, 3)]
    [InlineData("Unknown", false, null)]
    [InlineData("Unknown", true, 3)]
    public void What_is_exploited_is_due_when_that_is_sooner(string severity, bool exploited, int? days) =>
        Assert.Equal(days, Usual.For(Enum.Parse<Severity>(severity), exploited));

    [Fact]
    public void What_is_exploited_never_gets_more_time_than_its_severity() =>
        Assert.Equal(7, (Usual with { Exploited = 20 }).For(Severity.Critical, true));

    [Fact]
    public async Task Overdue_is_what_is_open_past_its_day_and_a_tenants_own_days_go_before_the_installations()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        shop.Run("witcom", "web", digest);
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "HIGH"), ("CVE-2030-3", "UNKNOWN"));
        var since = shop.Time.GetUtcNow();
        shop.Time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMilliseconds(1));
        Assert.Empty(await OverdueAsync("rentguy"));
        shop.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["CVE-2030-1"], await OverdueAsync("rentguy"));
        var all = await shop.FindingsAsync(new FindingFilter("rentguy"));
        Assert.Equal([since.AddDays(7), since.AddDays(30), null], all.Select(one => one.DueAt));
        Assert.Equal([true, false, false], all.Select(one => one.Overdue));

        var due = shop.Services.GetRequiredService<DueDesk>();
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            due.ChangeAsync(Callers.Viewer, "rentguy", Usual, Cancellation)
        );
        await Assert.ThrowsAsync<UnknownTenantException>(() => due.ChangeAsync(Rentguy, "witcom", Usual, Cancellation));
        await Assert.ThrowsAsync<UndecidableException>(() =>
            due.ChangeAsync(Rentguy, "rentguy", Usual with { Low = 0 }, Cancellation)
        );
        await due.ChangeAsync(Rentguy, "rentguy", new DueDays(null, 5, null, null, null, null), Cancellation);
        Assert.Equal(["CVE-2030-2"], await OverdueAsync("rentguy"));
        Assert.Equal(["CVE-2030-1"], await OverdueAsync("witcom"));
        // Who looks at both is told the sooner day.
        Assert.Equal(["CVE-2030-2", "CVE-2030-1"], await OverdueAsync(null));
        Assert.Single(shop.Audit.Entries, entry => entry.Action == "finding.dueChanged");

        Assert.False((await due.ChangeAsync(Rentguy, "rentguy", null, Cancellation)).IsOwn);
        Assert.Equal(["CVE-2030-1"], await OverdueAsync("rentguy"));
        // What is accepted is due no more.
        var critical = (await shop.FindingsAsync(new FindingFilter("rentguy")))[0];
        await Desk(shop).DecideAsync(Callers.Admin, critical.Id, "accept", "known", null, Cancellation);
        Assert.Empty(await OverdueAsync("rentguy"));
        Assert.Null((await Desk(shop).FindAsync(Callers.Admin, critical.Id, Cancellation)).Finding.DueAt);

        async Task<IEnumerable<string>> OverdueAsync(string? tenant) =>
            (await shop.FindingsAsync(new FindingFilter(tenant, Overdue: true))).Select(one => one.Vulnerability);
    }

    [Fact]
    public async Task A_new_build_buys_no_time_and_what_was_gone_for_long_begins_anew()
    {
        await using var shop = ScanShop.Open();
        var (first, second) = (ScanShop.NewDigest(), ScanShop.NewDigest());
        shop.Run("rentguy", "web", first);
        await shop.ScanAsync(first, ("CVE-2030-1", "CRITICAL"));
        var since = shop.Time.GetUtcNow();
        shop.Time.Advance(TimeSpan.FromDays(5));
        shop.Run("rentguy", "web", second, "2");
        await shop.ScanAsync(second, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "CRITICAL"));
        var built = shop.Time.GetUtcNow();
        Assert.Equal([since, built], await SinceAsync());

        // One filtered report in between does not set the clock back.
        shop.Time.Advance(TimeSpan.FromDays(1));
        await shop.ScanAsync(second, ("CVE-2030-2", "CRITICAL"));
        shop.Time.Advance(TimeSpan.FromDays(1));
        await shop.ScanAsync(second, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "CRITICAL"));
        Assert.Equal([since, built], await SinceAsync());

        await shop.ScanAsync(second, ("CVE-2030-2", "CRITICAL"));
        shop.Time.Advance(TimeSpan.FromDays(40));
        await shop.ScanAsync(second, ("CVE-2030-1", "CRITICAL"), ("CVE-2030-2", "CRITICAL"));
        Assert.Equal([shop.Time.GetUtcNow(), built], await SinceAsync());

        async Task<IEnumerable<DateTimeOffset>> SinceAsync() =>
            (await shop.FindingsAsync(new FindingFilter("rentguy", State: FindingState.Open))).Select(one =>
                one.OpenSince
            );
    }

    [Fact]
    public async Task In_the_order_of_due_dates_each_page_goes_on_where_the_last_one_ended()
    {
        await using var shop = ScanShop.Open();
        string[] severities = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN"];
        foreach (var day in Enumerable.Range(0, 4))
        {
            var digest = ScanShop.NewDigest();
            shop.Run("rentguy", $"s{day}", digest);
            await shop.ScanAsync(
                digest,
                [.. severities.SelectMany(word => new[] { 1, 2 }.Select(n => ($"CVE-{word.Length}-{n}{word}", word)))]
            );
            shop.Time.Advance(TimeSpan.FromDays(25));
        }
        await shop
            .Services.GetRequiredService<DueDesk>()
            .ChangeAsync(Rentguy, "rentguy", new DueDays(50, 25, 50, 200, null, null), Cancellation);
        foreach (var tenant in new[] { "rentguy", null })
        {
            var filter = new FindingFilter(tenant, State: FindingState.Open, Order: FindingOrder.Due);
            var whole = await shop.FindingsAsync(filter);
            Assert.Equal(40, whole.Count);
            var days = whole.Select(one => one.DueAt ?? DateTimeOffset.MaxValue).ToList();
            Assert.Equal(days.Order(), days);
            Assert.Equal(8, days.Count(due => due == DateTimeOffset.MaxValue));
            var walked = new List<string>();
            string? cursor = null;
            do
            {
                var page = await Desk(shop).ListAsync(Callers.Admin, filter, cursor, 3, Cancellation);
                walked.AddRange(page.Items.Select(one => one.Id));
                cursor = page.Next;
            } while (cursor is not null);
            Assert.Equal(whole.Select(one => one.Id), walked);
        }
    }
}
