using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Charts and the explorer under the hands of somebody who uses them.</summary>
[Collection(nameof(SandboxOfFigures))]
[TakesLong(130)]
public sealed partial class MetricsInTheBrowser(DashboardProcess dashboard, Browser browser) : IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task Dragging_over_a_chart_sets_the_range_of_the_whole_page_and_back_takes_it_back()
    {
        var page = await MetricsAsync();
        var before = page.Url;
        var chart = (await page.Locator(".plot .u-over").First.BoundingBoxAsync())!;
        var y = chart.Y + chart.Height / 2;
        await page.Mouse.MoveAsync(chart.X + chart.Width * 0.5f, y);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(chart.X + chart.Width * 0.6f, y, new() { Steps = 5 });
        await page.Mouse.MoveAsync(chart.X + chart.Width * 0.75f, y, new() { Steps = 5 });
        await page.Mouse.UpAsync();
        await Expect(page).ToHaveURLAsync(From());
        // A quarter of what was shown, with figures of its own in every chart.
        await Expect(page.Locator(".plot[data-points]").Nth(3)).ToHaveAttributeAsync("data-points", Points());
        await page.GoBackAsync();
        await Expect(page).ToHaveURLAsync(before);
    }

    /// <summary>Only new points cross to the browser: what it has then must be what Prometheus would answer as a whole.</summary>
    [Fact]
    public async Task A_page_that_stays_open_goes_on_with_what_is_new()
    {
        var page = await pages.SignInAsync(dashboard.Url, "viewer", at: "/tenants/rentguy/metrics?from=now-5m&to=now");
        var card = page.Locator(".card").Filter(new() { HasText = "Memory, working set" });
        await Expect(card.Locator(".plot")).ToHaveAttributeAsync("data-points", Points());
        var first = await CsvAsync(page, card);
        var steps = new HashSet<string> { first[^1].Split(',')[0] };
        var last = first;
        await Eventually.TrueAsync(
            "three steps to be added",
            async _ =>
            {
                last = await CsvAsync(page, card);
                steps.Add(last[^1].Split(',')[0]);
                return steps.Count > 3;
            }
        );
        var times = last.Skip(1)
            .Select(row => DateTimeOffset.Parse(row.Split(',')[0], CultureInfo.InvariantCulture))
            .ToList();
        Assert.Equal(first.Count, last.Count);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.Equal(TimeSpan.FromSeconds(5), pair.Second - pair.First));
        // The newest point of the first look may have been made while its scrape was under way.
        var known = first
            .Skip(1)
            .SkipLast(1)
            .Where(row => DateTimeOffset.Parse(row.Split(',')[0], CultureInfo.InvariantCulture) >= times[0]);
        Assert.NotEmpty(known);
        Assert.Empty(known.Except(last));
        // As a whole, by somebody who comes now.
        await page.ReloadAsync();
        await Expect(card.Locator(".plot")).ToHaveAttributeAsync("data-points", Points());
        var anew = (await CsvAsync(page, card)).ToHashSet();
        Assert.Empty(last.Skip(1).SkipLast(1).Where(row => Within(row, anew)).Except(anew));
    }

    private static bool Within(string row, IEnumerable<string> rows) =>
        DateTimeOffset.Parse(row.Split(',')[0], CultureInfo.InvariantCulture)
        >= rows.Where(other => char.IsDigit(other[0]))
            .Min(other => DateTimeOffset.Parse(other.Split(',')[0], CultureInfo.InvariantCulture));

    // What would be saved is kept from the browser's downloads, of which it takes only so many.
    private static async Task<IReadOnlyList<string>> CsvAsync(IPage page, ILocator card)
    {
        await page.EvaluateAsync(
            """
            () => {
              window.saved = null;
              HTMLAnchorElement.prototype.click = () => undefined;
              URL.createObjectURL = file => { void file.text().then(text => { window.saved = text; }); return 'blob:none'; };
            }
            """
        );
        await card.GetByRole(AriaRole.Button, new() { Name = "Save as CSV" }).ClickAsync();
        await page.WaitForFunctionAsync("() => window.saved !== null");
        return (await page.EvaluateAsync<string>("() => window.saved")).Split(
            "\r\n",
            StringSplitOptions.RemoveEmptyEntries
        );
    }

    [Fact]
    public async Task The_crosshair_stands_at_the_same_moment_in_every_chart()
    {
        var page = await MetricsAsync();
        var chart = (await page.Locator(".plot .u-over").First.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(chart.X + chart.Width * 0.4f, chart.Y + chart.Height / 2, new() { Steps = 4 });
        await Expect(page.Locator(".chart-tip:visible")).ToHaveCountAsync(1);
        await Expect(page.Locator(".chart-tip:visible")).ToContainTextAsync("api");
        double[] lines = [];
        await Eventually.TrueAsync(
            "the crosshair to stand there in every chart",
            async _ =>
            {
                lines = await page.Locator(".plot .u-cursor-x")
                    .EvaluateAllAsync<double[]>(
                        "all => all.map(line => { const r = line.getBoundingClientRect(), o = line.parentElement.getBoundingClientRect(); return (r.left - o.left) / o.width; })"
                    );
                return lines.Length >= 4 && Array.TrueForAll(lines, at => at is >= 0.38 and <= 0.42);
            },
            because: () => string.Join(' ', lines)
        );
    }

    [Fact]
    public async Task The_explorer_completes_metrics_labels_values_and_functions()
    {
        var page = await ExplorerAsync("rentguy");
        var editor = page.Locator(".cm-content");
        var offers = page.Locator(".cm-tooltip-autocomplete");
        await editor.ClickAsync();
        await page.Keyboard.TypeAsync("histogram_q");
        await Expect(offers).ToContainTextAsync("histogram_quantile");
        await Expect(offers).ToContainTextAsync("Calculate quantiles");
        await ClearAsync(page);
        await page.Keyboard.TypeAsync("http_requests_t");
        await Expect(offers).ToContainTextAsync("http_requests_total");
        await Expect(offers).ToContainTextAsync("counter");
        await page.Keyboard.PressAsync("Escape");
        await ClearAsync(page);
        await page.Keyboard.TypeAsync("http_requests_total{ser");
        await Expect(offers).ToContainTextAsync("service");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.TypeAsync("vice=\"");
        await Expect(offers).ToContainTextAsync("web");
        await TestPages.ScreenshotAsync(page, "explorer-completion");
        // Another tenant's services are not among them.
        await Expect(offers).Not.ToContainTextAsync("psra");
    }

    [Fact]
    public async Task The_explorer_underlines_what_is_wrong_where_it_is_and_asks_what_is_right_in_the_tenants_scope()
    {
        var page = await ExplorerAsync("rentguy");
        await page.Locator(".cm-content").ClickAsync();
        await page.Keyboard.TypeAsync("sum(rat(up[5m]");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator(".cm-lintRange-error")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask", Exact = true }).ClickAsync();
        var told = page.Locator("pre.caret");
        await Expect(told).ToHaveTextAsync(new Regex(@"^1:\d+: "));
        await Expect(told).ToContainTextAsync("^");

        await TestPages.ScreenshotAsync(page, "explorer-error");
        await page.Locator(".cm-content").ClickAsync();
        await ClearAsync(page);
        await page.Keyboard.InsertTextAsync("sum by (service) (up{tenant=~\".*\"})");
        await Expect(page.Locator(".cm-lintRange-error")).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("Control+Enter");
        await Expect(page.Locator(".scoped-query code"))
            .ToHaveTextAsync("sum by (service) (up{tenant=~\".*\",tenant=\"rentguy\"})");
        await Expect(page.Locator(".plot[data-points]")).ToHaveAttributeAsync("data-points", Points());
        await TestPages.ScreenshotAsync(page, "explorer-graph");
        await page.GetByRole(AriaRole.Button, new() { Name = "Table", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("view=table"));
        await Expect(page.Locator(".chart-table tbody tr")).Not.ToHaveCountAsync(0);
        await Expect(page.Locator(".chart-table")).ToContainTextAsync("api");
        await Expect(page.Locator(".chart-table")).Not.ToContainTextAsync("psra");
        await TestPages.ScreenshotAsync(page, "explorer-table");
        // An address shows the same again.
        await page.ReloadAsync();
        await Expect(page.Locator(".chart-table")).ToContainTextAsync("worker");
    }

    [Fact]
    public async Task A_query_beyond_a_limit_is_refused_with_the_limit_named()
    {
        var page = await pages.SignInAsync(
            dashboard.Url,
            "viewer",
            at: "/tenants/rentguy/explore?query=rate(up%5B3y%5D)"
        );
        await Expect(page.Locator("pre.caret")).ToContainTextAsync("Metrics:MaximumRangeHours");
        await page.GoToAsync("/tenants/rentguy/explore?query=up&from=now-900d&to=now");
        await Expect(page.Locator("pre.caret")).ToContainTextAsync("Metrics:MaximumRangeHours");
        await Expect(page.Locator(".scoped-query")).ToHaveCountAsync(0);
    }

    private async Task<IPage> MetricsAsync()
    {
        var page = await pages.SignInAsync(dashboard.Url, "viewer", at: "/tenants/rentguy/metrics?from=now-6h&to=now");
        await Expect(page.Locator(".plot[data-points]").Nth(3)).ToHaveAttributeAsync("data-points", Points());
        // What is still being drawn moves charts from under the pointer.
        await EveryPageIsFitToShow.WholeAsync(page);
        return page;
    }

    private async Task<IPage> ExplorerAsync(string tenant)
    {
        var page = await pages.SignInAsync(dashboard.Url, "viewer", at: $"/tenants/{tenant}/explore");
        await page.Locator(".cm-content").WaitForAsync();
        return page;
    }

    private static async Task ClearAsync(IPage page)
    {
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.PressAsync("Delete");
    }

    /// <summary>Figures are there.</summary>
    private static Regex Points() => new("^[1-9]");

    [GeneratedRegex(@"[?&]from=\d")]
    private static partial Regex From();
}
