using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// The dashboard, the runner or dockerd is killed at a random moment of approved actions, and comes back: none is lost, none
/// is run twice, no container is missing or half-renamed, and every outcome is what Docker shows. Twelve actions unless
/// SEVENSA_FAULT_ROUNDS says more (300 is the long form); SEVENSA_FAULT_SEED repeats a run.
/// </summary>
public sealed class FaultRun : IAsyncLifetime
{
    private const int AtOnce = 3;
    private const string Image = "rentguy/api:2.4.0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private static readonly string[] Names = ["rentguy-api-1", "rentguy-web-1", "rentguy-worker-1"];
    private static readonly string[] Victims = ["dashboard", "runner", "dockerd"];
    private static readonly string[] Ends =
    [
        "succeeded",
        "failed",
        "rolledBack",
        "cancelled",
        "refused",
        "expired",
        "rejected",
        "withdrawn",
    ];

    private readonly DockerEngine engine = new();
    private readonly List<Result> results = [];
    private DockerTap tap = null!;
    private DashboardProcess dashboard = null!;
    private RunnerProcess runner = null!;

    private sealed record Result(
        string Victim,
        string Kind,
        string State,
        string Text,
        bool WasUnknown,
        int Calls,
        double Seconds,
        IReadOnlyList<string> Wrong
    );

