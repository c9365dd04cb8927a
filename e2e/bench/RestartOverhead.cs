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
        // As it ships: published, in Release.
        await using var fleet = new RealFleet
        {
            Program = await StartAndIdle.PublishAsync(
                "Sevensa.Dashboard/Sevensa.Dashboard.csproj",
                "Sevensa.Dashboard"
            ),
            RunnerProgram = await NativeRunner.PublishAsync(),
        };
        await fleet.InitializeAsync();
        using var client = await fleet.Dashboard.ClientOfAsync("operator");
        using var restarts = await Restarts.ListenAsync(fleet.Engine, fleet.ApiId);
        var what = "approve to running again, against docker restart";
        List<Measure> measures = [];
        if (quiet == TimeSpan.Zero)
        {
            measures.AddRange(await TurnsAsync($"{what}, nobody looking", Bound.Ratio(1.05)));
        }
        await using var browser = new Browser();
        await using var pages = browser.Pages();
        foreach (var path in watched)
        {
            var page = await pages.SignInAsync(fleet.Dashboard.Url, "approver");
            await page.GotoAsync(path);
            await page.Locator("main h1").WaitForAsync();
        }
        using var session = await LoadSession.SignInAsync(fleet.Dashboard.Url, "operator");
        await using var crowd = await CircuitCrowd.OpenAsync(session, Watchers, n => watched[n % watched.Length]);
        what = $"{what}, with 3 browsers and {Watchers} circuits";
        if (quiet > TimeSpan.Zero)
            what += $", after {quiet.TotalSeconds:0} s of quiet";
        measures.AddRange(await TurnsAsync(what, Bound.Added(50)));
        if (crowd.Errors is [var error, ..])
            throw new InvalidOperationException($"{crowd.Errors.Count} of the watching circuits broke. {error}");
        return measures;

        async Task<IEnumerable<Measure>> TurnsAsync(string name, Bound bound)
        {
            List<Restart> ours = [],
                command = [];
            for (var round = -1; round < rounds; round++)
            {
                await Task.Delay(quiet);
                var byCommand = await CommandAsync(fleet, restarts);
                await Task.Delay(quiet);
                var approved = await ApproveAsync(client, restarts);
                if (round >= 0)
                {
                    command.Add(byCommand);
                    ours.Add(approved);
                }
            }
            return
            [
                new Measure(
                    name,
                    "ms",
                    [.. ours.Select(one => one.Running)],
                    [.. command.Select(one => one.Running)],
                    bound
                ),
                new Measure(
                    "  of it until the engine ends the old process",
                    "ms",
                    [.. ours.Select(one => one.Ending)],
                    [.. command.Select(one => one.Ending)],
                    Bound.None
                ),
            ];
        }
    }

    private static async Task<Restart> CommandAsync(RealFleet fleet, Restarts restarts)
    {
        var next = restarts.NextAsync();
        using var process = Process.Start(
            new ProcessStartInfo("docker", ["-H", fleet.Engine.Endpoint, "restart", RealFleet.Api])
            {
                RedirectStandardOutput = true,
            }
        )!;
        var taken = await next;
        await process.WaitForExitAsync();
        return taken;
    }

    private static async Task<Restart> ApproveAsync(HttpClient client, Restarts restarts)
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
        var next = restarts.NextAsync();
        await PostAsync(
            client,
            $"/api/v1/proposals/{id}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>(), comment = "measured" }
        );
        var taken = await next;
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
}
