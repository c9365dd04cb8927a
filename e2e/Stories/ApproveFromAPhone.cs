using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>An approver away from the desk: a window 360 px wide, a plan to read, a decision to take.</summary>
public sealed class ApproveFromAPhone(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task The_inbox_fits_the_window_and_an_approval_is_carried_out()
    {
        using var operators = await dashboard.ClientOfAsync("operator");
        var id = await ProposeAsync(operators, "container.restart", "worker", "from the train");
        var page = await PhoneAsync();
        await page.GoToAsync("/approvals");
        await Expect(page.Locator(".inbox")).ToContainTextAsync("from the train");
        await FitsAsync(page);
        await page.GoToAsync($"/approvals/{id}");
        var approve = page.Locator("[data-approve]");
        await Expect(approve).ToBeVisibleAsync();
        await FitsAsync(page);
        await approve.ScrollIntoViewIfNeededAsync();
        var box = (await approve.BoundingBoxAsync())!;
        Assert.True(box.X >= 0 && box.X + box.Width <= 360, $"the button lies at {box.X} to {box.X + box.Width}");
        Assert.True(box.Height >= 32, $"the button is {box.Height} px high, too low for a thumb");
        await page.GetByLabel("Comment, kept in the record").FillAsync("looks right");
        await TestPages.ScreenshotAsync(page, "approval-phone", fullPage: true);
        await approve.ClickAsync();
        await Expect(page.Locator(".proposal")).ToContainTextAsync("succeeded");
        await Expect(page.Locator(".proposal")).ToContainTextAsync("looks right");
    }

    [Fact]
    public async Task A_stale_plan_says_what_changed_and_is_not_carried_out()
    {
        using var operators = await dashboard.ClientOfAsync("operator");
        using var approver = await dashboard.ClientOfAsync("approver");
        var stale = await ProposeAsync(operators, "container.restart", "web", "read too late");
        var page = await PhoneAsync();
        await page.GoToAsync($"/approvals/{stale}");
        await Expect(page.Locator("[data-approve]")).ToBeVisibleAsync();

        var stop = await ProposeAsync(operators, "container.stop", "web", "stopped meanwhile");
        var plan = (await operators.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{stop}"))!;
        using var approved = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{stop}/approve",
            new { planHash = plan["planHash"]!.GetValue<string>() }
        );
        Assert.True(approved.IsSuccessStatusCode);
        await Eventually.TrueAsync(
            "web is stopped",
            async token =>
                (await operators.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{stop}", token))![
                    "state"
                ]!.GetValue<string>() == "succeeded"
        );
        await Eventually.TrueAsync(
            "the dashboard knows",
            async token =>
                (await operators.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Where(item => item!["service"]!.GetValue<string>() == "web")
                    .All(item => item!["state"]!.GetValue<string>() == "exited")
        );

        await page.Locator("[data-approve]").ClickAsync();
        var alert = page.Locator(".proposal [role=alert]");
        await Expect(alert).ToContainTextAsync("The world is no longer the one this plan was made for");
        await Expect(alert).ToContainTextAsync("state was running and is exited");
        await FitsAsync(page);
        await TestPages.ScreenshotAsync(page, "approval-stale-phone", fullPage: true);
        var left = (await operators.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{stale}"))!;
        Assert.Equal("proposed", left["state"]!.GetValue<string>());
        Assert.Empty(left["approvals"]!.AsArray());
    }

    private async Task<IPage> PhoneAsync()
    {
        var page = await pages.SignInAsync(dashboard.Url, "approver");
        await page.SetViewportSizeAsync(360, 740);
        return page;
    }

    private static async Task FitsAsync(IPage page) =>
        Assert.True(
            await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 360,
            "the page is wider than the window"
        );

    private static async Task<string> ProposeAsync(HttpClient client, string kind, string service, string reason)
    {
        await Eventually.TrueAsync(
            "the hosts have told of RentGuy's containers",
            async token =>
                (await client.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Count(item => item!["state"]!.GetValue<string>() == "running") >= 2
        );
        using var answer = await client.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind,
                tenant = "rentguy",
                target = service,
                parameters = new { },
                reason,
                evidence = Array.Empty<object>(),
            }
        );
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!["id"]!.GetValue<string>();
    }
}
