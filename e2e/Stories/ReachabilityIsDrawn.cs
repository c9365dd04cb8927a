using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Who could reach whom is drawn, and gone through by keys: what is compromised, and the ways from there.</summary>
[Collection(nameof(SandboxOfPages))]
public sealed class ReachabilityIsDrawn(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task A_service_is_asked_about_by_keys_and_its_ways_stand_out()
    {
        var page = await pages.SignInAsync(dashboard.Url, "admin", at: "/tenants/rentguy/reachability");
        var drawing = page.Locator(".flow-picture");
        var services = drawing.Locator("svg a");
        await Expect(services.First).ToBeVisibleAsync();
        await Expect(drawing.Locator("path.arrow").First).ToBeAttachedAsync();
        await drawing.FocusAsync();
        await page.Keyboard.PressAsync("Tab");
        var first = services.First;
        await Expect(first).ToBeFocusedAsync();
        var name = (await first.Locator("text").TextContentAsync())!.TrimEnd('…');
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync(new Regex("service="));
        await Expect(drawing.Locator("svg.asked a[aria-current=true]")).ToContainTextAsync(name);
        // The table says how many can be reached, and so many boxes are marked.
        var reached = await page.Locator("section.card", new() { HasText = "could be reached" })
            .Locator("tbody tr")
            .CountAsync();
        await Expect(drawing.Locator("g.node.reached")).ToHaveCountAsync(reached);
        if (reached > 0)
        {
            await Expect(drawing.Locator("path.arrow.path").First).ToBeAttachedAsync();
        }
        await page.SetViewportSizeAsync(360, 780);
        Assert.True(
            await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= 360"),
            "the page is wider than the screen"
        );
        await TestPages.ScreenshotAsync(page, "reachability-drawn-360");
    }
}
