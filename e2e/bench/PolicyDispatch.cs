using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// From the time of the sample in Prometheus that sets a policy off, to when its action went out to the host, as the action itself says
/// (that it was approved is not enough); policies are looked at every second, and Prometheus scrapes as often.
/// </summary>
internal sealed class PolicyDispatch : IBench
{
    private const string Query = "jobs_queue_length{service=\"worker\"}";

    /// <summary>Of an hour's budget.</summary>
    private const int Most = 20;

    public string Name => "policy-dispatch";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var length = 0;
        await using var prometheus = await CountedPrometheus.StartAsync(() =>
            $"jobs_queue_length{{tenant=\"rentguy\",service=\"worker\"}} {Volatile.Read(ref length)}\n"
        );
        await using var dashboard = await BenchDashboard.StartAsync(
            ("Prometheus:Url", prometheus.Url),
            ("Policies:EverySeconds", "1"),
            // It is measured oftener than a service is usually restarted.
            ("Policies:ServicePerHour", "100")
        );
        using var client = await dashboard.ClientOfAsync("operator");
        using var approver = await dashboard.ClientOfAsync("approver");
        using var admin = await dashboard.ClientOfAsync("admin");
        var policy = await EnforcedAsync(client, admin, approver);
        List<double> taken = [];
        for (var round = -1; round < Math.Min(rounds, Most - 1); round++)
        {
            Volatile.Write(ref length, 42);
            var acted = await UntilAsync(client, $"{policy}/evaluations?verdict=acted", round + 2);
            var told = await DispatchedAsync(client, acted["proposal"]!.GetValue<string>());
            var sample = await FirstSampleAsync(client, round + 2);
            Volatile.Write(ref length, 0);
            if (round >= 0)
                taken.Add(told.ToUnixTimeMilliseconds() - sample * 1000);
            // Its outcome is waited for before it acts again.
            await Eventually.TrueAsync(
                $"the outcome of {acted["id"]}",
                async stop =>
                    (await client.GetFromJsonAsync<JsonNode>($"{policy}/evaluations?verdict=acted", stop))!["items"]!
                        .AsArray()
                        .All(look => look!["outcome"] is not null)
            );
        }
        return
        [
            new Measure("from a policy's sample to its dispatched action", "ms", taken, [2000], Bound.AtMost(2000)),
        ];
    }

    private static async Task<string> EnforcedAsync(HttpClient client, HttpClient admin, HttpClient approver)
    {
        await Eventually.TrueAsync(
            "the hosts to tell",
            async stop =>
                (await client.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", stop))!["items"]!
                    .AsArray()
                    .Count > 0
        );
        var made = await PolicyLooks.PostAsync(
            client,
            "/api/v1/policies",
            new
            {
                tenant = "rentguy",
                name = "Stuck",
                services = new[] { "worker" },
                trigger = new { kind = "metric", query = $"{Query} > 10" },
                action = new { kind = "container.restart", parameters = new { graceSeconds = 1 } },
                @for = "0s",
                cooldown = "0s",
                budget = new { perHour = Most, perDay = Most },
                outcome = new { within = "10s" },
            }
        );
        var policy = $"/api/v1/policies/{made["id"]}";
        await PolicyLooks.PostAsync(client, $"{policy}/promote", new { });
        var proposal = (
            await PolicyLooks.PostAsync(admin, $"{policy}/promote", new { reason = "measured", waiveAgreements = true })
        )["proposal"]!;
        await PolicyLooks.PostAsync(
            approver,
            $"{proposal["url"]}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>() }
        );
        await Eventually.TrueAsync(
            "the policy to be enforced",
            async stop =>
                (await client.GetFromJsonAsync<JsonNode>(policy, stop))!["stage"]!.GetValue<string>() == "enforced"
        );
        return policy;
    }

    private static async Task<DateTimeOffset> DispatchedAsync(HttpClient client, string proposal) =>
        (
            await Eventually.GetAsync(
                "the action to go out",
                async stop =>
                    (await client.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{proposal}", stop))!["dispatchedAt"]
            )
        ).GetValue<DateTimeOffset>();

    private static Task<JsonNode> UntilAsync(HttpClient client, string looks, int count) =>
        Eventually.GetAsync(
            $"{count} actions",
            async stop =>
                (await client.GetFromJsonAsync<JsonNode>(looks, stop))!["items"]!.AsArray() is var all
                && all.Count >= count
                    ? all[0]
                    : null
        );

    /// <summary>When the queue was last seen to begin to be stuck, in seconds.</summary>
    private static async Task<double> FirstSampleAsync(HttpClient client, int round)
    {
        var answer = await client.GetFromJsonAsync<JsonNode>(
            $"/api/v1/tenants/rentguy/prometheus/api/v1/query?query={Uri.EscapeDataString($"{Query}[20s]")}"
        );
        var values = answer!["data"]!["result"]![0]!["values"]!.AsArray();
        double? first = null;
        foreach (var value in values)
        {
            if (value![1]!.GetValue<string>() == "0")
                first = null;
            else
                first ??= value[0]!.GetValue<double>();
        }
        return first
            ?? throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"Round {round} has no sample: {answer}")
            );
    }
}
