using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// What a rotation that restarts nobody takes from its beginning to its outcome, Vault's own answers among it: one secret of the
/// Sandbox's, each time by a plan of its own.
/// </summary>
internal sealed class RotationOverhead : IBench
{
    private const int PerRound = 5;

    public string Name => "rotation";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var dashboard = await BenchDashboard.StartAsync(
            await StartAndIdle.PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard"),
            beside: false
        );
        using var client = await dashboard.ClientOfAsync("operator");
        using var approver = await dashboard.ClientOfAsync("approver");
        List<double> taken = [];
        for (var turn = -PerRound; turn < rounds * PerRound; turn++)
        {
            var one = await OnceAsync(client, approver);
            if (turn >= 0)
                taken.Add(one);
        }
        return
        [
            new Measure("a rotation that restarts nobody", "ms", taken, [100], Bound.AtMost(100)),
            new Measure("  p95 of it", "ms", [Bound.Percentile(taken, 0.95)], [100], Bound.None),
        ];
    }

    private static async Task<double> OnceAsync(HttpClient client, HttpClient approver)
    {
        var proposal = await PolicyLooks.PostAsync(
            client,
            "/api/v1/proposals",
            new
            {
                kind = "secret.rotate",
                tenant = "rentguy",
                target = "web/payment-provider",
                parameters = new { key = "secret_key", consumers = "none" },
                reason = "measured",
                evidence = Array.Empty<object>(),
            }
        );
        var address = $"/api/v1/proposals/{proposal["id"]}";
        await PolicyLooks.PostAsync(
            approver,
            $"{address}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>() }
        );
        var outcome = await Eventually.GetAsync(
            "the rotation to end",
            async stop => (await client.GetFromJsonAsync<JsonNode>(address, stop))!["outcome"]
        );
        return outcome["state"]!.GetValue<string>() == "succeeded"
            ? outcome["durationSeconds"]!.GetValue<double>() * 1000
            : throw new InvalidOperationException(outcome.ToJsonString());
    }
}
