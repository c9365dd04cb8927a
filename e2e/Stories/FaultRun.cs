using System.Collections.Concurrent;
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
/// is run twice, no container is missing or half-renamed, and every outcome is what Docker shows. Among them are those that put
/// containers in the place of others: deploys, rollbacks, scaling, limits. Twelve actions unless SEVENSA_FAULT_ROUNDS says more (300 is the long form); SEVENSA_FAULT_SEED repeats a run.
/// </summary>
[TakesLong(260)]
public sealed class FaultRun : IAsyncLifetime
{
    private const int AtOnce = 3;
    private static readonly string[] Images = ["rentguy/api:2.4.0", "rentguy/api:2.4.1"];
    private static readonly int[] Memory = [64, 96];
    private static readonly string[] Services = ["api", "web", "worker"];
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

    /// <summary>How long the approvals took that were taken.</summary>
    private readonly List<TimeSpan> answered = [];

    /// <summary>What was answered to the other approvals.</summary>
    private readonly ConcurrentQueue<string> refused = new();

    /// <summary>Whether the victim of this wave is dead, or about to be.</summary>
    private volatile bool killing;
    private readonly FaultJudge judge;
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

    public FaultRun() => judge = new FaultJudge(engine);

    public async ValueTask InitializeAsync()
    {
        await engine.InitializeAsync();
        foreach (var image in Images)
            await engine.ImageAsync(image);
        foreach (var service in Services)
        {
            await engine.ContainerAsync(
                NameOf(service),
                Images[0],
                new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = service },
                // Half a second between TERM and the end, so that a kill often falls into the middle.
                ["sh", "-c", "trap 'sleep 0.5; exit 0' TERM; while :; do sleep 1 & wait $!; done"],
                request =>
                {
                    request["HostConfig"]!["RestartPolicy"] = new JsonObject { ["Name"] = "unless-stopped" };
                    request["HostConfig"]!["Memory"] = (long)Memory[0] << 20;
                    request["HostConfig"]!["MemorySwap"] = -1;
                }
            );
            judge.Begin(service, NameOf(service));
        }
        tap = new DockerTap(engine);
        dashboard = new DashboardProcess(
            new Dictionary<string, string?>
            {
                ["Docker:Endpoint"] = "none",
                ["Actions:SweepEvery"] = "00:00:00.500",
                ["Actions:AskAfterSilence"] = "00:00:03",
                // What is judged is what was approved, not what a watch makes of it.
                ["Releases:WatchFor"] = "00:00:00",
                ["Scans:Policy"] = "report",
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
        var wrong = Wrong();
        Assert.True(wrong.Count == 0, $"seed {seed}: {string.Join("\n", wrong)}\n{table}");
    }

    /// <summary>Six actions unless SEVENSA_FAULT_REPORT_ROUNDS says more (60 is the long form).</summary>
    [Fact]
    public async Task While_large_reports_come_in_approvals_are_answered_and_none_is_lost_or_done_twice()
    {
        var rounds = Number("SEVENSA_FAULT_REPORT_ROUNDS") ?? 6;
        var seed = Number("SEVENSA_FAULT_SEED") ?? Random.Shared.Next(1, int.MaxValue);
        var chance = new Random(seed);
        Say($"fault run beside reports: {rounds} actions, seed {seed}");
        var clock = Stopwatch.StartNew();
        await using var reports = new ReportStream(dashboard);
        reports.Begin();
        for (var wave = 0; results.Count < rounds; wave++)
        {
            await WaveAsync(Victims[wave % Victims.Length], Math.Min(AtOnce, rounds - results.Count), chance);
        }
        await reports.EndAsync();
        using (var admin = await dashboard.ClientOfAsync("admin"))
        {
            var verified = await admin.GetFromJsonAsync<JsonNode>("/api/v1/audit/verify");
            Assert.True(verified!["valid"]!.GetValue<bool>(), verified.ToString());
        }
        Assert.True(answered.Count > 0, $"No approval was taken.\n{string.Join("\n", refused)}");
        answered.Sort();
        var table =
            Table(seed, clock.Elapsed)
            + FormattableString.Invariant(
                $"\n- Approvals that were taken: {answered.Count}, in the middle after {answered[answered.Count / 2].TotalMilliseconds:0} ms, the slowest after {answered[^1].TotalMilliseconds:0} ms.\n"
            )
            + reports.Words;
        Say(table);
        await File.WriteAllTextAsync(Path.Combine(Workspace.Artifacts, "fault-run-reports.md"), table);
        List<string> wrong = [.. Wrong(), .. reports.Wrong];
        Assert.True(wrong.Count == 0, $"seed {seed}: {string.Join("\n", wrong)}\n{table}");
        Assert.True(reports.Taken > 0, "No report was taken in.");
        // None waits for a report; how long that would be depends on how busy the machine is.
        Assert.True(answered[answered.Count / 2] < Longer(TimeSpan.FromSeconds(1), reports.Middle / 4), table);
        // One of them may have met a moment in which a busy machine had no time for it.
        Assert.True(answered[^1] < Longer(TimeSpan.FromSeconds(5), reports.Slowest), table);
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private async Task WaveAsync(string victim, int count, Random chance)
    {
        using var asks = await dashboard.ClientOfAsync("operator");
        using var decides = await dashboard.ClientOfAsync("approver");
        await FleetIsKnownAsync(asks);
        var actions = new List<FaultAction>();
        foreach (var service in Services.OrderBy(_ => chance.Next()).Take(count))
            actions.Add(await ProposeAsync(asks, service, chance));
        var moment = TimeSpan.FromMilliseconds(chance.Next(0, actions.Exists(action => action.Makes) ? 4000 : 1200));
        var before = tap.Calls.Count;
        var clock = Stopwatch.StartNew();
        killing = false;
        var approvals = actions.Select(action => TryApproveAsync(decides, action.Id, action.Hash)).ToList();
        await Task.Delay(moment, TestContext.Current.CancellationToken);
        killing = true;
        await KillAsync(victim);
        answered.AddRange((await Task.WhenAll(approvals)).OfType<TimeSpan>());
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
            var (done, wrong) = await judge.JudgeAsync(action, proposal, calls);
            results.Add(
                new Result(
                    victim,
                    action.Kind,
                    proposal["state"]!.GetValue<string>(),
                    proposal["outcome"]?["text"]?.GetValue<string>() ?? "",
                    (await EventsAsync(action.Id)).Contains("\"unknown\"", StringComparison.Ordinal),
                    done,
                    seconds[index],
                    wrong
                )
            );
        }
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

    private List<string> Wrong() =>
        [
            .. results.SelectMany(result =>
                result.Wrong.Select(what => $"{result.Kind} ({result.Victim} killed): {what}")
            ),
            .. refused,
        ];

    /// <summary>Approves once; the answer may be lost with whom gives it.</summary>
    /// <returns>How long it took; null when it was not taken or nobody knows.</returns>
    private async Task<TimeSpan?> TryApproveAsync(HttpClient client, string id, string planHash)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            using var answer = await client.PostAsJsonAsync($"/api/v1/proposals/{id}/approve", new { planHash });
            var took = clock.Elapsed;
            if (answer.IsSuccessStatusCode)
                return took;
            // What was killed is part of the world that the plan was made for: it is taken back, as EndOfAsync does.
            if (answer.StatusCode == HttpStatusCode.Conflict && killing)
                return null;
            refused.Enqueue(
                $"The approval of {id} was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}"
            );
            return null;
        }
        catch (HttpRequestException)
        {
            // Killed in the middle; whether it was taken is what the proposal tells.
            return null;
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
            Patience.Usual,
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
                    .Select(item => (item!["id"]!.GetValue<string>(), item["state"]!.GetValue<string>() == "running"))
                    .Order();
                var real = (await engine.ContainersAsync()).Select(container =>
                    (container!["Id"]!.GetValue<string>(), container["State"]!.GetValue<string>() == "running")
                );
                return known.SequenceEqual(real.Order());
            },
            Patience.Usual,
            () => runner.Process!.Tail() + dashboard.Process.Tail()
        );