    public async ValueTask InitializeAsync()
    {
        await engine.InitializeAsync();
        await engine.ImageAsync(Image);
        foreach (var name in Names)
            await engine.ContainerAsync(
                name,
                Image,
                new Dictionary<string, string>
                {
                    ["sevensa.tenant"] = "rentguy",
                    ["sevensa.service"] = name["rentguy-".Length..^2],
                },
                // Half a second between TERM and the end, so that a kill often falls into the middle.
                ["sh", "-c", "trap 'sleep 0.5; exit 0' TERM; while :; do sleep 1 & wait $!; done"],
                request => request["HostConfig"]!["RestartPolicy"] = new JsonObject { ["Name"] = "unless-stopped" }
            );
        tap = new DockerTap(engine);
        dashboard = new DashboardProcess(
            new Dictionary<string, string?>
            {
                ["Docker:Endpoint"] = "none",
                ["Actions:SweepEvery"] = "00:00:00.500",
                ["Actions:AskAfterSilence"] = "00:00:03",
            }
        );
        await dashboard.StartAsync();
        using var admin = await dashboard.ClientOfAsync("admin");
        using var issued = await admin.PostAsJsonAsync("/api/v1/hosts/enrolment-tokens", new { });
        var token = JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["token"]!.GetValue<string>();
        runner = new RunnerProcess(
            dashboard.Url,
            token,
            new Dictionary<string, string?>
            {
                ["Runner:Name"] = "vps-fault",
                ["Runner:Docker"] = tap.Endpoint,
                ["Runner:Metrics"] = "none",
            }
        );
        await runner.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await runner.DisposeAsync();
        await dashboard.DisposeAsync();
        await tap.DisposeAsync();
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task Whatever_is_killed_nothing_is_lost_or_done_twice()
    {
        var rounds = Number("SEVENSA_FAULT_ROUNDS") ?? 12;
        var seed = Number("SEVENSA_FAULT_SEED") ?? Random.Shared.Next(1, int.MaxValue);
        var chance = new Random(seed);
        Say($"fault run: {rounds} actions, seed {seed}");
        var clock = Stopwatch.StartNew();
        for (var wave = 0; results.Count < rounds; wave++)
        {
            // Each of the three in turn, so that a short run has them all.
            await WaveAsync(Victims[wave % Victims.Length], Math.Min(AtOnce, rounds - results.Count), chance);
        }
        var table = Table(seed, clock.Elapsed);
        Say(table);
        await File.WriteAllTextAsync(Path.Combine(Workspace.Artifacts, "fault-run.md"), table);
        var wrong = results.SelectMany(result =>
            result.Wrong.Select(what => $"{result.Kind} ({result.Victim} killed): {what}")
        );
        Assert.True(!wrong.Any(), $"seed {seed}: {string.Join("\n", wrong)}\n{table}");
    }

    private async Task WaveAsync(string victim, int count, Random chance)
    {
        using var asks = await dashboard.ClientOfAsync("operator");
        using var decides = await dashboard.ClientOfAsync("approver");
        await FleetIsKnownAsync(asks);
        var actions = new List<(string Name, string Id, string Kind, string Hash, DateTimeOffset Begun)>();
        foreach (var name in Names.OrderBy(_ => chance.Next()).Take(count))
        {
            var running = await RunsAsync(name);
            var kind =
                !running ? "container.start"
                : chance.Next(3) == 0 ? "container.stop"
                : "container.restart";
            var (id, hash) = await ProposeAsync(asks, kind, name);
            actions.Add((name, id, kind, hash, DateTimeOffset.MinValue));
        }
        var moment = TimeSpan.FromMilliseconds(chance.Next(0, 1200));
        var before = tap.Calls.Count;
        var clock = Stopwatch.StartNew();
        var approvals = actions.Select(action => TryApproveAsync(decides, action.Id, action.Hash)).ToList();
        await Task.Delay(moment, TestContext.Current.CancellationToken);
        await KillAsync(victim);
        await Task.WhenAll(approvals);
        await ReviveAsync(victim);
        var seconds = new double[actions.Count];
        var ended = await Task.WhenAll(
            actions.Select(
                async (action, index) =>
                {
                    var end = await EndOfAsync(action.Id, action.Hash);
                    seconds[index] = clock.Elapsed.TotalSeconds;
                    return end;
                }
            )
        );
        var calls = tap.Calls.Skip(before).ToList();
        foreach (var (action, proposal, index) in actions.Zip(ended, Enumerable.Range(0, actions.Count)))
        {
            await JudgeAsync(victim, action.Name, action.Id, action.Kind, proposal, calls, seconds[index]);
        }
    }

    private async Task JudgeAsync(
        string victim,
        string name,
        string id,
        string kind,
        JsonNode proposal,
        IReadOnlyList<EngineCall> calls,
        double seconds
    )
    {
        var wrong = new List<string>();
        var state = proposal["state"]!.GetValue<string>();
        var text = proposal["outcome"]?["text"]?.GetValue<string>() ?? "";
        var containerId = proposal["plan"]!["containers"]![0]!["id"]!.GetValue<string>();
        var verb = kind["container.".Length..];
        var done = calls.Count(call => call.Path == $"containers/{containerId}/{verb}");
        if (done > 1)
            wrong.Add($"{id} was asked of Docker {done} times");
        if (state is "refused" or "expired" or "cancelled" && done > 0)
            wrong.Add($"{id} is {state} and yet Docker was asked to {verb}");
        if (state == "succeeded" && done != 1)
            wrong.Add($"{id} succeeded and Docker was asked {done} times");
        var events = await EventsAsync(id);
        var containers = await engine.ContainersAsync();
        var names = containers
            .Select(container => container!["Names"]![0]!.GetValue<string>().TrimStart('/'))
            .Order(StringComparer.Ordinal);
        if (!names.SequenceEqual(Names.Order(StringComparer.Ordinal)))
            wrong.Add($"the containers are {string.Join(", ", names)}");
        else
            await JudgeWorldAsync(name, kind, state, text, proposal, wrong);
        results.Add(new Result(victim, kind, state, text, events.Contains("\"unknown\""), done, seconds, wrong));
    }

    /// <summary>What the outcome says is what Docker shows, whoever was killed.</summary>
    private async Task JudgeWorldAsync(
        string name,
        string kind,
        string state,
        string text,
        JsonNode proposal,
        List<string> wrong
    )
    {
        var running = await RunsAsync(name);
        var planned = proposal["plan"]!["containers"]![0]!["state"]!.GetValue<string>() == "running";
        var expected = (kind, state) switch
        {
            ("container.stop", "succeeded") => false,
            (_, "succeeded") => true,
            // What was not done, or was undone, leaves things as they were.
            (_, "refused" or "expired" or "cancelled" or "rolledBack") => planned,
            _ => (bool?)null,
        };
        if (expected is { } must && running != must)
            wrong.Add($"{proposal["id"]} is {state} ({text}) and {name} {(running ? "runs" : "does not run")}");
        if (state == "failed" && text.Length == 0)
            wrong.Add($"{proposal["id"]} failed without saying what");
        var after = proposal["outcome"]?["after"]?.AsArray().FirstOrDefault()?["state"]?.GetValue<string>();
        if (after is not null && running != (after == "running"))
            wrong.Add(
                $"{proposal["id"]} says that {name} was {after} afterwards, and it {(running ? "runs" : "does not run")}"
            );
        if (
            kind == "container.restart"
            && state == "succeeded"
            && DateTimeOffset.Parse(await engine.StartedAtAsync(name), CultureInfo.InvariantCulture)
                < DateTimeOffset.Parse(proposal["dispatchedAt"]!.GetValue<string>(), CultureInfo.InvariantCulture)
        )
            wrong.Add($"{proposal["id"]} succeeded and {name} was not started since");
    }

    private async Task KillAsync(string victim)
    {
        switch (victim)
        {
            case "dashboard":
                await dashboard.KillAsync();
                break;
            case "runner":
                await runner.Process!.KillAsync();
                break;
            default:
                await engine.KillAsync();
                break;
        }
    }

    private Task ReviveAsync(string victim) =>
        victim switch
        {
            "dashboard" => dashboard.StartAsync(),
            "runner" => runner.StartAsync(),
            _ => engine.StartAsync(),
        };

    /// <summary>Approves once; the answer may be lost with whom gives it.</summary>
    private static async Task TryApproveAsync(HttpClient client, string id, string planHash)
    {
        try
        {
            using var answer = await client.PostAsJsonAsync($"/api/v1/proposals/{id}/approve", new { planHash });
        }
        catch (HttpRequestException)
        {
            // Killed in the middle; whether it was taken is what the proposal tells.
        }
    }

    /// <summary>Waits for the end; what was never taken is approved again, as a person would who got no answer.</summary>
    private async Task<JsonNode> EndOfAsync(string id, string planHash)
    {
        using var client = await dashboard.ClientOfAsync("approver");
        return await Eventually.GetAsync(
            $"{id} to end",
            async token =>
            {
                var proposal = (await client.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token))!;
                var state = proposal["state"]!.GetValue<string>();
                if (state == "proposed")
                {
                    using var answer = await client.PostAsJsonAsync(
                        $"/api/v1/proposals/{id}/approve",
                        new { planHash },
                        token
                    );
                    if (answer.StatusCode == HttpStatusCode.Conflict)
                    {
                        // The world changed before it was approved, so it will not be: taken back, it has an end too.
                        using var asks = await dashboard.ClientOfAsync("operator");
                        using var _ = await asks.PostAsync($"/api/v1/proposals/{id}/withdraw", null, token);
                    }
                }
                await Task.Delay(100, token);
                return Ends.Contains(state) ? proposal : null;
            },
            Patience,
            () => runner.Process!.Tail() + dashboard.Process.Tail()
        );
    }

