using System.Diagnostics;
using System.Globalization;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>A policy over ten services, and one that scales by a forecast, tried on thirty days of a real Prometheus minute by minute.</summary>
internal sealed class PolicyBacktests : IBench
{
    private const int Days = 30;
    private const int Services = 10;

    public string Name => "policy-backtest";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var end = TimeProvider.System.GetUtcNow();
        await using var prometheus = await PrometheusHistory.StartAsync(Past(end));
        await using var dashboard = await BenchDashboard.StartAsync(
            ("Prometheus:Url", prometheus.Url.ToString()),
            ("Policies:EverySeconds", "600")
        );
        using var client = await dashboard.ClientOfAsync("operator");
        var plain = await PolicyLooks.PostAsync(
            client,
            "/api/v1/policies",
            new
            {
                tenant = "rentguy",
                name = "Too long",
                trigger = new { kind = "metric", query = "max by (service) (jobs_queue_length) > 80" },
                action = new { kind = "container.restart" },
                @for = "10m",
            }
        );
        var scaled = await PolicyLooks.PostAsync(
            client,
            "/api/v1/policies",
            new
            {
                tenant = "rentguy",
                name = "Before the peak",
                services = new[] { "s1" },
                trigger = new
                {
                    kind = "forecast",
                    query = "max by (service) (jobs_queue_length)",
                    scale = new { perReplica = 30, max = 6 },
                },
                action = new { kind = "service.scale" },
                @for = "5m",
                budget = new { perHour = 4, perDay = 12 },
            }
        );
        List<double> plainly = [],
            byForecast = [];
        for (var round = -1; round < rounds; round++)
        {
            var (one, other) = (await TryAsync(client, plain["id"]), await TryAsync(client, scaled["id"]));
            if (round < 0)
                continue;
            plainly.Add(one);
            byForecast.Add(other);
        }
        return
        [
            new Measure(
                "backtest of 30 days at 1-minute steps, 10 services",
                "ms",
                plainly,
                [10_000],
                Bound.AtMost(10_000)
            ),
            new Measure("the same of one that scales by a forecast", "ms", byForecast, [10_000], Bound.AtMost(10_000)),
        ];
    }

    private static async Task<double> TryAsync(HttpClient client, object? policy)
    {
        var clock = Stopwatch.StartNew();
        var result = await PolicyLooks.PostAsync(client, $"/api/v1/policies/{policy}/backtest", new { days = Days });
        var taken = clock.Elapsed.TotalMilliseconds;
        if (result["acted"]!.GetValue<int>() == 0)
            throw new InvalidOperationException($"It would never have acted: {result}");
        return taken;
    }

    /// <summary>By the minute, in order of time for each service: a day's wave and some noise.</summary>
    private static IEnumerable<string> Past(DateTimeOffset end)
    {
        yield return "# TYPE jobs_queue_length gauge";
        for (var service = 1; service <= Services; service++)
        {
            for (var minute = Days * 1440; minute >= 0; minute--)
            {
                var at = end.AddMinutes(-minute);
                var value =
                    50
                    - 40 * Math.Cos(2 * Math.PI * (at.TimeOfDay.TotalMinutes / 1440 + service / 100.0))
                    + 3 * Math.Sin(minute * 12.9898 % 1000);
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"jobs_queue_length{{tenant=\"rentguy\",service=\"s{service}\"}} {value:0.##} {at.ToUnixTimeSeconds()}"
                );
            }
        }
    }
}
