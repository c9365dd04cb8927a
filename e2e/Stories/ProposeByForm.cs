using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Any kind of the catalogue from a page: the form is made of the kind's schema, and what comes of it is the same as by the API.</summary>
public sealed class ProposeByForm(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task Limits_are_asked_for_by_form_as_they_are_by_the_api()
    {
        using var api = await dashboard.ClientOfAsync("operator");
        await Eventually.TrueAsync(
            "the hosts have told of RentGuy's containers",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Any(item => item!["service"]!.GetValue<string>() == "worker")
        );
        using var asked = await api.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.resources",
                tenant = "rentguy",
                target = "worker",
                parameters = new { memoryMiB = 400 },
                reason = "by the API",
                evidence = Array.Empty<object>(),
            }
        );
        var byApi = JsonNode.Parse(await asked.Content.ReadAsStringAsync())!;
        var expected = byApi["plan"]!;
        // While it is open, the same plan of the same person would be answered with it.
        using var withdrawn = await api.PostAsync($"/api/v1/proposals/{byApi["id"]}/withdraw", null);
        Assert.True(withdrawn.IsSuccessStatusCode, await withdrawn.Content.ReadAsStringAsync());

        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/tenants/rentguy/propose?target=worker");
        var kinds = page.Locator("[data-kind]");
        await kinds.FillAsync("tenant.rollback");
        var rollback = page.GetByRole(AriaRole.Option, new() { Name = "Roll … back (tenant)" });
        await Expect(rollback).ToHaveCountAsync(1);
        await kinds.FillAsync("container.resources");
        // The list of before stands until the next one is there, and has one item too.
        await Expect(rollback).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Option).ClickAsync();
        await page.Locator("[data-parameter=memoryMiB]").FillAsync("400");
        await page.Locator("[data-target]").FillAsync("nothing-here");
        await page.Locator("[data-reason]").FillAsync("by the form");
        var propose = page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Propose") });
        await propose.ClickAsync();
        // What can't be is said, and nothing that was typed is lost.
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("nothing-here");
        await Expect(page.Locator("[data-reason]")).ToHaveValueAsync("by the form");
        await Expect(page.Locator("[data-parameter=memoryMiB]")).ToHaveValueAsync("400");
        await page.Locator("[data-target]").FillAsync("worker");
        // Leaves the field, so that its list of suggestions is closed and takes no click.
        await page.Keyboard.PressAsync("Tab");
        await TestPages.ScreenshotAsync(page, "propose-form", fullPage: true);
        await propose.ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/approvals/"));

        var id = new Uri(page.Url).Segments[^1];
        var made = (await api.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}"))!;
        Assert.Equal("by the form", made["reason"]!.GetValue<string>());
        foreach (var part in new[] { "kind", "parameters", "steps", "changes", "world" })
            Assert.Equal(expected[part]!.ToJsonString(), made["plan"]![part]!.ToJsonString());
    }

    [Fact]
    public async Task Who_types_as_soon_as_there_is_a_field_is_not_interrupted()
    {
        var page = await pages.OpenAsync(dashboard.Url);
        // Nobody is quicker: in the same turn of the browser that draws the field, before it hears anything else.
        await page.AddInitScriptAsync(
            """
            new MutationObserver((_, seen) => {
              const field = document.querySelector("main [data-kind]");
              if (!field) return;
              seen.disconnect();
              field.focus();
              field.value = "tenant.rollback";
              field.dispatchEvent(new Event("input", { bubbles: true }));
            }).observe(document, { childList: true, subtree: true });
            """
        );
        await TestPages.SignInAsync(page, "operator", at: "/tenants/rentguy/propose");
        await Expect(page.GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-kind]")).ToHaveValueAsync("tenant.rollback");
        await Expect(page.Locator("[data-kind]")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Who_may_not_propose_gets_no_form_and_another_tenants_is_not_there()
    {
        var viewer = await pages.SignInAsync(dashboard.Url, "viewer", at: "/tenants/rentguy/propose");
        await Expect(viewer.Locator(".propose-form")).ToHaveCountAsync(0);
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/tenants/nobody/propose");
        await Expect(page.Locator("main h1")).ToHaveTextAsync("There is nothing here");
    }
}
