using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Logs as a person looks for something in them: narrowed, counted, saved, and told what is wrong with a query.</summary>
public sealed class LogSearchInTheBrowser(LoggedFleet fleet, Browser browser)
    : IClassFixture<LoggedFleet>,
        IAsyncDisposable
{
    private const long Second = 1_000_000_000;

    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    private static long NowNs => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    private static string Query(string text) => Uri.EscapeDataString($"{{service=\"api\"}} |= \"{text}\"");

    [Fact]
    public async Task A_search_narrows_by_a_click_and_a_line_is_shown_among_its_neighbours()
    {
        var at = NowNs - 60 * Second;
        fleet.Loki.Log(
            "rentguy",
            [
                .. Enumerable
                    .Range(0, 40)
                    .Select(line => new StoredLine(
                        at + line * 1_000_000,
                        $"{{\"level\":\"info\",\"msg\":\"{(line == 20 ? "needle" : "hay")} n{line}\",\"status\":{(line == 20 ? 502 : 200)}}}"
                    )),
            ]
        );
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "operator", at: "/tenants/rentguy/logs");
        await page.GetByLabel("Text that the lines contain").FillAsync("needle");
        await page.GetByRole(AriaRole.Button, new() { Name = "Search", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("text=needle"));
        // The line was there before the search, too; the answer is there when it is the only one.
        await Expect(page.Locator(".log-tools .num").First).ToHaveTextAsync("1 line");
        var row = page.Locator(".log-row", new() { HasText = "needle n20" });
        await Expect(row).ToHaveCountAsync(1);
        await row.ClickAsync();
        await page.GetByLabel("Show status as a column").ClickAsync();
        await Expect(page.Locator(".log-row .cell").First).ToHaveTextAsync("502");
        await page.GetByLabel("Only lines where status is this").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("status"));
        await Expect(page.GetByLabel("Field", new() { Exact = true })).ToHaveValueAsync("status");
        await page.Locator(".log-row").First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Show context" }).ClickAsync();
        var context = page.Locator("section", new() { HasText = "Around this line" }).Last;
        await Expect(context).ToContainTextAsync("hay n19");
        await Expect(context).ToContainTextAsync("hay n21");
        // The address is a link for somebody else.
        var link = page.Url;
        var other = await pages.SignInAsync(fleet.Dashboard.Url, "viewer", at: link);
        await Expect(other.Locator("section", new() { HasText = "Around this line" }).Last)
            .ToContainTextAsync("hay n21");
    }

    [Fact]
    public async Task A_mistake_in_a_query_is_shown_at_its_place()
    {
        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: $"/tenants/rentguy/logs?query={Uri.EscapeDataString("{service=\"api\"}\n|= \"a\" |~ )")}"
        );
        await Expect(page.Locator(".query-fault")).ToContainTextAsync("line 2, character 11");
        await page.GoToAsync($"/tenants/rentguy/logs?query={Uri.EscapeDataString("{__tenant_id__=\"witcom\"}")}");
        await Expect(page.Locator(".query-fault")).ToContainTextAsync("__tenant_id__");
    }

    [Fact]
    public async Task A_search_is_saved_for_everybody_and_chosen_again()
    {
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "operator");
        await page.GoToAsync(
            $"/tenants/witcom/logs?query={Uri.EscapeDataString("{service=\"api\"} |= \"slow\" != \"health\"")}"
        );
        await page.GetByRole(AriaRole.Button, new() { Name = "Save this search" }).ClickAsync();
        await page.GetByLabel("Name of the search").FillAsync("Slow ones");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Remove “Slow ones”" })).ToBeVisibleAsync();
        var other = await pages.SignInAsync(fleet.Dashboard.Url, "viewer", at: "/tenants/witcom/logs");
        await other.GetByLabel("Saved searches").ChooseAsync("Slow ones");
        await Expect(other).ToHaveURLAsync(new Regex("slow"));
        await Expect(other.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Remove") })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_histogram_counts_what_the_list_shows_and_zooms_the_page()
    {
        var now = NowNs;
        fleet.Loki.Log(
            "psra-ltsd",
            [
                .. Enumerable
                    .Range(0, 30)
                    .Select(line => new StoredLine(now - 1800 * Second - line * Second, $"histogram {line}")),
                // From a clock that is ahead: the list shows it, so it is counted.
                new(now + 240 * Second, "histogram ahead"),
            ]
        );
        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: $"/tenants/psra-ltsd/logs?query={Query("histogram")}&from=now-1h&to=now"
        );
        await Expect(page.Locator(".log-tools .num").First).ToHaveTextAsync("31 lines");
        await Expect(page.Locator(".log-levels")).ToContainTextAsync("info 31");
        var plot = page.GetByRole(AriaRole.Img, new() { NameRegex = new Regex("^Lines by level: info 31 in all") });
        await Expect(plot).ToBeVisibleAsync();
        await page.Locator(".log-volume .chart").HoverAsync();
        await page.GetByLabel("Show as a table").ClickAsync();
        await Expect(page.Locator(".chart-table")).ToContainTextAsync("info");
        await page.GetByLabel("Show as a table").ClickAsync();
        await Expect(page.Locator(".chart-table")).ToBeHiddenAsync();
        await TestPages.ScreenshotAsync(page, "logs-histogram");
        // The lines are half an hour back, in the middle of an axis that ends with the line that is ahead.
        var over = page.Locator(".log-volume .u-over");
        var box = (await over.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + box.Width * 0.35f, box.Y + 20);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + box.Width * 0.65f, box.Y + 25, new() { Steps = 5 });
        await page.Mouse.UpAsync();
        await Expect(page).ToHaveURLAsync(new Regex("from=\\d+&to=\\d+"));
        await Expect(page.Locator(".log-tools .num").First).ToHaveTextAsync("30 lines");
        await Expect(page.Locator(".log-levels")).ToContainTextAsync("info 30");
    }

    [Fact]
    public async Task Limits_are_told_in_Lokis_words_with_what_to_change()
    {
        fleet.Loki.Refusal = (
            "too-long",
            "the query time range exceeds the limit (query length: 900h0m0s, limit: 30d1h)"
        );
        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: $"/tenants/rentguy/logs?query={Query("too-long")}"
        );
        await Expect(page.Locator("main")).ToContainTextAsync("the query time range exceeds the limit");
        await Expect(page.Locator("main")).ToContainTextAsync("Choose a shorter time range");
        await Expect(page.Locator("main")).ToContainTextAsync("max_query_length");
    }

    [Fact]
    public async Task A_value_is_filtered_out_lines_wrap_and_a_link_is_copied()
    {
        var at = NowNs - 45 * Second;
        fleet.Loki.Log(
            "platform",
            [
                .. Enumerable
                    .Range(0, 6)
                    .Select(line => new StoredLine(
                        at + line,
                        $"{{\"msg\":\"wrapped {line} {new string('w', 400)}\",\"path\":\"/p{line % 2}\"}}"
                    )),
            ]
        );
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "operator");
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await page.GoToAsync($"/tenants/platform/logs?query={Query("wrapped")}");
        await Expect(page.Locator(".log-row")).ToHaveCountAsync(6);
        var before = (await page.Locator(".log-row").First.BoundingBoxAsync())!.Height;
        await page.GetByRole(AriaRole.Button, new() { Name = "Wrap" }).ClickAsync();
        await Expect(page.Locator(".log-rows.wrapped")).ToBeVisibleAsync();
        await Eventually.TrueAsync(
            "the row to be higher",
            async _ => (await page.Locator(".log-row").First.BoundingBoxAsync())!.Height > before
        );
        await page.Locator(".log-row").First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy link" }).ClickAsync();
        // It is there when the browser has been told, which is not when the click is over.
        await Eventually.TrueAsync(
            "the link to be copied",
            async _ =>
                await page.EvaluateAsync<string>("() => navigator.clipboard.readText()") is { } copied
                && copied.Contains("/tenants/platform/logs?query=", StringComparison.Ordinal)
                && copied.Contains("line=", StringComparison.Ordinal)
        );
        await page.GetByLabel("Only lines where path is not this").ClickAsync();
        await Expect(page.Locator(".log-row")).ToHaveCountAsync(3);
    }
}
