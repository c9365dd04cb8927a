using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>What each role may see and do, as its people's browsers show it.</summary>
public sealed class RolesInTheBrowser(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task A_viewer_reads_a_proposal_and_cannot_decide_on_it()
    {
        var id = await ProposeAsync("web", "a viewer looks at it");
        var operators = await pages.SignInAsync(dashboard.Url, "operator", at: $"/approvals/{id}");
        await Expect(operators.Locator("[data-approve]")).ToBeVisibleAsync();

        var page = await pages.SignInAsync(dashboard.Url, "viewer", at: $"/approvals/{id}");
        await Expect(page.Locator(".proposal")).ToContainTextAsync("a viewer looks at it");
        await NothingToDecideAsync(page);
        await page.GoToAsync("/approvals");
        await Expect(page.Locator(".inbox")).ToContainTextAsync("a viewer looks at it");
        await NothingToDecideAsync(page);
        await page.GoToAsync("/tenants/rentguy");
        await EveryPageIsFitToShow.WholeAsync(page);
        await NothingToDecideAsync(page);
        // What the page does not offer, the program does not do either.
        using var viewer = await dashboard.ClientOfAsync("viewer");
        using var refused = await viewer.PostAsJsonAsync($"/api/v1/proposals/{id}/approve", new { planHash = "x" });
        Assert.False(refused.IsSuccessStatusCode);
        using var operatorApi = await dashboard.ClientOfAsync("operator");
        Assert.Equal("proposed", (await ProposalAsync(operatorApi, id))["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_client_lands_on_its_own_portal_and_learns_of_no_other_tenant()
    {
        var page = await pages.SignInAsync(dashboard.Url, "client-witcom");
        await page.WaitForURLAsync("**/portal");
        await Expect(page.Locator(".portal-brand")).ToContainTextAsync("Witcom");
        await NoOtherTenantAsync(page);
        await page.GoToAsync("/");
        await page.WaitForURLAsync("**/portal");
        foreach (
            var path in new[]
            {
                "/tenants/rentguy",
                "/tenants/rentguy/metrics",
                "/tenants/witcom",
                "/console",
                "/approvals",
                "/audit",
                "/access",
                "/settings",
                "/portal/rentguy",
            }
        )
        {
            await page.GoToAsync(path);
            await Expect(page.Locator("main h1"))
                .ToHaveTextAsync(
                    new Regex("There is nothing here|This page is not open to you|You may not open this page")
                );
            await NoOtherTenantAsync(page);
        }
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_lets_nobody_in()
    {
        var page = await pages.OpenAsync(dashboard.Url);
        await page.GoToAsync("/signin");
        await page.Locator("input[autocomplete=username]").FillAsync("viewer");
        await page.Locator("input[autocomplete=current-password]").FillAsync("not it");
        await page.Locator("form button[type=submit]").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("That name and password don't fit");
        await Expect(page.Locator("input[autocomplete=username]")).ToHaveValueAsync("viewer");
        await Expect(page.Locator("input[autocomplete=current-password]")).ToHaveValueAsync("");
        await page.GoToAsync("/approvals");
        await Expect(page).ToHaveURLAsync(new Regex("/signin"));
    }

    [Theory]
    [InlineData("operator", true)]
    [InlineData("client-rentguy", false)]
    public async Task Who_signs_out_is_out(string person, bool menu)
    {
        var page = await pages.SignInAsync(dashboard.Url, person);
        if (menu)
            await page.Locator(".person > button").ClickAsync();
        await page.GetByRole(menu ? AriaRole.Menuitem : AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/signin"));
        await page.GoToAsync(menu ? "/" : "/portal");
        await Expect(page).ToHaveURLAsync(new Regex("/signin"));
    }

    [Fact]
    public async Task An_emergency_stop_shows_at_once_holds_what_is_approved_and_lets_it_run_when_lifted()
    {
        var id = await ProposeAsync("worker", "held by the emergency stop");
        var operators = await pages.SignInAsync(dashboard.Url, "operator", at: $"/approvals/{id}");
        await Expect(operators.Locator("[data-approve]")).ToBeVisibleAsync();

        var admin = await pages.SignInAsync(dashboard.Url, "admin", at: "/approvals");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Emergency stop…" }).ClickAsync();
        await admin.GetByLabel("Reason").FillAsync("something is wrong in Ede");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Stop all dispatching" }).ClickAsync();

        // The operator's page was open all the time.
        var banner = operators.Locator(".notes");
        await Expect(banner).ToContainTextAsync(new Regex("Emergency stop: .*Admin holds all actions"));
        await Expect(banner).ToContainTextAsync("something is wrong in Ede");
        await operators.Locator("[data-approve]").ClickAsync();
        await Expect(operators.Locator(".proposal")).ToContainTextAsync(new Regex("Approved by .*Operator"));
        using var api = await dashboard.ClientOfAsync("operator");
        await Eventually.TrueAsync(
            "the approved action says that it waits for the emergency stop",
            async _ =>
                (await ProposalAsync(api, id))["waiting"]?.GetValue<string>() is { } waiting
                && waiting.Contains("stop", StringComparison.OrdinalIgnoreCase)
        );
        Assert.Equal("approved", (await ProposalAsync(api, id))["state"]!.GetValue<string>());
        await Expect(operators.GetByRole(AriaRole.Button, new() { Name = "Resume dispatching" })).ToHaveCountAsync(0);

        await admin.GetByRole(AriaRole.Button, new() { Name = "Resume dispatching" }).ClickAsync();
        await Expect(banner).Not.ToContainTextAsync("Emergency stop");
        await Expect(operators.Locator(".proposal")).ToContainTextAsync("succeeded");
        Assert.Equal("succeeded", (await ProposalAsync(api, id))["state"]!.GetValue<string>());
    }

    private async Task<string> ProposeAsync(string service, string reason)
    {
        using var api = await dashboard.ClientOfAsync("operator");
        await Eventually.TrueAsync(
            "the hosts have told of RentGuy's containers",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Count >= 3
        );
        using var answer = await api.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
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

    private static async Task<JsonNode> ProposalAsync(HttpClient api, string id) =>
        (await api.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}"))!;

    private static async Task NothingToDecideAsync(IPage page)
    {
        foreach (
            var verb in new[] { "Approve ", "Reject", "Restart", "Withdraw", "Roll back", "Emergency stop", "Scale" }
        )
            await Expect(page.Locator("main").GetByRole(AriaRole.Button, new() { Name = verb })).ToHaveCountAsync(0);
    }

    private static async Task NoOtherTenantAsync(IPage page)
    {
        var html = await page.ContentAsync();
        foreach (var name in new[] { "RentGuy", "PSRA-LTSD", "psra-ltsd", "rentguy-api", "claude-chat" })
            Assert.DoesNotContain(name, html, StringComparison.Ordinal);
    }
}
