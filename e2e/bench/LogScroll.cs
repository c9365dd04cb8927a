using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Scrolling through 200,000 loaded lines in Chromium: the time between frames while a script scrolls as a fast wheel does, and
/// what the lines cost in memory there and on the server.
/// </summary>
internal sealed class LogScroll : IBench
{
    private const int Lines = 200_000;

    public string Name => "log-scroll";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var loki = await ScriptedLoki.StartAsync();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        (loki.Made, loki.MadeUntil) = (Lines, now);
        await using var dashboard = DashboardProcess.With(
            new Dictionary<string, string?> { ["Loki:Url"] = loki.Url, ["Loki:Tenancy"] = "Header" }
        );
        await dashboard.InitializeAsync();
        await using var browser = new Browser();
        await browser.InitializeAsync();
        await using var pages = browser.Pages();
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        await page.GotoAsync(
            $"/tenants/rentguy/logs?query={Uri.EscapeDataString("{service=\"api\"}")}&from=now-1h&to=now"
        );
        await page.Locator(".log-row").First.WaitForAsync();
        var before = Memory.OfMb(dashboard.Process.Id);
        var older = page.GetByRole(AriaRole.Button, new() { Name = "Load older" });
        var end = page.GetByText("No older lines in this range.");
        while (!await end.IsVisibleAsync())
        {
            await older.Or(end).First.WaitForAsync();
            if (await older.IsVisibleAsync() && await older.IsEnabledAsync())
                await older.ClickAsync();
            await Task.Delay(50);
        }
        var count = await page.Locator(".log-tools .num").First.InnerTextAsync();
        if (count != "200,000 lines")
            throw new InvalidOperationException($"Loaded: {count}");
        var after = Memory.OfMb(dashboard.Process.Id);
        List<double> frames = [],
            heap = [];
        for (var round = 0; round < Math.Min(rounds, 5); round++)
        {
            frames.Add(
                await page.EvaluateAsync<double>(
                    """
                    async down => {
                      const box = document.querySelector('.log-rows');
                      const times = [];
                      let last = performance.now();
                      const end = last + 6000;
                      await new Promise(done => {
                        const step = now => {
                          times.push(now - last); last = now;
                          box.scrollTop += down ? 900 : -900;
                          if (now < end) requestAnimationFrame(step); else done();
                        };
                        requestAnimationFrame(step);
                      });
                      times.sort((a, b) => a - b);
                      return times[times.length >> 1];
                    }
                    """,
                    round % 2 == 0
                )
            );
            heap.Add(await page.EvaluateAsync<double>("() => (performance.memory?.usedJSHeapSize ?? 0) / 1048576"));
        }
        return
        [
            new Measure("median frame while scrolling 200,000 lines, against 17", "ms", frames, [17], Bound.Ratio(1)),
            new Measure("Chromium's script memory meanwhile, against 100", "MB", heap, [100], Bound.Ratio(1)),
            new Measure(
                "the server's memory with them loaded, against before",
                "MB",
                [after],
                [before],
                Bound.Added(400)
            ),
        ];
    }
}
