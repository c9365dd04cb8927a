using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// The pictures that the README shows, of the Sandbox as a newcomer meets it. With <c>SEVENSA_SCREENSHOTS=docs</c> in the environment
/// they replace those in <c>docs/</c>; otherwise they lie with the other screenshots that were asked for.
/// </summary>
public sealed class PicturesForTheReadme(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task The_overview_with_figures_of_every_tenant()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/");
        await EveryPageIsFitToShow.WholeAsync(page);
        var rows = page.Locator("main table").First.Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(4);
        foreach (var tenant in new[] { "RentGuy", "PSRA-LTSD", "Witcom", "Platform" })
            await Expect(rows.Filter(new() { HasText = tenant })).ToContainTextAsync("%");
        await PictureAsync(page, "overview-dark");
    }

    [Fact]
    public async Task The_console_with_the_plan_that_a_request_led_to()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        // High enough for the question and the whole plan.
        await page.SetViewportSizeAsync(1440, 1280);
        await page.GoToAsync("/console");
        await page.Locator("form.ask textarea").FillAsync("restart the RentGuy API");
        await page.Keyboard.PressAsync("Enter");
        var card = page.Locator(".plan-card").First;
        await Expect(card).ToContainTextAsync("rentguy-api");
        await Expect(card.Locator("[data-approve]")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true })).ToHaveCountAsync(0);
        await EveryPageIsFitToShow.WholeAsync(page);
        await PictureAsync(page, "console-dark");
    }

    private static Task PictureAsync(IPage page, string name)
    {
        var folder =
            Environment.GetEnvironmentVariable("SEVENSA_SCREENSHOTS") == "docs"
                ? Path.Combine(Workspace.Root, "docs")
                : Path.Combine(Workspace.Artifacts, "screenshots");
        return page.ScreenshotAsync(
            new() { Path = Path.Combine(folder, name + ".png"), Animations = ScreenshotAnimations.Disabled }
        );
    }
}
