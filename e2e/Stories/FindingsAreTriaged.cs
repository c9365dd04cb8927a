using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Findings are chosen by keys, accepted together with a reason and an owner, looked for by name, and printed.</summary>
public sealed class FindingsAreTriaged(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task By_keys_from_the_list_to_the_report_on_paper()
    {
        var page = await pages.SignInAsync(dashboard.Url, "admin", at: "/tenants/rentguy/scans");
        var rows = page.Locator(".mud-data-grid.findings tbody tr[tabindex]");
        await Expect(rows.Nth(1)).ToBeVisibleAsync();
        // A key that meets rows which are just drawn anew is heard by nobody.
        await EveryPageIsFitToShow.WholeAsync(page);
        string[] chosen = [await NameAsync(rows.Nth(0)), await NameAsync(rows.Nth(1))];
        await rows.First.FocusAsync();
        await page.Keyboard.PressAsync("x");
        await Expect(page.Locator("section.card").Filter(new() { HasText = "1 chosen" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("x");
        var many = page.Locator("section.card").Filter(new() { HasText = "2 chosen" });
        await many.GetByLabel("Decision").ChooseAsync("accept");
        await many.GetByLabel("Reason").FillAsync("nothing calls it");
        await many.GetByLabel("Comment").FillAsync("asked the vendor");
        await many.GetByRole(AriaRole.Button, new() { Name = "Apply to 2" }).ClickAsync();
        await Expect(many.GetByRole(AriaRole.Status)).ToContainTextAsync("2 changed");

        // Enter opens the row; its history tells both.
        await page.GoToAsync("/tenants/rentguy/scans?state=accepted");
        await rows.First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main")).ToContainTextAsync(new Regex("accepted by .*: nothing calls it"));
        await Expect(page.Locator("main")).ToContainTextAsync("comment by");

        await page.GetByPlaceholder("Keep this filter as…").FillAsync("What we live with");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save filter" }).ClickAsync();
        await page.GoToAsync("/tenants/rentguy/scans");
        await page.GetByRole(AriaRole.Link, new() { Name = "What we live with" }).ClickAsync();
        await page.WaitForURLAsync(new Regex("state=accepted"));
        await Expect(rows).ToHaveCountAsync(2);

        await page.GoToAsync("/tenants/rentguy/scans/report");
        foreach (var name in chosen)
        {
            await Expect(page.Locator("main")).ToContainTextAsync(name);
        }
        await Expect(page.Locator("main")).ToContainTextAsync("Time to fix");
        var pdf = await page.PdfAsync(new() { Format = PaperFormat.A4 });
        Assert.True(pdf.Length > 10_000, $"{pdf.Length} bytes were printed");
    }

    private static async Task<string> NameAsync(ILocator row) =>
        (await row.Locator("a[href]").First.InnerTextAsync()).Trim();
}
