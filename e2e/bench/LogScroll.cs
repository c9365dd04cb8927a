using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Scrolling through 200,000 loaded lines in Chromium: the time between frames while a script scrolls, how often a row is not
/// there yet when it is scrolled to, and what the lines cost in memory there and on the server.
/// </summary>
internal sealed class LogScroll : IBench
{
    private const int Lines = 200_000;

    // In one frame: as fast as the hand can throw it, and faster than anybody can.
    private const int Fling = 200;
    private const int Wheel = 900;

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
            blank = [],
            fling = [],
            heap = [];
        for (var round = 0; round < Math.Min(rounds, 5); round++)
        {
            var (frame, blanks) = await ScrollAsync(page, round % 2 == 0 ? Wheel : -Wheel);
            frames.Add(frame);
            blank.Add(blanks);
            (_, blanks) = await ScrollAsync(page, round % 2 == 0 ? Fling : -Fling);
            fling.Add(blanks);
            heap.Add(await page.EvaluateAsync<double>("() => (performance.memory?.usedJSHeapSize ?? 0) / 1048576"));
        }
        return
        [
            new Measure("median frame while scrolling 200,000 lines, against 17", "ms", frames, [17], Bound.Ratio(1)),
            new Measure("frames that show a blank row at 12,000 px/s, a hard fling", "%", fling, [0], Bound.AtMost(2)),
            new Measure("frames that show a blank row at 54,000 px/s", "%", blank, [0], Bound.None),
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

    /// <summary>Scrolls for six seconds by so much in each frame.</summary>
    /// <returns>The median time between frames, and how many of a hundred frames showed a row that was not there.</returns>
    private static async Task<(double Frame, double Blank)> ScrollAsync(IPage page, int pixels)
    {
        var told = await page.EvaluateAsync<double[]>(
            """
            async by => {
              const box = document.querySelector('.log-rows');
              const height = document.querySelector('.log-row').getBoundingClientRect().height;
              const times = [];
              let blank = 0;
              let last = performance.now();
              const end = last + 6000;
              await new Promise(done => {
                const step = now => {
                  times.push(now - last); last = now;
                  const [start, shown, total] = ['start', 'shown', 'total'].map(name => Number(box.dataset[name]));
                  const first = Math.floor((box.scrollTop - 4) / height);
                  const after = Math.min(total, Math.ceil((box.scrollTop + box.clientHeight - 4) / height));
                  if (first < start - 1 || after > start + shown) blank++;
                  box.scrollTop += by;
                  if (now < end) requestAnimationFrame(step); else done();
                };
                requestAnimationFrame(step);
              });
              const frames = times.length;
              times.sort((a, b) => a - b);
              return [times[frames >> 1], blank / frames * 100];
            }
            """,
            pixels
        );
        return (told[0], told[1]);
    }
}
