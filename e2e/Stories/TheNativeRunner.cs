using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>The runner as it ships, in the place of the one that was built with the tests: what is compiled ahead of time has to do it all.</summary>
[TakesLong]
public sealed class TheNativeRunner
{
    private const string Api = "rentguy-api-1";

    [Fact]
    public async Task One_file_enrols_tells_measures_and_carries_out_what_was_approved()
    {
        var program = await NativeRunner.PublishAsync();
        Assert.Equal([program], Directory.GetFiles(Path.GetDirectoryName(program)!));
        Assert.InRange(new FileInfo(program).Length, 1, 30_000_000);
        await using var fleet = new RealFleet { RunnerProgram = program };
        await fleet.InitializeAsync();
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        using var approver = await fleet.Dashboard.ClientOfAsync("approver");
        using var admin = await fleet.Dashboard.ClientOfAsync("admin");

        // Docker's own times tell that it is another process than before.
        var before = (await fleet.Engine.InspectAsync(Api))["State"]!["StartedAt"]!.GetValue<string>();
        using var asked = await operators.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = Api,
                parameters = new { },
                reason = "the story",
            }
        );
        var proposal = JsonNode.Parse(await asked.Content.ReadAsStringAsync())!;
        Assert.True(asked.StatusCode == HttpStatusCode.Created, proposal.ToJsonString());
        var id = proposal["id"]!.GetValue<string>();
        using var approved = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{id}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>() }
        );
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        var state = await Eventually.GetAsync(
            "the action to end",
            async token =>
                (await operators.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token))![
                    "state"
                ]!.GetValue<string>()
                    is ("succeeded" or "failed" or "refused" or "rolledBack")
                        and var end
                    ? end
                    : null,
            Patience.Usual,
            () => fleet.Runner.Process!.Tail()
        );
        Assert.Equal("succeeded", state);
        Assert.NotEqual(before, (await fleet.Engine.InspectAsync(Api))["State"]!["StartedAt"]!.GetValue<string>());

        // Asked down the line: lines of a log, and figures of use.
        using var log = await operators.GetAsync($"/api/v1/tenants/rentguy/containers/{fleet.ApiId}/logs");
        Assert.True(log.IsSuccessStatusCode, await log.Content.ReadAsStringAsync());
        await Eventually.GetAsync(
            "figures of use",
            async token =>
            {
                using var answer = await operators.GetAsync(
                    $"/api/v1/tenants/rentguy/containers/{fleet.ApiId}/stats",
                    token
                );
                return
                    answer.StatusCode == HttpStatusCode.OK
                    && JsonNode.Parse(await answer.Content.ReadAsStringAsync(token)) is { } found
                    && found.ToJsonString().Contains("memory", StringComparison.OrdinalIgnoreCase)
                    ? "there"
                    : null;
            },
            Patience.Usual,
            () => fleet.Runner.Process!.Tail()
        );

        // A changed picture: what happens in Docker is told.
        await fleet.Engine.ContainerAsync(
            "rentguy-late-1",
            "rentguy/api:2.4.0",
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = "late" }
        );
        await Eventually.GetAsync(
            "the new container to be told of",
            async token =>
                (await operators.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .FirstOrDefault(one => one!["name"]!.GetValue<string>() == "rentguy-late-1"),
            Patience.Usual,
            () => fleet.Runner.Process!.Tail()
        );
    }

    [Fact]
    public async Task Every_mistake_is_told_at_once_by_its_key_and_nothing_is_started()
    {
        var program = await NativeRunner.PublishAsync();
        await using var runner = ServerProcess.Start(
            "runner-mistakes",
            program,
            ["--metrics=0.0.0.0:1", "--docker=nonsense", "--colour=red", "--hub=ftp://x"],
            new Dictionary<string, string?> { ["Runner__ReleasesKept"] = "many" }
        );
        // And until all that it said has come.
        Assert.Equal(1, await runner.ExitAsync(Patience.Usual));
        var said = string.Join('\n', runner.Output);
        foreach (
            var key in new[]
            {
                "Runner:Hub:",
                "Runner:Docker:",
                "Runner:MetricsTokenFile:",
                "Runner:ReleasesKept:",
                "--colour:",
            }
        )
        {
            Assert.Contains(key, said, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }
}
