using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>The hosts, and what runs on them for a tenant, as different people see them.</summary>
[Collection(nameof(SandboxOfPages))]
public sealed class HostsAndContainers(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task An_operator_proposes_a_restart_from_the_containers_page()
    {
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/tenants/rentguy/containers");
        var row = page.Locator(".mud-data-grid tbody tr").Filter(new() { HasText = "rentguy-api" }).First;
        await Assertions.Expect(row).ToBeVisibleAsync();
        await TestPages.ScreenshotAsync(page, "containers", fullPage: true);
        await row.Locator("a").First.ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"\?id=[0-9a-f]{12}$"));
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Restart rentguy-api") }).ClickAsync();
        await page.GetByLabel("Why").FillAsync("It leaks memory");
        await TestPages.ScreenshotAsync(page, "container-detail", fullPage: true);
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Propose: Restart") }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/approvals/"));
    }

    [Fact]
    public async Task A_viewer_sees_containers_and_hosts_and_no_way_to_change_them()
    {
        var page = await pages.SignInAsync(dashboard.Url, "viewer", at: "/tenants/rentguy/containers");
        await page.Locator(".mud-data-grid tbody tr a").First.ClickAsync();
        await Assertions.Expect(page.GetByText("Configuration", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions
            .Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("^(Restart|Stop|Start) ") }))
            .ToHaveCountAsync(0);
        await page.GoToAsync("/hosts");
        await Assertions.Expect(page.GetByText("Connected").First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Enrol a host")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_administrator_gets_the_command_that_enrols_a_host()
    {
        var page = await pages.SignInAsync(dashboard.Url, "admin", at: "/hosts");
        await page.GetByRole(AriaRole.Link, new() { Name = "Enrol a host" }).ClickAsync();
        await page.GetByLabel("RentGuy").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Issue a token" }).ClickAsync();
        await Assertions
            .Expect(page.GetByText($"runner --hub {dashboard.Url.GetLeftPart(UriPartial.Authority)}"))
            .ToBeVisibleAsync();
        await TestPages.ScreenshotAsync(page, "hosts-enrol", fullPage: true);
    }

    [Fact]
    public async Task Whose_a_host_is_and_its_end_are_asked_for_beneath_it()
    {
        var page = await pages.SignInAsync(dashboard.Url, "admin", at: "/hosts");
        var host = page.Locator(".mud-data-grid tbody tr").Filter(new() { HasText = "vps-1" }).First;
        await host.GetByRole(AriaRole.Link, new() { Name = "Tenants…" }).ClickAsync();
        var bind = page.GetByRole(AriaRole.Button, new() { Name = "Bind vps-1" });
        await Assertions.Expect(bind).ToBeDisabledAsync();
        await page.GetByLabel("Any tenant, also those that come later").UncheckAsync();
        await Assertions.Expect(bind).ToBeDisabledAsync();
        await page.GetByLabel("RentGuy").CheckAsync();
        await Assertions.Expect(bind).ToBeEnabledAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Leave it" }).ClickAsync();
        await Assertions.Expect(bind).ToHaveCountAsync(0);
        await host.GetByRole(AriaRole.Link, new() { Name = "Revoke…" }).ClickAsync();
        var revoke = page.GetByRole(AriaRole.Button, new() { Name = "Revoke vps-1" });
        await Assertions.Expect(revoke).ToBeDisabledAsync();
        await page.GetByLabel("Type vps-1 to go on").FillAsync("vps-1");
        await Assertions.Expect(revoke).ToBeEnabledAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Leave it" }).ClickAsync();
        await Assertions.Expect(revoke).ToHaveCountAsync(0);
        await TestPages.ScreenshotAsync(page, "hosts", fullPage: true);
    }
}