    private async Task<FaultAction> ProposeAsync(HttpClient client, string service, Random chance)
    {
        var name = NameOf(service);
        var before = await engine.InspectAsync(name);
        var other = Images.Single(image => image != before["Config"]!["Image"]!.GetValue<string>());
        var memory = Memory.Single(mib => (long)mib << 20 != before["HostConfig"]!["Memory"]!.GetValue<long>());
        var (kind, target, parameters, wanted) = (
            before["State"]!["Running"]!.GetValue<bool>(),
            judge.ReplicasOf(service),
            chance.Next(9)
        ) switch
        {
            (false, _, _) => ("container.start", name, new JsonObject(), null),
            (_, 2, _) => ("service.scale", service, new JsonObject { ["replicas"] = 1 }, "1"),
            (_, _, 0 or 1) => ("container.restart", name, new JsonObject(), (string?)null),
            (_, _, 2) => ("container.stop", name, new JsonObject(), null),
            (_, _, 3) => (
                "container.resources",
                name,
                new JsonObject { ["memoryMiB"] = memory },
                $"{(long)memory << 20}"
            ),
            (_, _, 4 or 5) => ("service.deploy", service, new JsonObject { ["image"] = other }, other),
            (_, _, 6) => ("service.scale", service, new JsonObject { ["replicas"] = 2 }, "2"),
            _ => ("service.rollback", service, new JsonObject { ["to"] = "before the last deploy" }, null),
        };
        var proposal = await ProposeAsync(client, kind, target, parameters);
        if (proposal is null)
        {
            // Nothing to go back to (yet).
            (kind, wanted) = ("service.deploy", other);
            proposal = await ProposeAsync(client, kind, service, new JsonObject { ["image"] = other });
        }
        return new FaultAction(
            service,
            name,
            kind,
            proposal!["id"]!.GetValue<string>(),
            proposal["planHash"]!.GetValue<string>(),
            wanted,
            before
        );
    }

