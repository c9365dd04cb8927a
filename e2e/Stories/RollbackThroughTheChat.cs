using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>The sentence that this product is for, in the simulated fleet: said, understood, approved by another, done, and the fault is gone.</summary>
[TakesLong(70)]
public sealed class RollbackThroughTheChat(DashboardProcess dashboard, Browser browser)
    : IClassFixture<DashboardProcess>,
        IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task Rollback_RentGuy_to_yesterdays_state()
    {
        using var api = await dashboard.ClientOfAsync("operator");
        await ReadyAsync(api);
        // Well, it is at 0.41; six hours after the release, when a summer's yesterday is youngest, at 0.53.
        Assert.True(await QueryAsync(api, Memory) > 0.5, "the fault is there before");

        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/console");
        await page.Locator("form.ask textarea").FillAsync("Rollback RentGuy to yesterday's state");
        await page.Keyboard.PressAsync("Enter");
        var card = page.Locator(".plan-card").First;
        await Expect(card).ToContainTextAsync("2.4.1");
        await Expect(card).ToContainTextAsync("2.4.0");
        await Expect(card).ToContainTextAsync("it stays as it is");
        // High risk: who asked does not approve.
        await Expect(card.Locator("[data-approve]")).ToHaveCountAsync(0);
        await TestPages.ScreenshotAsync(page, "rollback-chat");

        var id = (await NewestAsync(api))["id"]!.GetValue<string>();
        var approver = await pages.SignInAsync(dashboard.Url, "approver");
        await approver.SetViewportSizeAsync(390, 844);
        await approver.GoToAsync($"/approvals/{id}");
        await Expect(approver.Locator(".proposal")).ToContainTextAsync("longest on");
        await TestPages.ScreenshotAsync(approver, "rollback-approve-phone", fullPage: true);
        await approver.Locator("[data-approve]").ClickAsync();
        await Expect(approver.Locator(".proposal")).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));
        await Expect(card).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));

        var containers = await Eventually.GetAsync(
            "one container of the API to be told of",
            async token =>
            {
                const string path = "/api/v1/tenants/rentguy/containers";
                var told = (await api.GetFromJsonAsync<JsonNode>(path, token))!["items"]!.AsArray();
                return told.Count(one => one!["service"]!.GetValue<string>() == "api") == 1 ? told : null;
            }
        );
        var now = containers.Single(one => one!["service"]!.GetValue<string>() == "api")!;
        Assert.Equal("rentguy-api-1", now["name"]!.GetValue<string>());
        Assert.Contains(containers, one => one!["service"]!.GetValue<string>() == "web");
        await Eventually.TrueAsync(
            "memory to be that of a fresh 2.4.0",
            async _ => await QueryAsync(api, Memory) < 0.47
        );
        await Eventually.TrueAsync(
            "latency to be that of before",
            async _ => await QueryAsync(api, Latency) is > 0 and < 0.35
        );

        // The timeline tells of it, with who and why, and the watch is on the proposal.
        await page.GoToAsync("/tenants/rentguy/changes");
        await Expect(page.Locator(".changes")).ToContainTextAsync("2.4.1 → 2.4.0");
        await Expect(page.Locator(".changes")).ToContainTextAsync("Rollback RentGuy to yesterday's state");
        await TestPages.ScreenshotAsync(page, "changes-after-rollback");
        await page.GoToAsync($"/approvals/{id}");
        await Expect(page.Locator(".proposal")).ToContainTextAsync(new Regex("Being watched|Well since"));
    }

    [Fact]
    public async Task Scaling_the_certificate_worker_to_three_adds_two()
    {
        using var api = await dashboard.ClientOfAsync("operator");
        await ReadyAsync(api);
        var page = await pages.SignInAsync(dashboard.Url, "operator", at: "/console");
        await page.Locator("form.ask textarea").FillAsync("scale the certificate worker to three");
        await page.Keyboard.PressAsync("Enter");
        var card = page.Locator(".plan-card").First;
        await Expect(card).ToContainTextAsync("psra-ltsd-certificate-worker-3");
        await card.Locator("[data-approve]").ClickAsync();
        await Expect(card).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));
        await Eventually.TrueAsync(
            "three workers to run",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/psra-ltsd/containers", token))!["items"]!
                    .AsArray()
                    .Count(one =>
                        one!["service"]!.GetValue<string>() == "certificate-worker"
                        && one["state"]!.GetValue<string>() == "running"
                    ) == 3
        );
    }

    private const string Memory =
        "max(container_memory_working_set_bytes{service=\"api\"} / container_spec_memory_limit_bytes{service=\"api\"})";

    private const string Latency =
        "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{service=\"api\"}[1m])))";

    /// <summary>Runners have told of containers and of what ran.</summary>
    private static Task ReadyAsync(HttpClient api) =>
        Eventually.TrueAsync(
            "the runners to tell of releases",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/releases?service=api", token))!["items"]!
                    .AsArray()
                    .Any(release => release!["recorded"]!.GetValue<bool>())
                && (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/psra-ltsd/containers", token))!["items"]!
                    .AsArray()
                    .Count > 0
        );

    private static async Task<JsonNode> NewestAsync(HttpClient api) =>
        (await api.GetFromJsonAsync<JsonNode>("/api/v1/proposals?tenant=rentguy"))!["items"]!.AsArray()[0]!;

    private static async Task<double> QueryAsync(HttpClient api, string query)
    {
        var answer = await api.GetFromJsonAsync<JsonNode>(
            $"/api/v1/tenants/rentguy/prometheus/api/v1/query?query={Uri.EscapeDataString(query)}"
        );
        return answer!["data"]!["result"]!.AsArray() is [var first, ..]
            ? double.Parse(first!["value"]![1]!.GetValue<string>(), CultureInfo.InvariantCulture)
            : double.NaN;
    }
}
