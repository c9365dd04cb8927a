using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// A page of twelve panels of twenty series with a thousand points each, in Chromium: from the figures' arrival to the painted
/// chart, and what one refresh of the whole page costs in script, as the browser itself counts it.
/// </summary>
internal sealed class ChartDrawing : IBench
{
    private const int Panels = 12;
    private const int Refreshes = 10;

    // The page's own module, fed with blocks as the circuit sends them. What a browser paints, it has painted when the frame
    // after it begins.
    private const string Setup = """
        async ({ panels, series, points }) => {
          const { charts } = await import('/dist/app.js');
          const root = document.createElement('div');
          root.style.cssText = 'position:fixed;inset:0;z-index:9999;display:grid;grid-template-columns:repeat(3,1fr);overflow:auto;background:var(--bg)';
          document.body.append(root);
          const start = Math.floor(Date.now() / 1000) - points * 15;
          const names = Array.from({ length: series }, (_, i) => `series ${i}`);
          const meta = { names, hidden: [], unit: 'count', height: 180, from: start, to: start + points * 15, group: 'bench', thresholds: [], annotations: [] };
          const block = shift => {
            const all = new Float64Array((series + 1) * points);
            for (let p = 0; p < points; p++) {
              all[p] = start + p * 15;
              for (let s = 0; s < series; s++) all[(s + 1) * points + p] = Math.abs(Math.sin((p + shift) / 40 + s)) * 100 + s * 3 + ((p * 7919 + s) % 13);
            }
            return new Uint8Array(all.buffer);
          };
          // Charts draw in frames of the page, and uPlot in a microtask of its own after them: both are counted.
          let framed = 0;
          const request = window.requestAnimationFrame.bind(window);
          window.requestAnimationFrame = work => request(time => {
            const began = performance.now();
            work(time);
            queueMicrotask(() => { framed += performance.now() - began; });
          });
          const frame = () => new Promise(done => request(() => { const c = new MessageChannel(); c.port1.onmessage = () => done(); c.port2.postMessage(0); }));
          const owner = { invokeMethodAsync: async () => undefined };
          const made = Array.from({ length: panels }, () => {
            const host = document.createElement('div');
            root.append(host);
            return charts.create(host, owner, { ...meta, names: [] });
          });
          await frame();
          // Made beforehand: making figures up is no part of showing them.
          const blocks = Array.from({ length: 4 }, (_, shift) => made.map((_, i) => block(shift * 3 + i)));
          window.sevensaBench = shift => new Promise(done => setTimeout(async () => {
            const began = performance.now();
            let first = 0, script = 0;
            framed = 0;
            for (const [i, chart] of made.entries()) {
              const called = performance.now();
              await chart.update(meta, blocks[shift % 4][i]);
              script += performance.now() - called;
              // The others' figures are on the same wire: each is its own task, as a message is.
              await (i === 0 ? frame().then(() => { first = performance.now() - began; }) : new Promise(r => setTimeout(r)));
            }
            // Drawn over several frames when there is much: until a frame has nothing more to draw.
            for (let before = -1; framed !== before;) {
              before = framed;
              await frame();
            }
            done([first, performance.now() - began, script + framed]);
          }));
        }
        """;

    public string Name => "charts";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var dashboard = await BenchDashboard.StartAsync();
        await using var browser = new Browser();
        List<double> first = [],
            all = [],
            script = [];
        for (var round = 0; round < rounds; round++)
        {
            await using var pages = browser.Pages();
            var page = await pages.SignInAsync(dashboard.Url, "viewer");
            await page.GotoAsync("/hosts");
            await page.Locator("main h1").WaitForAsync();
            await page.EvaluateAsync(
                Setup,
                new
                {
                    panels = Panels,
                    series = 20,
                    points = 1_000,
                }
            );
            var times = await page.EvaluateAsync<double[]>("() => window.sevensaBench(0)");
            first.Add(times[0]);
            all.Add(times[1]);
            var session = await page.Context.NewCDPSessionAsync(page);
            await session.SendAsync("Performance.enable");
            var before = await ScriptAsync(session);
            var called = 0.0;
            for (var refresh = 1; refresh <= Refreshes; refresh++)
                called += (await page.EvaluateAsync<double[]>("shift => window.sevensaBench(shift)", refresh))[2];
            // The browser's own count and ours of the calls: whichever is more.
            script.Add(Math.Max((await ScriptAsync(session) - before) * 1000, called) / Refreshes);
        }
        var bound = new Bound("≤ baseline", (ours, wanted) => ours <= wanted);
        return
        [
            new Measure(
                "12 panels × 20 series × 1,000 points: first chart painted after its figures came, against what is wanted",
                "ms",
                first,
                [150],
                bound
            ),
            new Measure("the same: all twelve painted", "ms", all, [150], Bound.None),
            new Measure(
                "the same: script of one refresh of all twelve, against what is wanted",
                "ms",
                script,
                [50],
                bound
            ),
        ];
    }

    private static async Task<double> ScriptAsync(Microsoft.Playwright.ICDPSession session)
    {
        var metrics = (await session.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics");
        return metrics
            .EnumerateArray()
            .Single(metric => metric.GetProperty("name").GetString() == "ScriptDuration")
            .GetProperty("value")
            .GetDouble();
    }
}
