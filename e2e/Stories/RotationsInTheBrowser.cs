using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>From a page: a secret is rotated, a database's logins are taken back, and a variable is brought to Vault.</summary>
[Collection(nameof(OneSandbox))]
public sealed class RotationsInTheBrowser(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task A_rotation_that_was_asked_for_on_the_row_is_told_there()
    {
        using var api = await dashboard.ClientOfAsync("operator");
        await FleetIsKnownAsync(api);
        var page = await pages.SignInAsync(
            dashboard.Url,
            "operator",
            at: "/tenants/rentguy/secrets?secret=worker%2Fsmtp"
        );
        var form = page.Locator("form", new() { Has = page.GetByText("Restart, one after another") });
        await form.GetByLabel("Why").FillAsync("the relay was moved");
        await form.GetByRole(AriaRole.Button, new() { Name = "Rotate worker/smtp" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/approvals/"));
        await ApprovedAsync(api, new Uri(page.Url).Segments[^1]);

        await page.GoToAsync("/tenants/rentguy/secrets");
        var row = page.Locator("tr", new() { Has = page.GetByRole(AriaRole.Link, new() { Name = "worker/smtp" }) });
        await Expect(row.Locator("[data-last]")).ToContainTextAsync("Rotation done");
        await row.Locator("[data-last] a").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/approvals/"));
    }

    [Fact]
    public async Task A_login_is_taken_back_from_the_board()
    {
        using var api = await dashboard.ClientOfAsync("operator");
        await FleetIsKnownAsync(api);
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/tenants/psra-ltsd/secrets/leases");
        await page.Locator("[data-role] a", new() { HasTextString = "Revoke" }).First.ClickAsync();
        await Expect(page.Locator("[data-kind]")).ToHaveValueAsync("Revoke … (lease)");
        await page.Locator("[data-reason]").FillAsync("nobody knows whose it is");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Propose") }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/approvals/"));
        await ApprovedAsync(api, new Uri(page.Url).Segments[^1]);
        await page.GoToAsync("/tenants/psra-ltsd/secrets/leases");
        await Expect(page.GetByText("Vault has no database login out for psra-ltsd")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_variable_in_the_open_comes_with_its_way_to_vault()
    {
        using var api = await dashboard.ClientOfAsync("admin");
        await Eventually.TrueAsync(
            "the hosts have told of what stands in the open",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/platform/secrets/exposures", token))!["items"]!
                    .AsArray()
                    .Count > 0
        );
        var page = await pages.SignInAsync(dashboard.Url, "admin", at: "/tenants/platform/secrets/exposures");
        await page.GetByRole(AriaRole.Link, new() { Name = "N8N_ENCRYPTION_KEY" }).ClickAsync();
        var patch = page.Locator("[data-patch]");
        await Expect(patch).ToContainTextAsync("N8N_ENCRYPTION_KEY: !reset null");
        await Expect(patch).ToContainTextAsync("/run/sevensa-secrets/platform/n8n/n8n-encryption-key");
        await Expect(page.GetByText("vault kv put secret/platform/n8n/n8n-encryption-key value=-")).ToBeVisibleAsync();
        await TestPages.ScreenshotAsync(page, "secret-in-the-open", fullPage: true);

        // The action's form is filled in; what has to come first is said when it is planned.
        await page.Locator("[data-unexpose]").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("kind=secret.unexpose.*variable=N8N_ENCRYPTION_KEY"));
        await Expect(page.Locator("main")).ToContainTextAsync("Take a secret out of the environment");
    }

    private static Task FleetIsKnownAsync(HttpClient api) =>
        Eventually.TrueAsync(
            "the hosts have told of RentGuy's containers",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Count > 0
        );

    /// <summary>Somebody else approves the plan, and it ends well.</summary>
    private async Task ApprovedAsync(HttpClient api, string id)
    {
        using var approver = await dashboard.ClientOfAsync("approver");
        var proposal = (await api.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}"))!;
        using var approved = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{id}/approve",
            new { planHash = (string)proposal["planHash"]! }
        );
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        await Eventually.TrueAsync(
            "the plan to end well",
            async token =>
                (string?)(await api.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token))!["state"]
                == "succeeded"
        );
    }
}
