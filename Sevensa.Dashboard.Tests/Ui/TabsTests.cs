using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Ui.Components;
using Sevensa.Dashboard.Ui.Nav;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class TabsTests
{
    private static readonly IReadOnlyList<TabItem> Items =
    [
        new("Health", "/tenants/rentguy"),
        new("Metrics", "/tenants/rentguy/metrics", Also: "/tenants/rentguy/explore"),
        new("Alerts", "/tenants/rentguy/alerts"),
    ];

    [Fact]
    public async Task They_carry_the_range_as_soon_as_it_is_chosen()
    {
        await using var page = UiContext.Create().Page;
        var navigation = page.Services.GetRequiredService<NavigationManager>();
        navigation.NavigateTo("/tenants/rentguy");
        var tabs = page.Render<Tabs>(p => p.Add(x => x.Items, Items));
        navigation.NavigateTo("/tenants/rentguy?from=now-2d&to=now");
        tabs.WaitForAssertion(() =>
            Assert.All(
                tabs.FindAll("a"),
                tab => Assert.EndsWith("?from=now-2d&to=now", tab.GetAttribute("href"), StringComparison.Ordinal)
            )
        );
    }

    [Theory]
    [InlineData("/tenants/rentguy", "Health", "page")]
    [InlineData("/tenants/rentguy/alerts?view=rules", "Alerts", "page")]
    [InlineData("/tenants/rentguy/alerts/draft", "Alerts", "true")]
    [InlineData("/tenants/rentguy/explore?query=up", "Metrics", "true")]
    [InlineData("/tenants/rentguy/alertsome", null, null)]
    [InlineData("/tenants/rentguy/secrets", null, null)]
    public async Task The_tab_that_is_shown_or_lies_above_it_is_marked(string path, string? title, string? current)
    {
        await using var page = UiContext.Create().Page;
        page.Services.GetRequiredService<NavigationManager>().NavigateTo(path);
        var marked = page.Render<Tabs>(p => p.Add(x => x.Items, Items)).FindAll("a.on");
        Assert.Equal(title is null ? [] : [title], marked.Select(tab => tab.TextContent));
        Assert.Equal(current is null ? [] : [current], marked.Select(tab => tab.GetAttribute("aria-current")));
    }
}
