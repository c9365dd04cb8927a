using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Two hundred policies over fifty services, each with a number of its own to compare with, a tenth of them holding: how long one look at
/// all of them takes, and what Prometheus is asked for it beside the dashboards that ask for the same figures.
/// </summary>
internal sealed class PolicyLooks : IBench
{
    private const int Services = 50;

    /// <summary>What dashboards show of services: share of memory, processor, requests and queue.</summary>
    private static readonly string[] Shown =
    [
        "max by (service) (container_memory_working_set_bytes / (container_spec_memory_limit_bytes > 0))",
        "sum by (service) (rate(container_cpu_usage_seconds_total[10s]))",
        "sum by (service) (rate(http_requests_total[10s]))",
        "max by (service) (jobs_queue_length)",
    ];

    public string Name => "policy-looks";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var prometheus = await CountedPrometheus.StartAsync(Figures);
        await using var dashboard = await BenchDashboard.StartAsync(
            ("Prometheus:Url", prometheus.Url),
            // It looks when it is told to.
            ("Policies:EverySeconds", "600")
        );
        using var client = await dashboard.ClientOfAsync("operator");
        for (var service = 1; service <= Services; service++)
        {
            for (var shown = 0; shown < Shown.Length; shown++)
                await WatchedAsync(client, service, shown);
        }
        List<double> taken = [],
            asked = [],
            shownOnce = [];
        // The first look compiles and the second has rates of two scrapes.
        for (var round = -3; round < rounds; round++)
        {
            var before = Asked(prometheus);
            var look = double.Parse(
                await client.GetStringAsync(new Uri(BarePolicyLook.Path, UriKind.Relative)),
                CultureInfo.InvariantCulture
            );
            var between = Asked(prometheus);
            foreach (var query in Shown)
            {
                await client.GetStringAsync(
                    new Uri(
                        $"/api/v1/tenants/rentguy/prometheus/api/v1/query?query={Uri.EscapeDataString(query)}",
                        UriKind.Relative
                    )
                );
            }
            if (round < 0)
                continue;
            taken.Add(look);
            asked.Add(between - before);
            shownOnce.Add(Asked(prometheus) - between);
        }
        return
        [
            new Measure("one look at 200 policies over 50 services", "ms", taken, [1000], Bound.AtMost(1000)),
            new Measure(
                "what it asks Prometheus, against dashboards that ask for the same figures once",
                "",
                asked,
                shownOnce,
                Bound.Ratio(1.1)
            ),
        ];
    }

    private static int Asked(CountedPrometheus prometheus) =>
        prometheus.All.Count(one => one.Key.StartsWith("/api/v1/query", StringComparison.Ordinal));

    private static async Task WatchedAsync(HttpClient client, int service, int shown)
    {
        // In order of the services: those of the first ten hold for the queue's length, the others' numbers are never met.
        var beyond = shown == 3 && service <= 20 ? service / 100.0 : 1e12 + service;
        var made = await PostAsync(
            client,
            "/api/v1/policies",
            new
            {
                tenant = "rentguy",
                name = $"Watch {service} {shown}",
                services = new[] { $"s{service}" },
                trigger = new
                {
                    kind = "metric",
                    query = string.Create(CultureInfo.InvariantCulture, $"{Shown[shown]} > {beyond}"),
                },
                action = new { kind = "container.restart" },
                @for = "5m",
            }
        );
        await PostAsync(client, $"/api/v1/policies/{made["id"]}/promote", new { });
    }

    internal static async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{path}: {text}");
        return JsonNode.Parse(text)!;
    }

    private static string Figures()
    {
        var seconds = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        var text = new StringBuilder();
        for (var service = 1; service <= Services; service++)
        {
            var labels = $"tenant=\"rentguy\",service=\"s{service}\"";
            void Line(string name, double value) =>
                text.Append(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value}\n");
            Line("http_requests_total", seconds * service);
            Line("container_cpu_usage_seconds_total", seconds * 0.2);
            Line("container_memory_working_set_bytes", 2e8 + 1e7 * Math.Sin(seconds / 30));
            Line("container_spec_memory_limit_bytes", 5e8);
            Line("jobs_queue_length", 5);
        }
        return text.ToString();
    }
}
