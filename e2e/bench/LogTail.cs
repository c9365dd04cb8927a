using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.E2E.Load;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Ten thousand lines a second into one query that twenty people follow, nineteen at protocol level and one in Chromium: the
/// exact count of each at the end, no row sent to anybody twice, one tail of Loki's, what the server holds after a collection
/// no more at the end than at a third of the time, and the browser's scripting below a third of a core.
/// </summary>
/// <remarks>
/// Thirty seconds thrice; five thrice with less than seven rounds; or thrice as many as <c>SEVENSA_BENCH_SECONDS</c> says.
/// </remarks>
internal sealed partial class LogTail : IBench
{
    private const int PerSecond = 10_000;
    private const int Viewers = 20;
    private const int Batch = 500;

    public string Name => "log-tail";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var seconds =
            Environment.GetEnvironmentVariable("SEVENSA_BENCH_SECONDS") is { Length: > 0 } told
                ? int.Parse(told, CultureInfo.InvariantCulture)
            : rounds >= 7 ? 30
            : 5;
        await using var loki = await ScriptedLoki.StartAsync();
        await using var dashboard = await BenchDashboard.StartAsync(("Loki:Url", loki.Url), ("Loki:Tenancy", "Header"));
        using var http = new HttpClient { BaseAddress = dashboard.Url };
        var path = $"/tenants/rentguy/logs?live=1&query={Uri.EscapeDataString("{service=\"api\"}")}";
        using var session = await LoadSession.SignInAsync(dashboard.Url, "operator");
        await using var crowd = await CircuitCrowd.OpenAsync(session, Viewers - 1, _ => path);
        List<SentRows> watched = [.. crowd.Circuits.Select(circuit => new SentRows(circuit, Batch))];
        await using var browser = new Browser();
        await using var pages = browser.Pages();
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        await page.GotoAsync(path);
        await page.GetByText("Following, newest last").WaitForAsync();
        var devtools = await page.Context.NewCDPSessionAsync(page);
        await devtools.SendAsync("Performance.enable", new() { ["timeDomain"] = "threadTicks" });

        var sent = await SendAsync(loki, 5, 0);
        await CountAsync(page, sent);
        var script = await ScriptingAsync(devtools);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var sending = SendAsync(loki, seconds * 3, sent);
        List<double> heap = [],
            resident = [];
        for (var third = 1; third <= 3; third++)
        {
            // The last a moment before the lines end: memory is looked at under the flood.
            var due = TimeSpan.FromSeconds(seconds * third - (third == 3 ? 1 : 0)) - clock.Elapsed;
            if (due > TimeSpan.Zero)
                await Task.Delay(due);
            resident.Add(Memory.OfMb(dashboard.Process));
            heap.Add(await HeapAfterCollection.OfMbAsync(http));
        }
        sent += await sending;
        var share = (await ScriptingAsync(devtools) - script) / clock.Elapsed.TotalSeconds * 100;
        var counted = await CountAsync(page, sent);
        for (var tries = 0; tries < 150 && watched.Exists(viewer => viewer.Counted < sent); tries++)
            await Task.Delay(200);
        if (crowd.Errors.Count > 0)
            throw new InvalidOperationException(string.Join('\n', crowd.Errors));
        if (watched.Min(viewer => viewer.Rows) is < 100 and var few)
            throw new InvalidOperationException($"One of the viewers was sent {few} rows only");
        Console.Error.WriteLine(
            $"  heap after collection {string.Join(", ", heap.Select(mb => mb.ToString("0.0", CultureInfo.InvariantCulture)))} MB, resident {string.Join(", ", resident.Select(mb => mb.ToString("0", CultureInfo.InvariantCulture)))} MB"
        );
        return
        [
            new Measure("lines counted in the browser, against lines sent", "", [counted], [sent], Exact),
            new Measure(
                "lines counted by the least of 19 at protocol level, against lines sent",
                "",
                [watched.Min(viewer => viewer.Counted)],
                [sent],
                Exact
            ),
            new Measure(
                "lines counted by the most of 19, against lines sent",
                "",
                [watched.Max(viewer => viewer.Counted)],
                [sent],
                Exact
            ),
            new Measure(
                $"of {watched.Sum(viewer => viewer.Rows)} rows that the 19 were sent: doubles or not as logged, against none",
                "",
                [watched.Sum(viewer => viewer.Wrong)],
                [0],
                Exact
            ),
            new Measure("tails of Loki's for 20 viewers, against one", "", [loki.TailsOpen], [1], Exact),
            new Measure(
                $"heap after collection at {seconds * 3} s of 10,000 lines/s, against at {seconds} s",
                "MB",
                [heap[2]],
                [heap[0]],
                Bound.Ratio(1.05)
            ),
            new Measure("resident memory then, against then", "MB", [resident[2]], [resident[0]], Bound.None),
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

    /// <summary>Some hundred lines at once, twenty times a second, caught up with when the clock runs ahead.</summary>
    private static async Task<long> SendAsync(ScriptedLoki loki, int seconds, long from)
    {
        var all = (long)seconds * PerSecond;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (long n = 0; n < all; n += Batch)
        {
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
            var first = from + n;
            loki.Tell(
                "rentguy",
                [
                    .. Enumerable
                        .Range(0, Batch)
                        .Select(line => new StoredLine(
                            now + line,
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{{\"level\":\"info\",\"msg\":\"GET /api/bookings\",\"n\":{first + line},\"ms\":{line}}}"
                            )
                        )),
                ]
            );
            var due = TimeSpan.FromSeconds((n + Batch) / (double)PerSecond) - clock.Elapsed;
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

    private static async Task<double> ScriptingAsync(ICDPSession devtools)
    {
        var metrics = (await devtools.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics");
        return metrics
            .EnumerateArray()
            .First(metric => metric.GetProperty("name").GetString() == "ScriptDuration")
            .GetProperty("value")
            .GetDouble();
    }

    [GeneratedRegex("^([\\d,]+) new lines? since you look$")]
    private static partial Regex Note();
}

/// <summary>What one viewer at protocol level was sent: each row by its number, and the count that its page says.</summary>
internal sealed partial class SentRows
{
    private readonly Lock turn = new();
    private readonly HashSet<long> numbers = [];
    private readonly int batch;

    public SentRows(Circuit circuit, int batch)
    {
        this.batch = batch;
        circuit.Arrived += (_, render) => Read(render.Data);
    }

    /// <summary>Rows that were drawn, each once.</summary>
    public int Rows { get; private set; }

    /// <summary>Rows that were drawn again, and rows that are not what was logged.</summary>
    public int Wrong { get; private set; }

    public long Counted { get; private set; }

    private void Read(byte[] data)
    {
        // Texts of a render batch are plain; what is no text matches nothing.
        var text = Encoding.Latin1.GetString(data);
        lock (turn)
        {
            foreach (Match row in Row().Matches(text))
            {
                var number = long.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture);
                var fits = number % batch == long.Parse(row.Groups[2].Value, CultureInfo.InvariantCulture);
                if (numbers.Add(number) && fits)
                    Rows++;
                else
                    Wrong++;
            }
            foreach (Match note in Note().Matches(text))
                Counted = Math.Max(
                    Counted,
                    long.Parse(note.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)
                );
        }
    }

    [GeneratedRegex("\\{\"level\":\"info\",\"msg\":\"GET /api/bookings\",\"n\":(\\d+),\"ms\":(\\d+)\\}")]
    private static partial Regex Row();

    [GeneratedRegex("(\\d[\\d,]*) new lines? since you look")]
    private static partial Regex Note();
}