    /// <returns>Null for a rollback that can't be planned.</returns>
    private static async Task<JsonNode?> ProposeAsync(
        HttpClient client,
        string kind,
        string target,
        JsonObject parameters
    )
    {
        var told = "";
        var (status, body) = await Eventually.GetAsync<Tuple<HttpStatusCode, string>>(
            $"{kind} of {target} to be planned",
            async token =>
            {
                using var answer = await client.PostAsJsonAsync(
                    "/api/v1/proposals",
                    new
                    {
                        kind,
                        tenant = "rentguy",
                        target,
                        parameters,
                        reason = "fault run",
                        evidence = Array.Empty<object>(),
                    },
                    token
                );
                told = await answer.Content.ReadAsStringAsync(token);
                // What the last wave changed may not have been told yet.
                return !answer.IsSuccessStatusCode && !IsNoWayBack(answer.StatusCode) && RealWorker.IsTooEarly(told)
                    ? null
                    : Tuple.Create(answer.StatusCode, told);
            },
            because: () => told
        );
        if (IsNoWayBack(status))
            return null;
        Assert.True(status is HttpStatusCode.Created or HttpStatusCode.OK, $"{kind} {target}: {body}");
        return JsonNode.Parse(body)!;

        bool IsNoWayBack(HttpStatusCode answered) =>
            kind == "service.rollback" && answered == HttpStatusCode.UnprocessableEntity;
    }

    private static string NameOf(string service) => $"rentguy-{service}-1";

    private async Task<string> EventsAsync(string id)
    {
        using var client = await dashboard.ClientOfAsync("approver");
        return await client.GetStringAsync(new Uri($"/api/v1/proposals/{id}/events", UriKind.Relative));
    }

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
