using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Whoever writes while their dashboard dies finds the words again, at the same address, when there is one.</summary>
public sealed class HalfWrittenWords(Browser browser) : IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task They_outlive_the_dashboard_that_they_were_typed_at_and_nobody_else_in_the_tab_reads_them()
    {
        await using var dashboard = DashboardProcess.With([KeyValuePair.Create("Docker:Endpoint", (string?)"none")]);
        await dashboard.StartAsync();
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/console");
        var question = page.Locator("form.ask textarea");
        await question.FillAsync("Why has RentGuy been slow since yes");
        await page.EvaluateAsync("() => { window.isTheFirst = true; }");
        await dashboard.KillAsync();
        await dashboard.StartAsync();
        // The page notices by itself, and is loaded anew.
        await page.WaitForFunctionAsync("() => !window.isTheFirst");
        await Expect(question).ToHaveValueAsync("Why has RentGuy been slow since yes");
        // It is as good as typed: the page knows of it.
        await Expect(page.Locator("form.ask button[type=submit]")).ToBeEnabledAsync();

        await page.GoToAsync("/me");
        await page.Context.ClearCookiesAsync();
        await TestPages.SignInAsync(page, "approver", at: "/console");
        await Expect(page.Locator("form.ask textarea")).ToHaveValueAsync("");
    }
}
