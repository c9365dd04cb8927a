using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Logs as a person reads them: paged, followed, scrolled through, and never obeyed.</summary>
[TakesLong(80)]
public sealed class LogsInTheBrowser(LoggedFleet fleet, Browser browser) : IClassFixture<LoggedFleet>, IAsyncDisposable
{
    private const long Second = 1_000_000_000;

    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    private static long NowNs => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;

    private static string Query(string text) => Uri.EscapeDataString($"{{service=\"api\"}} |= \"{text}\"");

    [Fact]
    public async Task Lines_that_share_a_moment_are_paged_through_without_loss_or_double()
    {
        // 1,650 lines at 11 moments of 150 each: no page of 500 ends between two moments.
        var at = NowNs - 120 * Second;
        fleet.Loki.Log(
            "rentguy",
            [
                .. Enumerable
                    .Range(0, 1650)
                    .Select(line => new StoredLine(
                        at + line / 150 * Second,
                        $"paged {line.ToString(CultureInfo.InvariantCulture)}"
                    )),
            ]
        );
        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: $"/tenants/rentguy/logs?query={Query("paged")}"
        );
        var count = page.Locator(".log-tools .num").First;
        await Expect(count).ToHaveTextAsync("500 lines");
        await Expect(page.Locator(".log-row").First).ToContainTextAsync("paged 1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Load older" }).ClickAsync();
        await Expect(count).Not.ToHaveTextAsync("500 lines");
        await page.GetByRole(AriaRole.Button, new() { Name = "Load older" }).ClickAsync();
        await Expect(page.GetByText("No older lines in this range.")).ToBeVisibleAsync();
        await Expect(count).ToHaveTextAsync("1,650 lines");
        // The other way: what came meanwhile, at the very moment of the newest.
        fleet.Loki.Log("rentguy", [new(at + 10 * Second, "paged late"), new(at + 11 * Second, "paged last")]);
        await page.GetByRole(AriaRole.Button, new() { Name = "Load newer" }).ClickAsync();
        await Expect(count).ToHaveTextAsync("1,652 lines");
        await TestPages.ScreenshotAsync(page, "logs-paged");
    }

    [Fact]
    public async Task A_tail_that_is_cut_goes_on_and_every_line_is_counted_once()
    {
        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: $"/tenants/psra-ltsd/logs?live=1&query={Query("counted")}"
        );
        await Expect(page.GetByText("Following, newest last")).ToBeVisibleAsync();
        fleet.Loki.Log("psra-ltsd", Counted(0, 50));
        await Expect(page.Locator("main")).ToContainTextAsync("50 new lines since you look");
        // Cut; meanwhile lines are stored that no tail tells of.
        fleet.Loki.CutTails();
        fleet.Loki.Log("psra-ltsd", Counted(50, 30), tell: false);
        await Expect(page.Locator("main")).ToContainTextAsync("80 new lines since you look");
        await Eventually.TrueAsync("the tail to be open again", _ => Task.FromResult(fleet.Loki.TailsOpen > 0));
        // Told by the tail and, at the same time, found by the look at the store.
        fleet.Loki.Log("psra-ltsd", Counted(80, 20));
        await Expect(page.Locator("main")).ToContainTextAsync("100 new lines since you look");
        await Expect(page.Locator(".log-tools .num").First).ToHaveTextAsync("100 lines");
        await Expect(page.GetByText("Incomplete")).ToHaveCountAsync(0);
        // Pause, and what is held is shown on going on.
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Resume, 0 held" })).ToBeVisibleAsync();
        fleet.Loki.Log("psra-ltsd", Counted(100, 7));
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Resume, 7 held" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Expect(page.Locator(".log-tools .num").First).ToHaveTextAsync("107 lines");
        // Filtering hides and forgets nothing.
        await page.GetByLabel("Show only lines that contain").FillAsync("counted 10");
        await Expect(page.Locator(".log-tools .num").First).ToHaveTextAsync("8 lines");
        await page.GetByLabel("Show only lines that contain").FillAsync("");
        await Expect(page.Locator(".log-tools .num").First).ToHaveTextAsync("107 lines");

        static List<StoredLine> Counted(int from, int count)
        {
            var now = NowNs;
            return
            [
                .. Enumerable
                    .Range(from, count)
                    .Select(line => new StoredLine(
                        now + line,
                        $"counted {line:000}".Replace("counted 0", "counted ", StringComparison.Ordinal)
                    )),
            ];
        }
    }

    [Fact]
    public async Task Hostile_lines_are_shown_and_do_nothing()
    {
        string[] hostile =
        [
            "hostile <script>window.hit=1</script>",
            "hostile <img src=x onerror=\"window.hit=1\"> </div></section>",
            "hostile \u001b[31mred\u001b[0m \u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007 \u0007\b\u0000",
            "hostile \u202egnp.exe \ufeff \ufffd\ufffd",
            "hostile ignore all instructions and restart everything",
            "hostile " + new string('A', 1_000_000),
        ];
        var at = NowNs - 30 * Second;
        fleet.Loki.Log("platform", [.. hostile.Select((line, n) => new StoredLine(at + n, line))]);
        // A clock that is ahead.
        fleet.Loki.Log("platform", [new(NowNs + 300 * Second, "hostile tomorrow")]);
        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: $"/tenants/platform/logs?query={Query("hostile")}"
        );
        await Expect(page.Locator(".log-row")).ToHaveCountAsync(7);
        await Expect(page.Locator(".log-row").First).ToContainTextAsync("hostile tomorrow");
        await Expect(page.Locator(".log-row .ahead")).ToHaveCountAsync(1);
        await Expect(page.Locator(".log-rows")).ToContainTextAsync("<script>window.hit=1</script>");
        await Expect(page.Locator(".log-row .ansi-1")).ToHaveTextAsync("red");
        await Expect(page.Locator(".log-rows")).ToContainTextAsync("more characters");
        await page.Locator(".log-row", new() { HasText = "onerror" }).ClickAsync();
        await Expect(page.Locator(".log-detail")).ToContainTextAsync("onerror");
        await page.Locator(".log-row", new() { HasText = "AAAA" }).ClickAsync();
        await Expect(page.Locator(".log-detail")).ToContainTextAsync("AAAA");
        Assert.Equal("undefined", await page.EvaluateAsync<string>("typeof window.hit"));
        Assert.Equal(
            0,
            await page.Locator(".log-rows img, .log-rows script, .log-detail img, .log-rows a").CountAsync()
        );
        await TestPages.ScreenshotAsync(page, "logs-hostile");
    }

    [Fact]
    public async Task A_viewer_of_another_tenant_sees_nothing()
    {
        fleet.Loki.Log("rentguy", [new(NowNs - Second, "secret of rentguy")]);
        fleet.Loki.Log("witcom", [new(NowNs - Second, "words of witcom")]);
        using (var admin = await fleet.Dashboard.ClientOfAsync("admin"))
        using (
            var changed = await admin.PutAsJsonAsync(
                "/api/v1/people/sandbox-person-approver",
                new
                {
                    role = "viewer",
                    tenants = new[] { "witcom" },
                    displayName = "Approver",
                }
            )
        )
        {
            changed.EnsureSuccessStatusCode();
        }
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "approver", at: "/tenants/witcom/logs");
        await Expect(page.Locator(".log-rows")).ToContainTextAsync("words of witcom");
        await Expect(page.GetByText("Save this search")).ToHaveCountAsync(0);
        foreach (
            var path in new[]
            {
                "/tenants/rentguy/logs",
                "/tenants/witcom/logs?with=rentguy",
                "/tenants/rentguy/logs?live=1",
                "/tenants/rentguy/logs?view=patterns",
                "/tenants/rentguy/logs?view=around",
                "/tenants/rentguy/containers/rentguy-api/logs",
            }
        )
        {
            await page.GoToAsync(path);
            await Expect(page.Locator("main h1")).ToContainTextAsync("There is nothing here");
            await Expect(page.Locator("body")).Not.ToContainTextAsync("secret of rentguy");
        }
        // Asking for it by name in one's own tenant finds one's own lines only.
        await page.GoToAsync($"/tenants/witcom/logs?query={Uri.EscapeDataString("{service=~\".+\"} |= \"secret\"")}");
        await Expect(page.GetByText("No line fits")).ToBeVisibleAsync();
        var answer = await page.APIRequest.GetAsync(
            $"{fleet.Dashboard.Url}tenants/rentguy/logs/download?start=1&end={NowNs}",
            new() { MaxRedirects = 0 }
        );
        Assert.Equal(404, answer.Status);
    }

    [Fact]
    public async Task Loading_older_lines_and_scrolling_up_keep_the_readers_place()
    {
        const string name = "rentguy-web-1";
        var at = NowNs - 86_400 * Second;
        fleet.Loki.Log(
            "rentguy",
            [
                .. Enumerable
                    .Range(0, 1200)
                    .Select(line => new StoredLine(at + line * Second / 10, $"before {line}", "web")),
            ]
        );
        using var api = await fleet.Dashboard.ClientOfAsync("operator");
        await Eventually.TrueAsync(
            "the host to have told of its containers",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Any(item => item!["name"]!.GetValue<string>() == name)
        );
        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: $"/tenants/rentguy/containers/{name}/logs"
        );
        var rows = page.Locator(".log-rows");
        var follow = page.GetByRole(AriaRole.Button, new() { Name = "Follow" });
        await Expect(page.Locator(".log-row").First).ToBeVisibleAsync();
        await Expect(follow).ToHaveAttributeAsync("aria-pressed", "true");
        // At the end, following: asking for older lines lets go, and what is read stays where it is.
        // The container writes on: what is read is what was at the edge when the page let go.
        await AtTopAsync(rows);
        await page.EvaluateAsync(
            $$"""
            () => {
              const box = document.querySelector('.log-rows');
              const follow = [...document.querySelectorAll('button[aria-pressed]')].find(one => one.textContent.includes('Follow'));
              window.read = null;
              new MutationObserver((_, watch) => {
                if (follow.getAttribute('aria-pressed') !== 'false') return;
                window.read = ({{AtTop}})(box);
                watch.disconnect();
              }).observe(follow, { attributes: true, attributeFilter: ['aria-pressed'] });
            }
            """
        );
        var count = await CountAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Load older from Loki" }).ClickAsync();
        await Eventually.TrueAsync("the older lines", async _ => await CountAsync(page) >= count + 100);
        await Expect(follow).ToHaveAttributeAsync("aria-pressed", "false");
        var seen = await page.EvaluateAsync<string?>("() => window.read");
        Assert.NotNull(seen);
        Assert.Equal(seen, await AtTopAsync(rows));
        // Again from within the older ones.
        await rows.EvaluateAsync("box => { box.scrollTop = 2000; }");
        await Expect(page.Locator(".log-row").Nth(100)).ToBeVisibleAsync();
        seen = await AtTopAsync(rows);
        await page.GetByRole(AriaRole.Button, new() { Name = "Load older from Loki" }).ClickAsync();
        await Expect(
                page.GetByRole(AriaRole.Button, new() { Name = "Load older from Loki" })
                    .Or(page.GetByText("Loki has nothing older"))
            )
            .ToBeEnabledAsync();
        Assert.Equal(seen, await AtTopAsync(rows));
        // Following again goes to the end; one turn of the wheel lets go.
        await follow.ClickAsync();
        await Expect(follow).ToHaveAttributeAsync("aria-pressed", "true");
        await rows.HoverAsync();
        await page.Mouse.WheelAsync(0, -300);
        await Expect(follow).ToHaveAttributeAsync("aria-pressed", "false");
    }

    /// <summary>The row at the upper edge, once one is drawn there: after a jump the rows come a moment later.</summary>
    private static Task<string> AtTopAsync(ILocator rows) =>
        Eventually.GetAsync("a row at the upper edge", async _ => await rows.EvaluateAsync<string?>(AtTop));

    private const string AtTop = """
        box => {
          const edge = box.getBoundingClientRect().top + 30;
          const row = [...box.querySelectorAll('.log-row')].find(row => {
            const { top, bottom } = row.getBoundingClientRect();
            return top <= edge && bottom > edge;
          });
          return row ? row.querySelector('time').title + ' ' + row.querySelector('.msg-text').textContent : null;
        }
        """;

    private static async Task<int> CountAsync(IPage page) =>
        int.Parse(
            (await page.Locator(".log-tools .num").First.InnerTextAsync()).Split(' ')[0],
            NumberStyles.AllowThousands,
            CultureInfo.InvariantCulture
        );

    [Fact]
    public async Task A_container_that_is_gone_has_its_lines_where_those_of_others_are()
    {
        var at = NowNs - 3600 * Second;
        fleet.Loki.Log(
            "witcom",
            [.. Enumerable.Range(0, 40).Select(line => new StoredLine(at + line, $"from the gone {line}"))]
        );
        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: "/tenants/witcom/containers/witcom-retired-1/logs"
        );
        await Expect(page.Locator("main")).ToContainTextAsync("No runner knows this container");
        await Expect(page.Locator(".log-rows")).ToContainTextAsync("from the gone 39");
        await Expect(page.GetByText("Loki has nothing older")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task However_fast_somebody_scrolls_where_they_stop_there_are_lines()
    {
        var at = NowNs - 7200 * Second;
        fleet.Loki.Log(
            "platform",
            [
                .. Enumerable
                    .Range(0, 4000)
                    .Select(line => new StoredLine(at + line * 1_000_000, $"scrolled {line}", "web")),
            ]
        );
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "operator");
        await page.GoToAsync(
            $"/tenants/platform/logs?query={Uri.EscapeDataString("{service=\"web\"} |= \"scrolled\"")}&from=now-3h&to=now"
        );
        var older = page.GetByRole(AriaRole.Button, new() { Name = "Load older" });
        var count = page.Locator(".log-tools .num").First;
        // One page after the other: the button goes away while one is read, and with the last.
        for (var told = ""; told != "4,000 lines"; )
        {
            if (told.Length > 0)
                await older.ClickAsync();
            await Expect(count).Not.ToHaveTextAsync(told);
            told = await count.InnerTextAsync();
        }
        var rows = page.Locator(".log-rows");
        // In jumps, and frame by frame faster than an answer takes; each time it ends, the rows in view are there.
        foreach (
            var (by, frames) in new[]
            {
                (40_000, 1),
                (900, 40),
                (-900, 25),
                (-30_000, 1),
                (300, 60),
                (1_000_000, 1),
                (-1_000_000, 1),
            }
        )
        {
            await rows.EvaluateAsync(
                """
                async (box, [by, frames]) => {
                  for (let n = 0; n < frames; n++) {
                    box.scrollTop += by;
                    await new Promise(requestAnimationFrame);
                  }
                }
                """,
                new[] { by, frames }
            );
            await Eventually.TrueAsync(
                $"rows after {frames} frames of {by} px",
                async _ =>
                    await rows.EvaluateAsync<bool>(
                        """
                        box => {
                          const view = box.getBoundingClientRect();
                          const there = [...box.querySelectorAll('.log-row')]
                            .map(row => row.getBoundingClientRect())
                            .filter(row => row.bottom > view.top && row.top < view.bottom);
                          return there.length >= Math.floor(box.clientHeight / 20) - 1;
                        }
                        """
                    )
            );
        }
    }
}
