using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.E2E.Load;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// From the approve request to the container running again, against the <c>docker restart</c> command on the same container: one
/// that ends at once on TERM, under <c>--init</c>. Both are told by the Engine's own start event. First with nobody looking, then
/// with three browsers and <see cref="Watchers"/> circuits driven at protocol level watching.
/// </summary>
/// <param name="quiet">How long nothing happens before each: what a program that has been idle is slower by.</param>
internal sealed class RestartOverhead(string name, TimeSpan quiet) : IBench
{
    private const int Watchers = 60;

    private static readonly string[] watched =
    [
        "/approvals",
        "/tenants/rentguy/metrics",
        "/tenants/rentguy/containers",
    ];

    public string Name => name;

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var fleet = new RealFleet();
        await fleet.InitializeAsync();
        using var client = await fleet.Dashboard.ClientOfAsync("operator");
        using var starts = await Starts.ListenAsync(fleet.Engine);
        var what = "approve to running again, against docker restart";
        List<Measure> measures = [];
        if (quiet == TimeSpan.Zero)
        {
            var (alone, command) = await TurnsAsync(rounds);
            measures.Add(new Measure($"{what}, nobody looking", "ms", alone, command, Bound.Ratio(1.05)));
        }
        await using var browser = new Browser();
        await browser.InitializeAsync();
        await using var pages = browser.Pages();
        foreach (var path in watched)
        {
            var page = await pages.SignInAsync(fleet.Dashboard.Url, "approver");
            await page.GotoAsync(path);
            await page.Locator("main h1").WaitForAsync();
        }
        using var session = await LoadSession.SignInAsync(fleet.Dashboard.Url, "operator");
        await using var crowd = await CircuitCrowd.OpenAsync(session, Watchers, n => watched[n % watched.Length]);
        var (seen, commandSeen) = await TurnsAsync(rounds);
        if (crowd.Errors is [var error, ..])
            throw new InvalidOperationException($"{crowd.Errors.Count} of the watching circuits broke. {error}");
        what = $"{what}, with 3 browsers and {Watchers} circuits";
        if (quiet > TimeSpan.Zero)
            what += $", after {quiet.TotalSeconds:0} s of quiet";
        measures.Add(new Measure(what, "ms", seen, commandSeen, Bound.Added(50)));
        return measures;

        async Task<(List<double> Ours, List<double> Command)> TurnsAsync(int rounds)
        {
            List<double> ours = [],
                command = [];
            for (var round = -1; round < rounds; round++)
            {
                var byCommand = await CommandAsync(fleet, starts);
                await Task.Delay(quiet);
                var approved = await ApproveAsync(client, fleet, starts);
                if (round >= 0)
                {
                    command.Add(byCommand);
                    ours.Add(approved);
                }
            }
            return (ours, command);
        }
    }

    private static async Task<double> CommandAsync(RealFleet fleet, Starts starts)
    {
        var started = starts.NextAsync(fleet.ApiId);
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(
            new ProcessStartInfo("docker", ["-H", fleet.Engine.Endpoint, "restart", RealFleet.Api])
            {
                RedirectStandardOutput = true,
            }
        )!;
        await started;
        var taken = clock.Elapsed.TotalMilliseconds;
        await process.WaitForExitAsync();
        return taken;
    }

    private static async Task<double> ApproveAsync(HttpClient client, RealFleet fleet, Starts starts)
    {
        var proposal = await PostAsync(
            client,
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = RealFleet.Api,
                parameters = new { },
                reason = "measured",
                evidence = Array.Empty<object>(),
            }
        );
        var id = proposal["id"]!.GetValue<string>();
        var started = starts.NextAsync(fleet.ApiId);
        var clock = Stopwatch.StartNew();
        await PostAsync(
            client,
            $"/api/v1/proposals/{id}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>(), comment = "measured" }
        );
        await started;
        var taken = clock.Elapsed.TotalMilliseconds;
        await Eventually.TrueAsync(
            "the action to end",
            async token =>
                (await client.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token))![
                    "state"
                ]!.GetValue<string>() == "succeeded"
        );
        return taken;
    }

    private static async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {text}");
    }

    /// <summary>The Engine's start events, as they come.</summary>
    private sealed class Starts : IDisposable
    {
        private readonly CancellationTokenSource ending = new();
        private readonly Lock turn = new();
        private (string Id, TaskCompletionSource Seen)? awaited;

        public static async Task<Starts> ListenAsync(DockerEngine engine)
        {
            var starts = new Starts();
            var answer = await engine.Http.GetAsync(
                new Uri(
                    "events?filters=" + Uri.EscapeDataString("""{"type":["container"],"event":["start"]}"""),
                    UriKind.Relative
                ),
                HttpCompletionOption.ResponseHeadersRead
            );
            var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
            _ = starts.ReadAsync(reader);
            return starts;
        }

        public Task NextAsync(string id)
        {
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (turn)
            {
                awaited = (id, seen);
            }
            return seen.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }

        public void Dispose()
        {
            ending.Cancel();
            ending.Dispose();
        }

        private async Task ReadAsync(StreamReader reader)
        {
            using (reader)
            {
                while (await reader.ReadLineAsync(ending.Token) is { } line)
                {
                    var id = JsonNode.Parse(line)!["id"]?.GetValue<string>();
                    lock (turn)
                    {
                        if (awaited is { } wanted && wanted.Id == id)
                        {
                            wanted.Seen.TrySetResult();
                            awaited = null;
                        }
                    }
                }
            }
        }
    }
}
