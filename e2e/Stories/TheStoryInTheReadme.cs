using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>What README promises somebody who has just cloned this, step by step; what is typed and chosen is taken from its text.</summary>
[TakesLong(110)]
public sealed partial class TheStoryInTheReadme(Browser browser) : IAsyncLifetime
{
    private readonly DashboardProcess dashboard = new();
    private readonly TestPages pages = browser.Pages();

    public ValueTask InitializeAsync() => dashboard.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await pages.DisposeAsync();
        await dashboard.DisposeAsync();
    }

    [Theory]
    [InlineData(1440, 900, ColorScheme.Dark)]
    [InlineData(360, 780, ColorScheme.Light)]
    public async Task It_can_be_followed_word_for_word(int width, int height, ColorScheme theme)
    {
        var page = await pages.OpenAsync(
            dashboard.Url,
            new()
            {
                ViewportSize = new() { Width = width, Height = height },
                ColorScheme = theme,
            }
        );
        await TestPages.SignInAsync(page, "admin", TryIt.Password);

        // 1. What is wrong is said, and is on the charts when the range is the one that the text names.
        // At midday PSRA-LTSD needs somebody as well: its worker is one too few then.
        await Expect(page.Locator("main h1")).ToContainTextAsync(NeedsYou());
        await Expect(page.Locator("main .sub, main .lead").First).ToContainTextAsync("RentGuy");
        await page.Locator(".tenants a", new() { HasTextString = "RentGuy" }).ClickAsync();
        await Expect(page.Locator("main h1")).ToHaveTextAsync("RentGuy");
        await page.Locator(".range > button").ClickAsync();
        await page.GetByRole(AriaRole.Dialog, new() { Name = "Time range" })
            .GetByText(TryIt.Named(@"choose \*(?<it>[^*]+)\*"))
            .ClickAsync();
        // The range is chosen when the page says so and its links carry it.
        await page.Locator(
                ".tabs a[href*='from=now-2d']",
                new() { HasTextString = TryIt.Named(@"look at \*(?<it>[^*]+)\*") }
            )
            .ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/tenants/rentguy/metrics.*from=now-2d"));
        await EveryPageIsFitToShow.WholeAsync(page);
        var latency = page.Locator("section.card", new() { HasText = "Latency, p95" }).First;
        await Expect(latency.Locator("canvas").First).ToBeVisibleAsync();
        using var api = await dashboard.ClientOfAsync("admin");
        var deployed = await DeployedAsync(api);
        Assert.Equal(TryIt.Named(@"(?<it>\d\d:\d\d) UTC"), deployed.ToString("HH:mm", CultureInfo.InvariantCulture));
        Assert.True(
            await LatencyAsync(api, deployed.AddMinutes(10)) > 2 * await LatencyAsync(api, deployed.AddMinutes(-1))
        );
        Assert.True(await LatencyAsync(api, null) > 2 * await LatencyAsync(api, deployed.AddMinutes(-1)));

        // 2. and 3. The sentence, its card, the approval on it, and its steps.
        var card = await SayAsync(page, Said[0]);
        await Expect(card).ToContainTextAsync("rentguy-api-1");
        await card.Locator("[data-approve]").ClickAsync();
        await Expect(card).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));

        // 4. Which release, how it was found; high risk, so that another approves.
        card = await SayAsync(page, Said[1]);
        await Expect(card).ToContainTextAsync("2.4.0");
        await Expect(card).ToContainTextAsync(new Regex("high", RegexOptions.IgnoreCase));
        await Expect(card.Locator("[data-approve]")).ToHaveCountAsync(0);
        var approver = await pages.OpenAsync(
            dashboard.Url,
            new()
            {
                ViewportSize = new() { Width = width, Height = height },
                ColorScheme = theme,
            }
        );
        await TestPages.SignInAsync(approver, TryIt.Named("sign in as `(?<it>[a-z]+)` to approve"), TryIt.Password);
        await approver.GetByRole(AriaRole.Link, new() { NameRegex = new Regex("^Review") }).First.ClickAsync();
        await Expect(approver).ToHaveURLAsync(new Regex("/approvals/"));
        await Expect(approver.Locator(".proposal")).ToContainTextAsync("looked up");
        await approver.Locator("[data-approve]").ClickAsync();
        await Expect(approver.Locator(".proposal")).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));
        await approver.GoToAsync("/tenants/rentguy/metrics");
        await EveryPageIsFitToShow.WholeAsync(approver);
        await approver.GoToAsync("/tenants/rentguy/changes");
        await Expect(approver.Locator(".changes")).ToContainTextAsync("2.4.1 → 2.4.0");

        // 5. The record has it, and holds.
        await approver.GoToAsync("/audit");
        await Expect(approver.Locator("main .mud-data-grid")).ToContainTextAsync("proposal.approved");
        await approver
            .GetByRole(AriaRole.Button, new() { Name = TryIt.Named(@"; \*(?<it>[^*]+)\* recomputes") })
            .ClickAsync();
        await Expect(approver.Locator("main .badge[role=status]")).ToContainTextAsync("Holds");
    }

    private static string[] Said =>
        [.. Regex.Matches(TryIt.Text, "[Tt]ype `(?<it>[^`]+)`").Select(match => match.Groups["it"].Value)];

    private static async Task<ILocator> SayAsync(IPage page, string said)
    {
        await page.GoToAsync("/console");
        await page.Locator("form.ask textarea").FillAsync(said);
        await page.Keyboard.PressAsync("Enter");
        return page.Locator(".plan-card").First;
    }

    /// <summary>When the release came that slowed the API down.</summary>
    private static async Task<DateTimeOffset> DeployedAsync(HttpClient api)
    {
        var releases = await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/releases?service=api");
        return releases!["items"]!
            .AsArray()
            .Where(one => one!["image"]!.GetValue<string>().EndsWith(":2.4.1", StringComparison.Ordinal))
            .Min(one => one!["at"]!.GetValue<DateTimeOffset>());
    }

    /// <param name="at">Null for now, by the dashboard's clock.</param>
    private static async Task<double> LatencyAsync(HttpClient api, DateTimeOffset? at)
    {
        const string query =
            "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{service=\"api\"}[5m])))";
        var answer = await api.GetFromJsonAsync<JsonNode>(
            $"/api/v1/tenants/rentguy/prometheus/api/v1/query?query={Uri.EscapeDataString(query)}{(at is { } then ? $"&time={then.ToUnixTimeSeconds()}" : "")}"
        );
        return double.Parse(
            answer!["data"]!["result"]![0]!["value"]![1]!.GetValue<string>(),
            CultureInfo.InvariantCulture
        );
    }

    [GeneratedRegex("needs? you$")]
    private static partial Regex NeedsYou();
}
