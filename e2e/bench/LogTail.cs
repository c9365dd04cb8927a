using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.E2E.Load;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Ten thousand lines a second into one query that twenty people follow, nineteen at protocol level and one in Chromium: the
/// exact count at the end, one tail of Loki's, the server's memory flat, and the browser's scripting below a third of a core.
/// </summary>
internal sealed partial class LogTail : IBench
{
    private const int PerSecond = 10_000;
    private const int Viewers = 20;

    public string Name => "log-tail";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var seconds = rounds >= 7 ? 60 : Math.Max(10, rounds * 10);
        await using var loki = await ScriptedLoki.StartAsync();
        await using var dashboard = DashboardProcess.With(
            new Dictionary<string, string?> { ["Loki:Url"] = loki.Url, ["Loki:Tenancy"] = "Header" }
        );
        await dashboard.InitializeAsync();
        var path = $"/tenants/rentguy/logs?live=1&query={Uri.EscapeDataString("{service=\"api\"}")}";
        using var session = await LoadSession.SignInAsync(dashboard.Url, "operator");
        await using var crowd = await CircuitCrowd.OpenAsync(session, Viewers - 1, _ => path);
        await using var browser = new Browser();
        await browser.InitializeAsync();
        await using var pages = browser.Pages();
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        await page.GotoAsync(path);
        await page.GetByText("Following, newest last").WaitForAsync();
        var devtools = await page.Context.NewCDPSessionAsync(page);
        await devtools.SendAsync("Performance.enable", new() { ["timeDomain"] = "threadTicks" });

        var sent = await SendAsync(loki, 5, 0);
        await CountAsync(page, sent);
        var memoryBefore = Memory.OfMb(dashboard.Process.Id);
        var memoryMost = memoryBefore;
        var (scriptBefore, taskBefore) = await ScriptingAsync(devtools);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var sending = SendAsync(loki, seconds, sent);
        while (!sending.IsCompleted)
        {
            memoryMost = Math.Max(memoryMost, Memory.OfMb(dashboard.Process.Id));
            await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(1)));
        }
        sent += await sending;
        var (scriptAfter, _) = await ScriptingAsync(devtools);
        var share = (scriptAfter - scriptBefore) / clock.Elapsed.TotalSeconds * 100;
        var counted = await CountAsync(page, sent);
        if (crowd.Errors.Count > 0)
            throw new InvalidOperationException(string.Join('\n', crowd.Errors));
        return
        [
            new Measure("lines counted in the browser, against lines sent", "", [counted], [sent], Exact),
            new Measure("tails of Loki's for 20 viewers, against one", "", [loki.TailsOpen], [1], Exact),
            new Measure(
                $"memory at most over {seconds} s of 10,000 lines/s, against its begin",
                "MB",
                [memoryMost],
                [memoryBefore],
                Bound.Added(150)
            ),
            new Measure(
                "scripting in Chromium, in hundredths of a core, against 30",
                "%",
                [share],
                [30],
                Bound.Ratio(1)
            ),
        ];
    }

    private static Bound Exact { get; } = new("= exactly", (ours, baseline) => Math.Abs(ours - baseline) < 0.5);

    /// <summary>A hundred lines every ten milliseconds, caught up with when the clock runs ahead.</summary>
    private static async Task<long> SendAsync(ScriptedLoki loki, int seconds, long from)
    {
        const int batch = 500;
        var all = (long)seconds * PerSecond;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (long n = 0; n < all; n += batch)
        {
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
            var first = from + n;
            loki.Tell(
                "rentguy",
                [
                    .. Enumerable
                        .Range(0, batch)
                        .Select(line => new StoredLine(
                            now + line,
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{{\"level\":\"info\",\"msg\":\"GET /api/bookings\",\"n\":{first + line},\"ms\":{line}}}"
                            )
                        )),
                ]
            );
            var due = TimeSpan.FromSeconds((n + batch) / (double)PerSecond) - clock.Elapsed;
            if (due > TimeSpan.Zero)
                await Task.Delay(due);
        }
        return all;
    }

    /// <summary>What the page has counted when it has counted this many, or after a while.</summary>
    private static async Task<long> CountAsync(IPage page, long wanted)
    {
        var note = page.GetByText(Note());
        long counted = 0;
        for (var tries = 0; tries < 300 && counted < wanted; tries++)
        {
            counted = long.Parse(
                Note().Match(await note.InnerTextAsync()).Groups[1].Value,
                NumberStyles.AllowThousands,
                CultureInfo.InvariantCulture
            );
            await Task.Delay(200);
        }
        return counted;
    }

    private static async Task<(double Script, double Task)> ScriptingAsync(ICDPSession devtools)
    {
        var metrics = (await devtools.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics");
        double Of(string name) =>
            metrics
                .EnumerateArray()
                .First(metric => metric.GetProperty("name").GetString() == name)
                .GetProperty("value")
                .GetDouble();
        return (Of("ScriptDuration"), Of("TaskDuration"));
    }

    [GeneratedRegex("^([\\d,]+) new lines? since you look$")]
    private static partial Regex Note();
}
