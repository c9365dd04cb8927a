using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>An open page ends with what let its person in, and works below a path.</summary>
public sealed class AccessInTheBrowser(Browser browser) : IClassFixture<Browser>, IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task An_open_page_leads_to_sign_in_soon_after_its_account_is_disabled()
    {
        await using var dashboard = DashboardProcess.With([]);
        await dashboard.StartAsync();
        using var admin = await dashboard.ClientOfAsync("admin");
        var page = await pages.SignInAsync(dashboard.Url, "viewer");
        await page.GotoAsync("/tenants/rentguy");
        await EveryPageIsFitToShow.WholeAsync(page);
        var since = Stopwatch.StartNew();
        using var disabled = await admin.PostAsync(
            new Uri("/api/v1/people/sandbox-person-viewer/disable", UriKind.Relative),
            null
        );
        Assert.True(disabled.IsSuccessStatusCode);
        await page.WaitForURLAsync("**/signin?returnUrl=*");
        Assert.True(
            since.Elapsed < TimeSpan.FromSeconds(Environment.ProcessorCount > 4 ? 5 : 10),
            $"It took {since.Elapsed}."
        );
    }

    [Fact]
    public async Task Below_a_path_links_and_the_program_itself_lead_there()
    {
        await using var dashboard = DashboardProcess.With([new("Platform:PathBase", "/console")]);
        await dashboard.StartAsync();
        var page = await pages.OpenAsync(dashboard.Url);
        await page.GotoAsync("/console/");
        await page.Locator("input[autocomplete=username]").FillAsync("operator");
        await page.Locator("input[autocomplete=current-password]").FillAsync("sandbox");
        await page.Locator("form button[type=submit]").First.ClickAsync();
        await page.WaitForURLAsync("**/console/");
        await EveryPageIsFitToShow.WholeAsync(page);
        var astray = await page.Locator("a[href^='/']:not([href^='/console/'])").CountAsync();
        Assert.Equal(0, astray);
        await page.Locator(".sidenav a:visible", new() { HasTextString = "Approvals" }).First.ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/console/approvals(\\?.*)?$"));
        await Expect(page.Locator("main h1")).ToContainTextAsync("Approvals");
        // A page begins with the same word as the path.
        await page.GotoAsync("/console/console");
        await Expect(page).ToHaveURLAsync(new Regex("/console/console([/?].*)?$"));
        await Expect(page.Locator("main")).ToContainTextAsync("Console");
    }
}
