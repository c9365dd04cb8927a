using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// From the approve request's sending to the first request that the runner makes to Docker for it, seen on the wire between the
/// two, with fifty runners connected: one real, the others at protocol level.
/// </summary>
internal sealed class DispatchLatency : IBench
{
    private const int Others = 49;
    private const int PerRound = 10;
    private const string Container = "rentguy-api-1";

    public string Name => "dispatch";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var program = await StartAndIdle.PublishAsync(
            "Sevensa.Dashboard/Sevensa.Dashboard.csproj",
            "Sevensa.Dashboard"
        );
        await using var engine = new DockerEngine();
        await engine.InitializeAsync();
        await engine.ImageAsync("rentguy/api:2.4.0");
        var id = await engine.ContainerAsync(
            Container,
            "rentguy/api:2.4.0",
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = "api" }
        );
        await using var tap = new DockerTap(engine);
        await using var dashboard = DashboardProcess.With([new("Docker:Endpoint", "none")], program);
        await dashboard.StartAsync();
        using var admin = await dashboard.ClientOfAsync("admin");
        using var issued = await admin.PostAsJsonAsync("/api/v1/hosts/enrolment-tokens", new { });
        var token = JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["token"]!.GetValue<string>();
        await using var runner = new RunnerProcess(
            dashboard.Url,
            token,
            new Dictionary<string, string?>
            {
                ["Runner:Name"] = "vps-real",
                ["Runner:Docker"] = tap.Endpoint,
                ["Runner:Metrics"] = "none",
            },
            program
        );
        await runner.StartAsync();
        var others = new List<ProtocolRunner>();
        for (var number = 1; number <= Others; number++)
            others.Add(await ProtocolRunner.StartAsync(dashboard.Url, admin, $"vps-{number}", 20));
        await Eventually.TrueAsync(
            "the real runner to tell",
            async stop =>
                (await admin.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", stop))!["items"]!
                    .AsArray()
                    .Count == 1
        );
        using var client = await dashboard.ClientOfAsync("operator");
        List<double> asked = [],
            changed = [];
        for (var turn = -PerRound; turn < rounds * PerRound; turn++)
        {
            var (first, change) = await OnceAsync(client, tap, id);
            if (turn >= 0)
            {
                asked.Add(first);
                changed.Add(change);
            }
        }
        foreach (var other in others)
            await other.DisposeAsync();
        return
        [
            new Measure("approve to Docker's first request, 50 runners", "ms", asked, [30], Bound.Percentile95(30)),
            new Measure("  p95 of it", "ms", [Bound.Percentile(asked, 0.95)], [30], Bound.None),
            new Measure("approve to the restart itself", "ms", changed, [30], Bound.None),
        ];
    }

    private static async Task<(double First, double Change)> OnceAsync(HttpClient client, DockerTap tap, string id)
    {
        using var asked = await client.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = Container,
                parameters = new { graceSeconds = 1 },
                reason = "measured",
                evidence = Array.Empty<object>(),
            }
        );
        var text = await asked.Content.ReadAsStringAsync();
        if (!asked.IsSuccessStatusCode)
            throw new InvalidOperationException(text);
        var proposal = JsonNode.Parse(text)!;
        var address = $"/api/v1/proposals/{proposal["id"]!.GetValue<string>()}";
        var first = new TaskCompletionSource<double>(TaskCreationOptions.RunContinuationsAsynchronously);
        var change = new TaskCompletionSource<double>(TaskCreationOptions.RunContinuationsAsynchronously);
        var clock = new Stopwatch();
        tap.OnRequest = call =>
        {
            var taken = clock.Elapsed.TotalMilliseconds;
            if (call.Path == $"containers/{id}/json")
                first.TrySetResult(taken);
            if (call.Path == $"containers/{id}/restart")
                change.TrySetResult(taken);
        };
        clock.Start();
        using var approved = await client.PostAsJsonAsync(
            $"{address}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>() }
        );
        if (!approved.IsSuccessStatusCode)
            throw new InvalidOperationException(await approved.Content.ReadAsStringAsync());
        var result = (
            await first.Task.WaitAsync(TimeSpan.FromSeconds(60)),
            await change.Task.WaitAsync(TimeSpan.FromSeconds(60))
        );
        tap.OnRequest = null;
        await Eventually.TrueAsync(
            "the action to end",
            async stop => (await client.GetFromJsonAsync<JsonNode>(address, stop))!["outcome"] is not null
        );
        return result;
    }
}
