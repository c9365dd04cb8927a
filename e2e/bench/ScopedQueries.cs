using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// A range through the scoped API, against the same range by a bare authenticated pass-through of the same program and against
/// Prometheus itself. All three ask the same real server for the same series, in turn.
/// </summary>
internal sealed partial class ScopedQueries : IBench
{
    private const int Minute = 60;
    private const int Many = 200;
    private const int Most = 1_500;

    public string Name => "query";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var end = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / Minute * Minute - 600;
        await using var prometheus = await PrometheusHistory.StartAsync(History(end));
        await using var dashboard = await BenchDashboard.StartAsync(
            await StartAndIdle.PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard"),
            beside: true,
            ("Prometheus:Url", prometheus.Url.ToString())
        );
        using var client = await dashboard.ClientOfAsync("viewer");
        using var raw = new HttpClient { BaseAddress = prometheus.Url };
        var one = new Question("one", end - 1439 * Minute, end);
        var many = new Question("many", end - 719 * Minute, end);
        List<double>[] ones =

            [
                [],
                [],
                [],
            ],
            manies =

            [
                [],
                [],
                [],
            ];
        List<double>[] smalls =
        [
            [],
            [],
            [],
        ];
        List<double>[] mosts =
        [
            [],
            [],
            [],
        ];
        var (small, most) = (new Question("one", end, end), new Question("most", end, end));
        for (var round = -2; round < rounds; round++)
        {
            var first = await TurnAsync(one, raw, client, 40);
            var second = await TurnAsync(many, raw, client, 5);
            var third = await TurnAsync(small, raw, client, 100);
            var fourth = await TurnAsync(most, raw, client, 20);
            for (var way = 0; way < 3 && round >= 0; way++)
            {
                smalls[way].Add(third[way]);
                mosts[way].Add(fourth[way]);
                ones[way].Add(first[way]);
                manies[way].Add(second[way]);
            }
        }
        var (peak, size) = await MemoryAsync(many, client, dashboard.Process);
        return
        [
            new Measure(
                "scoped query_range, 1 series × 1,440 points, against a bare authenticated pass-through",
                "ms",
                ones[2],
                ones[1],
                Bound.Ratio(1.15)
            ),
            new Measure("the same, against the raw query", "ms", ones[2], ones[0], Bound.None),
            new Measure(
                "scoped query_range, 200 series × 720 points, against the raw query",
                "ms",
                manies[2],
                manies[0],
                Bound.Ratio(1.15)
            ),
            new Measure("the same, against a bare authenticated pass-through", "ms", manies[2], manies[1], Bound.None),
            new Measure(
                "scoped query, one sample, against the raw query",
                "ms",
                smalls[2],
                smalls[0],
                Bound.Ratio(1.6)
            ),
            new Measure("the same, against a bare authenticated pass-through", "ms", smalls[2], smalls[1], Bound.None),
            new Measure(
                "scoped query, 1,500 samples, against the raw query",
                "ms",
                mosts[2],
                mosts[0],
                Bound.Ratio(1.2)
            ),
            new Measure(
                "memory that 8 such requests at once add, against the answers' size",
                "MiB",
                [peak],
                [size],
                Bound.Ratio(1)
            ),
        ];
    }

    /// <summary>Medians of the three ways, in milliseconds, the ways taking turns request by request.</summary>
    private static async Task<double[]> TurnAsync(Question question, HttpClient raw, HttpClient client, int times)
    {
        List<double>[] taken =
        [
            [],
            [],
            [],
        ];
        for (var time = 0; time < times; time++)
        {
            taken[0].Add(await TimeAsync(raw, "/api/v1/query_range", question, scoped: true));
            taken[1].Add(await TimeAsync(client, BarePassThrough.Path, question, scoped: true));
            taken[2]
                .Add(
                    await TimeAsync(
                        client,
                        "/api/v1/tenants/rentguy/prometheus/api/v1/query_range",
                        question,
                        scoped: false
                    )
                );
        }
        return [.. taken.Select(way => Measure.Median(way))];
    }

    private static async Task<double> TimeAsync(HttpClient http, string path, Question question, bool scoped)
    {
        var clock = Stopwatch.StartNew();
        using var form = question.Form(scoped);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        await body.CopyToAsync(Stream.Null);
        return clock.Elapsed.TotalMilliseconds;
    }

    /// <summary>How far the program's peak rises over what it held, while several large answers pass at once.</summary>
    private static async Task<(double Peak, double Size)> MemoryAsync(Question question, HttpClient client, int process)
    {
        const int atOnce = 8;
        var before = Resident(process, "VmRSS");
        await File.WriteAllTextAsync($"/proc/{process}/clear_refs", "5");
        long size = 0;
        for (var time = 0; time < 5; time++)
        {
            var sizes = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => SizeAsync(client, question)));
            size = sizes.Sum();
        }
        return (Math.Max(0.1, Resident(process, "VmHWM") - before), size / 1024.0 / 1024);
    }

    private static async Task<long> SizeAsync(HttpClient client, Question question)
    {
        using var form = question.Form(scoped: false);
        using var answer = await client.PostAsync("/api/v1/tenants/rentguy/prometheus/api/v1/query_range", form);
        return (await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync()).Length;
    }

    internal static double Resident(int process, string what) =>
        double.Parse(
            Digits()
                .Match(
                    File.ReadLines($"/proc/{process}/status")
                        .First(line => line.StartsWith(what, StringComparison.Ordinal))
                )
                .Value,
            CultureInfo.InvariantCulture
        ) / 1024;

    private static IEnumerable<string> History(long end)
    {
        foreach (
            var (metric, tenant, count) in new[]
            {
                ("one", "rentguy", 1),
                ("one", "witcom", 1),
                ("many", "rentguy", Many),
                ("many", "witcom", Many),
                ("most", "rentguy", Most),
                ("most", "witcom", Most),
            }.OrderBy(m => m.Item1, StringComparer.Ordinal)
        )
        {
            if (tenant == "rentguy")
                yield return $"# TYPE {metric} gauge";
            for (var series = 0; series < count; series++)
            for (var minute = metric == "most" ? 5 : 1449; minute >= 0; minute--)
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{metric}{{tenant=\"{tenant}\",service=\"s{series}\"}} {Math.Sin(minute / 60.0 + series) * 1000 + series} {end - minute * Minute}"
                );
        }
    }

    private sealed record Question(string Metric, long Start, long End)
    {
        public FormUrlEncodedContent Form(bool scoped) =>
            new([
                new("query", scoped ? $"{Metric}{{tenant=\"rentguy\"}}" : Metric),
                new("start", Start.ToString(CultureInfo.InvariantCulture)),
                new("end", End.ToString(CultureInfo.InvariantCulture)),
                new("step", "60"),
            ]);
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
