using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.E2E.Load;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Two hundred people look at one tenant's metrics, three of them in real browsers: what Prometheus is asked compared with one
/// viewer, how long after its answer the figures are with everybody, and what each viewer holds beside an empty circuit. And what a
/// panel of a day asks for as it stays open.
/// </summary>
internal sealed class Viewers : IBench
{
    private const int Crowd = 200;
    private const string Page = "/tenants/rentguy/metrics?from=now-15m&to=now";

    /// <summary>Of the page's panels, in seconds; what else is asked brings nothing new to this page.</summary>
    private const int Step = 5;
    private static readonly TimeSpan Looked = TimeSpan.FromSeconds(60);

    public string Name => "viewers";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var prometheus = await CountedPrometheus.StartAsync();
        await using var dashboard = await BenchDashboard.StartAsync(
            ("Prometheus:Url", prometheus.Url),
            ("Metrics:RateWindow", "10s")
        );
        using var session = await LoadSession.SignInAsync(dashboard.Url, "viewer");
        var (fetched, refetched) = await OfADayAsync(prometheus, session);
        Dictionary<string, double> one;
        HashSet<string> known;
        var opened = Stopwatch.GetTimestamp();
        await using (var alone = await CircuitCrowd.OpenAsync(session, 1, _ => Page))
        {
            one = await LookAsync(prometheus);
            known = [.. prometheus.All.Where(asked => asked.At >= opened).Select(asked => asked.Key)];
        }
        var before = ScopedQueries.Resident(dashboard.Process, "VmRSS");
        await using var crowd = await CircuitCrowd.OpenAsync(session, Crowd, _ => Page);
        var held = (ScopedQueries.Resident(dashboard.Process, "VmRSS") - before) / Crowd;
        await using var browser = new Browser();
        await using var pages = browser.Pages();
        for (var shown = 0; shown < 3; shown++)
        {
            var page = await pages.SignInAsync(dashboard.Url, "viewer");
            await page.GotoAsync(Page);
            await page.Locator(".plot[data-points]").First.WaitForAsync();
        }
        var seen = new ConcurrentQueue<(Circuit Circuit, long At)>();
        foreach (var circuit in crowd.Circuits)
            circuit.Arrived += (who, batch) => seen.Enqueue((who, batch.Arrived));
        var from = Stopwatch.GetTimestamp();
        var many = await LookAsync(prometheus);
        if (crowd.Errors.Count > 0)
            throw new InvalidOperationException(string.Join('\n', crowd.Errors.Take(3)));
        var lags = Lags(
            [.. prometheus.All.Where(asked => asked.IsOf(Step) && asked.At >= from).Select(asked => asked.Answered)],
            [.. seen]
        );
        var others = many.Keys.Where(question => !known.Contains(question)).ToList();
        foreach (var question in others)
            Console.Error.WriteLine($"asked for {Crowd} viewers and not for one: {question}");
        foreach (var question in one.Keys.Union(many.Keys))
        {
            var (of, by) = (one.GetValueOrDefault(question), many.GetValueOrDefault(question));
            if (by > of * 1.03)
                Console.Error.WriteLine($"{by:0.000} a second for {Crowd} viewers, {of:0.000} for one: {question}");
        }
        var empty = await EmptyAsync();
        return
        [
            new Measure(
                $"queries of {Crowd} viewers and 3 browsers, against one viewer",
                "1/s",
                [many.Values.Sum()],
                [one.Values.Sum()],
                // What the timers' moments are off by, over a minute.
                Bound.Ratio(1.02)
            ),
            new Measure(
                "questions that are asked for them and not for one viewer",
                "",
                [others.Count],
                [0],
                Bound.AtMost(0)
            ),
            new Measure(
                "p95 of the way from Prometheus' answers to the last render batch of each viewer, against what is wanted",
                "ms",
                [Percentile(lags, 0.95)],
                [500],
                new Bound("≤ baseline", (ours, wanted) => ours <= wanted)
            ),
            new Measure("memory for each viewer, against an empty Blazor circuit", "MiB", [held], [empty], Bound.None),
            new Measure(
                "samples that a panel of 24 h fetches when looked at again every 5 s, against fetching it anew",
                "samples",
                [fetched],
                [refetched],
                Bound.Ratio(0.01)
            ),
        ];
    }

    /// <summary>
    /// How often each question is asked in a second while everybody looks. What is asked less than every twenty seconds (the
    /// probe of the connection, windows of days) is asked whoever looks; a stretch holds one more or less of it by where it
    /// begins, so its rate says nothing and is left out.
    /// </summary>
    private static async Task<Dictionary<string, double>> LookAsync(CountedPrometheus prometheus)
    {
        await Task.Delay(TimeSpan.FromSeconds(10));
        var from = Stopwatch.GetTimestamp();
        await Task.Delay(Looked);
        return prometheus
            .All.Where(asked => asked.At >= from)
            .GroupBy(asked => asked.Key, asked => asked.At, StringComparer.Ordinal)
            .ToDictionary(question => question.Key, Often, StringComparer.Ordinal);
    }

    // From the first asking to the last, and not over the stretch, for the same reason.
    private static double Often(IEnumerable<long> askings)
    {
        var all = askings.Order().ToArray();
        return all.Length <= Looked / TimeSpan.FromSeconds(20)
            ? 0
            : (all.Length - 1) * 1000.0 / Milliseconds(all[^1] - all[0]);
    }

    /// <summary>Samples of the looks after the first, and what as many whole looks would have fetched.</summary>
    private static async Task<(double Fetched, double Refetched)> OfADayAsync(
        CountedPrometheus prometheus,
        LoadSession session
    )
    {
        var looks = Looked / TimeSpan.FromSeconds(5);
        var before = prometheus.Samples;
        await using var day = await CircuitCrowd.OpenAsync(
            session,
            1,
            _ => "/tenants/rentguy/explore?query=vector(time())&from=now-24h&to=now"
        );
        await Eventually.TrueAsync("the whole day to be fetched", _ => Task.FromResult(prometheus.Samples > before));
        var whole = prometheus.Samples - before;
        await Task.Delay(Looked);
        return (prometheus.Samples - before - whole, whole * looks);
    }

    /// <summary>For each burst of answers and each viewer, from its last answer to the last batch that it brings.</summary>
    private static List<double> Lags(long[] answers, (Circuit Circuit, long At)[] batches)
    {
        var lags = new List<double>();
        var within = Stopwatch.Frequency * Step / 2;
        var bursts = answers.Where((at, i) => i + 1 < answers.Length && answers[i + 1] - at > within);
        var byCircuit = batches
            .GroupBy(batch => batch.Circuit)
            .Select(own => own.Select(batch => batch.At).Order().ToArray())
            .ToList();
        foreach (var burst in bursts)
        {
            foreach (var own in byCircuit)
            {
                // None is a viewer who was left out, which no percentile may hide.
                var last = own.LastOrDefault(at => at > burst && at <= burst + within);
                lags.Add(last == 0 ? double.PositiveInfinity : Milliseconds(last - burst));
            }
        }
        return lags;
    }

    private static double Milliseconds(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;

    private static double Percentile(List<double> values, double share) =>
        values.Count == 0 ? double.PositiveInfinity : values.Order().ElementAt((int)(share * (values.Count - 1)));

    private static async Task<double> EmptyAsync()
    {
        var assembly = await StartAndIdle.PublishAsync("e2e/bench/EmptyBlazor/EmptyBlazor.csproj", "EmptyBlazor");
        var url = new Uri($"http://127.0.0.1:{Workspace.FreePort()}/");
        await using var process = ServerProcess.Start(
            "empty",
            "dotnet",
            [assembly],
            new Dictionary<string, string?> { ["ASPNETCORE_URLS"] = url.ToString().TrimEnd('/') },
            Path.GetDirectoryName(assembly)
        );
        using var http = new HttpClient();
        await process.ReadyAsync(async token =>
        {
            using var answer = await http.GetAsync(url, token);
            return answer.StatusCode == HttpStatusCode.OK;
        });
        using var session = LoadSession.Anonymous(url);
        await using (await CircuitCrowd.OpenAsync(session, 5, _ => "/")) { }
        var before = ScopedQueries.Resident(process.Id, "VmRSS");
        await using var crowd = await CircuitCrowd.OpenAsync(session, Crowd, _ => "/");
        return (ScopedQueries.Resident(process.Id, "VmRSS") - before) / Crowd;
    }
}
