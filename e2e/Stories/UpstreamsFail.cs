using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Prometheus, Loki and the model have addresses where nothing listens; everything else of the Sandbox is well.</summary>
public sealed class DeafFleet : IAsyncLifetime
{
    public DashboardProcess Dashboard { get; } =
        new(
            new Dictionary<string, string?>
            {
                ["Prometheus:Url"] = Nowhere(),
                ["Loki:Url"] = Nowhere(),
                ["Ollama:Url"] = Nowhere(),
                ["Ollama:Model"] = "qwen3:8b",
            }
        );

    public ValueTask InitializeAsync() => Dashboard.InitializeAsync();

    public ValueTask DisposeAsync() => Dashboard.DisposeAsync();

    private static string Nowhere() => $"http://127.0.0.1:{Workspace.FreePort()}";
}

/// <summary>A page says in words who can't be reached and since when, and everything that does not need it works.</summary>
public sealed class UpstreamsFail(DeafFleet fleet, Browser browser) : IClassFixture<DeafFleet>, IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task Every_page_names_who_cannot_be_reached_and_since_when()
    {
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "operator", at: "/tenants/rentguy/metrics");
        foreach (var name in new[] { "Prometheus", "Loki" })
        {
            var notice = page.Locator(".notes .note", new() { HasText = $"{name} can't be reached" });
            await Expect(notice).ToBeVisibleAsync();
            await Expect(notice).ToContainTextAsync(new Regex("First noticed (just now|\\d+ (s|min) ago)"));
        }
        // The charts themselves: who, in words, and a way to try again.
        var charts = page.Locator("main");
        await Expect(charts.GetByText("Prometheus can't be reached").First).ToBeVisibleAsync();
        await Expect(charts.GetByRole(AriaRole.Button, new() { Name = "Try again" }).First).ToBeVisibleAsync();
        await TestPages.ScreenshotAsync(page, "upstreams-fail-metrics");

        await page.GoToAsync("/");
        await Expect(page.Locator("main table").First).ToContainTextAsync("RentGuy");
        await Expect(page.Locator("main")).ToContainTextAsync("Prometheus can't be reached");
        // What nobody could be asked is unknown: neither well nor still being loaded.
        await Expect(page.Locator("main h1")).ToContainTextAsync("Nothing is known");
        await Expect(page.Locator("main .ghost-cell")).ToHaveCountAsync(0);
        await TestPages.ScreenshotAsync(page, "upstreams-fail-overview");
    }

    [Fact]
    public async Task The_settings_tell_the_state_of_each_connection()
    {
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "admin", at: "/settings");
        foreach (
            var (name, state) in new[]
            {
                ("Prometheus", "Unreachable"),
                ("Loki", "Unreachable"),
                ("Vault", "Connected"),
            }
        )
        {
            var row = page.Locator("main tr", new() { HasText = name });
            await Expect(row).ToContainTextAsync(state);
        }
        var prometheus = page.Locator("main tr", new() { HasText = "Prometheus" });
        await Expect(prometheus).ToContainTextAsync("never");
        await Expect(prometheus).ToContainTextAsync("refused");
    }

    [Fact]
    public async Task What_does_not_need_them_works()
    {
        using var api = await fleet.Dashboard.ClientOfAsync("operator");
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
                target = "web",
                parameters = new { },
                reason = "works without figures",
                evidence = Array.Empty<object>(),
            }
        );
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: $"/approvals/{JsonNode.Parse(body)!["id"]!.GetValue<string>()}"
        );
        await page.Locator("[data-approve]").ClickAsync();
        await Expect(page.Locator(".proposal")).ToContainTextAsync("succeeded");
    }

    [Fact]
    public async Task The_console_says_that_the_model_is_away_and_reads_without_one_what_it_can()
    {
        using var api = await fleet.Dashboard.ClientOfAsync("operator");
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "operator", at: "/console");
        var box = page.Locator("form.ask textarea");
        await box.FillAsync("compose an ode to the sea");
        await page.Keyboard.PressAsync("Enter");
        var said = page.Locator(".chat .messages").GetByRole(AriaRole.Alert);
        await Expect(said).ToContainTextAsync("Ollama can't be reached: Connection refused");
        await Expect(said).ToContainTextAsync("Nothing was proposed");
        var proposals = (await api.GetFromJsonAsync<JsonNode>("/api/v1/proposals?tenant=psra-ltsd"))!;
        Assert.Empty(proposals["items"]!.AsArray());

        await box.FillAsync("restart the PSRA-LTSD API");
        await page.Keyboard.PressAsync("Enter");
        var told = page.Locator(".chat .messages").GetByRole(AriaRole.Status).Last;
        await Expect(told).ToContainTextAsync("Ollama can't be reached: Connection refused");
        await Expect(told).ToContainTextAsync("answered without a model");
        await Expect(page.Locator(".plan-card").First).ToContainTextAsync("waits for approval");
        await TestPages.ScreenshotAsync(page, "upstreams-fail-console");
    }
}
