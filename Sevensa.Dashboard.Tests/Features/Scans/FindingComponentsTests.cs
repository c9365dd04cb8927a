using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Components;
using Sevensa.Dashboard.Features.Scans.Due;
using Sevensa.Dashboard.Features.Scans.Saved;
using Sevensa.Dashboard.Features.Scans.Trend;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Findings in the browser: many at once, filters by name, days, and the trend.</summary>
public class FindingComponentsTests
{
    private static BunitContext Page(Workshop shop, Caller? caller = null)
    {
        var (page, _) = UiContext.Create();
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(default).ReturnsForAnyArgs(caller ?? Callers.Operator);
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton(shop.Services.GetRequiredService<FindingDeeds>());
        page.Services.AddSingleton(shop.Services.GetRequiredService<FindingDesk>());
        page.Services.AddSingleton(shop.Services.GetRequiredService<SavedFilters>());
        page.Services.AddSingleton(shop.Services.GetRequiredService<DueDesk>());
        page.Services.AddSingleton(shop.Services.GetRequiredService<TrendDesk>());
        return page;
    }

    [Fact]
    public async Task What_is_chosen_is_accepted_together_and_what_came_of_it_is_said()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, ("CVE-2030-1", "HIGH"), ("CVE-2030-2", "HIGH"));
        var ids = (await shop.FindingsAsync(new FindingFilter("rentguy"))).Select(one => one.Id).ToList();
        await using var page = Page(shop);
        var form = page.Render<FindingBulk>(parameters => parameters.Add(one => one.Ids, [.. ids, "nothing"]));
        await form.ChooseAsync("Decision", new Choice("accept", "accept"));
        await form.Field("Reason").ChangeAsync(new() { Value = "behind the proxy" });
        await form.Find("form").SubmitAsync();
        form.WaitForAssertion(
            () => Assert.Contains("2 changed, 1 not", form.Find("[role=status]").TextContent, StringComparison.Ordinal),
            Patience.Usual
        );
        Assert.Contains("There is no finding", form.Find("[role=status]").TextContent, StringComparison.Ordinal);
        Assert.Equal(2, (await shop.FindingsAsync(new FindingFilter("rentguy", State: FindingState.Accepted))).Count);
    }

    [Fact]
    public async Task The_open_finding_is_shown_whole_below_its_row_and_rows_are_chosen_by_whoever_may_decide()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, ("CVE-2030-1", "HIGH"), ("CVE-2030-2", "HIGH"));
        var items = await shop.FindingsAsync(new FindingFilter("rentguy"));
        await using var page = Page(shop);
        (string Id, bool Chosen)? chosen = null;
        var rows = page.Render<FindingRows>(parameters =>
            parameters
                .Add(one => one.Items, items)
                .Add(one => one.Open, items[0].Id)
                .Add(one => one.Address, id => $"?finding={id}")
                .Add(one => one.MayDecide, true)
                .Add(one => one.OnChosen, change => chosen = change)
        );
        Assert.Equal(
            ["mud-table-row selected", "mud-table-row detail", "mud-table-row"],
            rows.FindAll("tbody > tr").Select(row => row.ClassName!.Trim())
        );
        Assert.Equal(
            ["?finding=", $"?finding={items[1].Id}"],
            rows.FindAll("a[aria-expanded]").Select(link => link.GetAttribute("href"))
        );
        await rows.FindAll("tbody > tr")[2].QuerySelector("input[type=checkbox]")!.ChangeAsync(new() { Value = true });
        Assert.Equal((items[1].Id, true), chosen);

        rows.Render(parameters => parameters.Add(one => one.MayDecide, false));
        Assert.Empty(rows.FindAll("tbody input"));
    }

    [Fact]
    public async Task A_filter_that_was_saved_is_a_link_and_can_be_removed()
    {
        await using var shop = ScanShop.Open();
        await using var page = Page(shop);
        var shelf = page.Render<FilterShelf>(parameters =>
            parameters.Add(one => one.Tenant, "rentguy").Add(one => one.Query, "owner=me&overdue=true")
        );
        await shelf.Find("form input").ChangeAsync(new() { Value = "Mine, late" });
        await shelf.Find("form").SubmitAsync();
        shelf.WaitForAssertion(() => Assert.Equal("Mine, late", shelf.Find("a").TextContent.Trim()), Patience.Usual);
        Assert.Equal("/tenants/rentguy/scans?owner=me&overdue=true", shelf.Find("a").GetAttribute("href"));
        await shelf.Find("button[aria-label='Remove the filter Mine, late']").ClickAsync(new());
        shelf.WaitForAssertion(() => Assert.Empty(shelf.FindAll("a")), Patience.Usual);
    }

    [Fact]
    public async Task Days_of_a_tenants_own_are_saved_and_given_back()
    {
        await using var shop = ScanShop.Open();
        await using var page = Page(shop);
        var form = page.Render<DueForm>(parameters => parameters.Add(one => one.Tenant, "rentguy"));
        Assert.Equal("7", form.Field("Critical").GetAttribute("value"));
        await form.Field("Critical").ChangeAsync(new() { Value = "0" });
        await form.Find("form").SubmitAsync();
        form.WaitForAssertion(
            () => Assert.Contains("within 1 to", form.Find("[role=alert]").TextContent, StringComparison.Ordinal),
            Patience.Usual
        );
        await form.Field("Critical").ChangeAsync(new() { Value = "2" });
        await form.Find("form").SubmitAsync();
        form.WaitForAssertion(
            () => Assert.Contains("this tenant's own", form.Markup, StringComparison.Ordinal),
            Patience.Usual
        );
        await form.FindAll("button")
            .Single(one => one.TextContent.Contains("again", StringComparison.Ordinal))
            .ClickAsync(new());
        form.WaitForAssertion(() => Assert.Equal("7", form.Field("Critical").GetAttribute("value")), Patience.Usual);
    }

    [Fact]
    public async Task A_day_that_nobody_counted_is_said_to_be_none()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, ("CVE-2030-1", "CRITICAL"));
        await shop.TurnAsync();
        await using var page = Page(shop);
        var board = page.Render<TrendBoard>(parameters =>
            parameters
                .Add(one => one.Tenant, "rentguy")
                .Add(one => one.From, "2026-02-28")
                .Add(one => one.To, "2026-03-01")
                .Add(one => one.Table, true)
        );
        await board.WaitForElementAsync("table.days");
        var days = board.FindAll("table.days tbody tr").Select(row => row.TextContent).ToList();
        Assert.Contains("2026-03-01", days[0], StringComparison.Ordinal);
        Assert.DoesNotContain("not counted", days[0], StringComparison.Ordinal);
        Assert.Contains("2026-02-28", days[1], StringComparison.Ordinal);
        Assert.Contains("not counted", days[1], StringComparison.Ordinal);
        Assert.Contains("1 of 2 days were not counted", board.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Days_that_can_make_no_trend_are_told_in_words()
    {
        await using var shop = ScanShop.Open();
        await using var page = Page(shop);
        var board = page.Render<TrendBoard>(parameters =>
            parameters
                .Add(one => one.Tenant, "rentguy")
                .Add(one => one.From, "2026-03-02")
                .Add(one => one.To, "2026-03-01")
        );
        board.WaitForAssertion(
            () => Assert.Contains("to a later one", board.Markup, StringComparison.Ordinal),
            Patience.Usual
        );
    }
}
