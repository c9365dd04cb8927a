using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// The Sandbox's graph from its start to its end, in two browsers: an operator starts it, what it asks for is a proposal, an approver
/// approves it, and the graph is told what became of it.
/// </summary>
public sealed class AGraphInTheSandbox(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task What_it_asks_for_is_approved_and_it_is_told_that_it_was_done()
    {
        using var api = await dashboard.ClientOfAsync("operator");
        await Eventually.TrueAsync(
            "the fleet to be known",
            async stop =>
                (
                    await api.GetStringAsync(new Uri("/api/v1/tenants/rentguy/containers", UriKind.Relative), stop)
                ).Contains("rentguy-web-1", StringComparison.Ordinal)
        );
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/graphs");
        // What was there before anybody looked: one that ended, one that waits for a person.
        var threads = page.Locator("section.card", new() { HasText = "Started with" });
        await Expect(threads).ToContainTextAsync("How do things stand this morning?");
        await Expect(threads).ToContainTextAsync("Customers say that it is slow");

        await page.GetByLabel("Works for").ChooseAsync("RentGuy");
        await page.GetByLabel("What it is to do").FillAsync("rentguy-web-1 is slow");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await page.WaitForURLAsync(new Regex("/graphs\\?thread="));
        var question = page.Locator("[data-graph-question]");
        await Expect(question).ToContainTextAsync("Waits for a decision");
        await Expect(question).ToContainTextAsync("rentguy-web-1");
        var proposal = await question.Locator("a[href*='/approvals/']").First.GetAttributeAsync("href");

        var approver = await pages.SignInAsync(dashboard.Url, "approver", at: proposal!);
        await Expect(approver.Locator(".proposal")).ToContainTextAsync("A remote graph asked for this");
        await approver.Locator("[data-approve]").ClickAsync();
        await Expect(approver.Locator(".proposal")).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));

        await Expect(page.GetByText("The restart of rentguy-web-1 was done.").First).ToBeVisibleAsync();
        await EveryPageIsFitToShow.WholeAsync(page);
    }
}
