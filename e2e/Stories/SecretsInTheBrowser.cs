using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>A provider's key comes into Vault by the page, and a secret is handed over: by three people, each with what they may.</summary>
[Collection(nameof(OneSandbox))]
[TakesLong(180)]
public sealed class SecretsInTheBrowser(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private const string Marker = "sk_live_marker-typed-by-hand";
    private const string Row = "/tenants/rentguy/secrets?secret=web%2Fpayment-provider";

    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task A_providers_key_is_proposed_approved_and_typed_in()
    {
        using var api = await dashboard.ClientOfAsync("operator");
        await Eventually.TrueAsync(
            "the hosts have told of RentGuy's containers",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Count > 0
        );
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: Row);
        var enter = page.Locator("[data-enter]");
        await enter.Locator("[data-key]").FillAsync("secret_key");
        await enter.Locator("[data-reason]").FillAsync("the provider gave a new one");
        await enter.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/approvals/"));
        var id = new Uri(page.Url).Segments[^1];

        var approver = await pages.SignInAsync(dashboard.Url, "approver", at: $"/approvals/{id}");
        await approver.Locator("[data-approve]").ClickAsync();

        // The plan under way leads to where the value is typed.
        var admin = await pages.SignInAsync(dashboard.Url, "admin", at: $"/approvals/{id}");
        await admin.Locator("[data-awaited]").ClickAsync();
        var form = admin.Locator("[data-enter]");
        var value = form.Locator("[data-value]");
        await Expect(value).ToHaveAttributeAsync("autocomplete", "off");
        await value.FillAsync(Marker);
        await form.Locator("[data-password]").FillAsync("not-it");
        var write = form.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("Write it to Vault") });
        await write.ClickAsync();
        await Expect(form.GetByRole(AriaRole.Alert)).ToContainTextAsync("not your password");
        // What was typed is still there, and the password is not.
        await Expect(value).ToHaveValueAsync(Marker);
        await Expect(form.Locator("[data-password]")).ToHaveValueAsync("");
        await form.Locator("[data-password]").FillAsync("sandbox");
        await write.ClickAsync();
        await Expect(form.GetByRole(AriaRole.Status)).ToContainTextAsync("Version 3 holds it");
        await Eventually.TrueAsync(
            "the plan to end",
            async token =>
                (string?)(await api.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token))!["state"]
                == "succeeded"
        );
        // The list beside it is of now.
        await Expect(admin.GetByText("3 (current)")).ToBeVisibleAsync();
        Assert.DoesNotContain(Marker, await admin.ContentAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(Marker, await api.GetStringAsync($"/api/v1/proposals/{id}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_handed_over_once_by_an_administrator_alone()
    {
        var page = await pages.SignInAsync(
            dashboard.Url,
            "operator",
            at: "/tenants/rentguy/secrets?secret=worker%2Fsmtp"
        );
        await Expect(page.Locator("[data-enter]")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-hand-over]")).ToHaveCountAsync(0);

        var admin = await pages.SignInAsync(
            dashboard.Url,
            "admin",
            at: "/tenants/rentguy/secrets?secret=worker%2Fsmtp"
        );
        var form = admin.Locator("[data-hand-over]");
        await form.Locator("[data-reason]").FillAsync("the relay is set up by hand");
        await form.Locator("[data-password]").FillAsync("sandbox");
        await form.GetByRole(AriaRole.Button).ClickAsync();
        var token = await form.Locator("[data-token]").InnerTextAsync();
        Assert.NotEmpty(token);
        await TestPages.ScreenshotAsync(admin, "secret-handed-over", fullPage: true);
        await admin.ReloadAsync();
        await Expect(admin.Locator("[data-hand-over] [data-reason]")).ToBeVisibleAsync();
        Assert.DoesNotContain(token, await admin.ContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_its_provider_does_not_take_is_not_written_and_asked_for_again()
    {
        await using var vault = await OneSecretVault.StartAsync();
        await using var own = DashboardProcess.With([
            new("Vault:Address", vault.Url),
            new("Vault:Token", "of-no-use"),
            new("Vault:ProbeAddresses:0", vault.Url),
        ]);
        await own.StartAsync();
        using var api = await own.ClientOfAsync("operator");
        using var approver = await own.ClientOfAsync("approver");
        await Eventually.TrueAsync(
            "the hosts have told of RentGuy's containers",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Count > 0
        );
        using var proposed = await api.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "secret.enter",
                tenant = "rentguy",
                target = "pay",
                reason = "the provider gave a new one",
            }
        );
        var proposal = JsonNode.Parse(await proposed.Content.ReadAsStringAsync())!;
        Assert.True(proposed.IsSuccessStatusCode, proposal.ToJsonString());
        using var approved = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{proposal["id"]}/approve",
            new { planHash = (string)proposal["planHash"]! }
        );
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());

        var admin = await pages.SignInAsync(own.Url, "admin", at: "/tenants/rentguy/secrets?secret=pay");
        var form = admin.Locator("[data-enter]");
        var write = form.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("Write it to Vault") });
        foreach (var value in new[] { Marker, OneSecretVault.Right })
        {
            await TypeAsync(form.Locator("[data-value]"), value);
            await TypeAsync(form.Locator("[data-password]"), "sandbox");
            await write.ClickAsync();
            if (value != Marker)
                continue;
            await Expect(form.GetByRole(AriaRole.Alert)).ToContainTextAsync("answered 403");
            Assert.Equal(1, vault.Current.Version);
        }
        await Expect(form.GetByRole(AriaRole.Status)).ToContainTextAsync("Version 2 holds it");
        Assert.Contains(OneSecretVault.Right, vault.Current.Data, StringComparison.Ordinal);
        await Eventually.TrueAsync(
            "the plan to end",
            async token =>
                (string?)(await api.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{proposal["id"]}", token))!["state"]
                == "succeeded"
        );
    }

    /// <summary>As a person does it, letter by letter: the page is told at each.</summary>
    private static async Task TypeAsync(ILocator field, string text)
    {
        await field.ClearAsync();
        await field.PressSequentiallyAsync(text);
    }
}
