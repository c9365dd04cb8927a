using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>A client prints what the portal says: light, whatever the screen is, and without what can only be clicked.</summary>
[Collection(nameof(SandboxOfPages))]
public sealed class ThePortalOnPaper(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task It_is_printed_light_from_a_dark_screen()
    {
        var page = await pages.SignInAsync(dashboard.Url, "client-rentguy", at: "/portal");
        await EveryPageIsFitToShow.WholeAsync(page);
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await page.EvaluateAsync(
            """
            () => addEventListener('beforeprint', () => {
              const paper = getComputedStyle(document.documentElement);
              window.paper = [document.documentElement.dataset.theme, paper.getPropertyValue('--text').trim()];
            })
            """
        );
        var pdf = await page.PdfAsync(new() { Format = PaperFormat.A4 });
        Assert.True(pdf.Length > 10_000, $"{pdf.Length} bytes were printed");
        Assert.Equal(["light", "#17212c"], await page.EvaluateAsync<string[]>("() => window.paper"));
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeHiddenAsync();
        await Expect(page.Locator(".portal-services")).ToBeVisibleAsync();
    }
}