    /// <summary>Engine, runner and dashboard agree on what runs.</summary>
    private Task FleetIsKnownAsync(HttpClient client) =>
        Eventually.TrueAsync(
            "the dashboard to know what runs",
            async token =>
            {
                var hosts = await client.GetFromJsonAsync<JsonNode>("/api/v1/hosts", token);
                if (hosts!["items"]![0]!["presence"]!.GetValue<string>() != "connected")
                    return false;
                var told = await client.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token);
                var known = told!["items"]!
                    .AsArray()
                    .Select(item => (item!["name"]!.GetValue<string>(), item["state"]!.GetValue<string>() == "running"))
                    .Order();
                var real = new List<(string, bool)>();
                foreach (var name in Names)
                    real.Add((name, await RunsAsync(name)));
                return known.SequenceEqual(real.Order());
            },
            Patience,
            () => runner.Process!.Tail() + dashboard.Process.Tail()
        );

    private static async Task<(string Id, string Hash)> ProposeAsync(HttpClient client, string kind, string name)
    {
        using var answer = await client.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind,
                tenant = "rentguy",
                target = name,
                parameters = new { },
                reason = "fault run",
                evidence = Array.Empty<object>(),
            }
        );
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        var proposal = JsonNode.Parse(body)!;
        return (proposal["id"]!.GetValue<string>(), proposal["planHash"]!.GetValue<string>());
    }

    private async Task<string> EventsAsync(string id)
    {
        using var client = await dashboard.ClientOfAsync("approver");
        return await client.GetStringAsync(new Uri($"/api/v1/proposals/{id}/events", UriKind.Relative));
    }

    private async Task<bool> RunsAsync(string name) =>
        (await engine.InspectAsync(name))["State"]!["Running"]!.GetValue<bool>();

    private string Table(int seed, TimeSpan took)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"seed {seed}, {results.Count} approved actions, {Math.Round(took.TotalSeconds)} s\n\n"
        );
        text.Append(
            "| killed | actions | succeeded | failed | rolled back | refused | withdrawn or expired | unknown for a while | slowest, s | wrong |\n"
        );
        text.Append("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (var group in results.GroupBy(result => result.Victim).Append(new Everything(results)))
        {
            int Count(params string[] states) => group.Count(result => states.Contains(result.State));
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {group.Key} | {group.Count()} | {Count("succeeded")} | {Count("failed")} | {Count("rolledBack")} | {Count("refused")} | {Count("withdrawn", "expired")} | {group.Count(result => result.WasUnknown)} | {group.Max(result => result.Seconds):0.0} | {group.Sum(result => result.Wrong.Count)} |\n"
            );
        }
        text.Append('\n');
        foreach (
            var other in results
                .Where(result => result.State != "succeeded")
                .GroupBy(result => (result.Victim, result.Kind, result.State, result.Text))
        )
            text.Append(
                CultureInfo.InvariantCulture,
                $"- {other.Count()}× {other.Key.Kind}, {other.Key.Victim} killed: {other.Key.State}. {other.Key.Text}\n"
            );
        return text.ToString();
    }

    private sealed class Everything(List<Result> all) : List<Result>(all), IGrouping<string, Result>
    {
        public string Key => "all";
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;

    private static void Say(string text)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        Console.WriteLine(text);
    }
}
