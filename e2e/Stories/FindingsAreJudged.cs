using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>From a vulnerability over all tenants to one tenant's finding, which somebody judges, and to the image that has it.</summary>
public sealed class FindingsAreJudged(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task From_all_tenants_to_one_finding_and_its_image()
    {
        var page = await pages.SignInAsync(dashboard.Url, "admin", at: "/scans/vulnerabilities");
        var rows = page.Locator(".mud-data-grid tbody tr");
        await Expect(rows.First).ToBeVisibleAsync();
        await page.GetByLabel("Severity").ChooseAsync("critical");
        await Expect(page).ToHaveURLAsync(new Regex("severity=critical"));
        await Expect(rows.First).ToContainTextAsync("Critical");
        var name = (await rows.First.Locator("td .mono").First.InnerTextAsync()).Trim();
        await rows.First.GetByRole(AriaRole.Link).First.ClickAsync();

        await Expect(page).ToHaveURLAsync(new Regex("/tenants/[a-z-]+/scans\\?vulnerability="));
        await Expect(page.Locator("main")).ToContainTextAsync($"Only {name}");
        var findings = page.Locator(".mud-data-grid.findings tbody tr[tabindex]");
        await findings.First.Locator("a[href]").First.ClickAsync();
        await page.GetByLabel("If it is not affected, why").ChooseAsync("the vulnerable code is never run");
        await page.GetByLabel("Reason", new() { Exact = true }).First.FillAsync("the module is not loaded");
        await page.GetByRole(AriaRole.Button, new() { Name = "Not affected" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Not affected" })).ToHaveCountAsync(0);

        var address = new Uri(page.Url);
        await page.GoToAsync($"{address.AbsolutePath}?vulnerability={Uri.EscapeDataString(name)}&state=notAffected");
        await Expect(findings.First).ToContainTextAsync("not affected");
        await findings.First.Locator("a[href]").First.ClickAsync();
        await Expect(page.Locator("main"))
            .ToContainTextAsync("not affected (the vulnerable code is never run) by Admin: the module is not loaded");

        await page.GetByRole(AriaRole.Link, new() { Name = "Images" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/scans/images"));
        // The findings have a choice of the same name.
        await Expect(page.Locator("main")).ToContainTextAsync("Every image that was reported on");
        await page.GetByLabel("Running").ChooseAsync("somewhere");
        await Expect(page).ToHaveURLAsync(new Regex("running=true"));
        await Expect(rows.First).ToContainTextAsync("sha256:");
    }
}
