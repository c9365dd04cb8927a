using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// The example graph of <c>docker/langgraph</c> on LangGraph's own JavaScript server: it looks by the dashboard's tools over MCP, asks
/// for an action, and is told what became of it. Both are killed in the middle.
/// </summary>
[TakesLong(90)]
public sealed class AGraphOnARealServer
{
    private const string Threads = "/api/v1/tenants/rentguy/graphs/threads";

    private static readonly string example = Path.Combine(Workspace.Root, "docker", "langgraph");

    [Fact]
    public async Task What_it_asks_for_is_approved_and_done_once_though_both_are_killed_in_between()
    {
        Missing.Unless(
            Directory.Exists(Path.Combine(example, "node_modules", "@langchain", "langgraph-cli")),
            $"LangGraph's server is missing: run npm ci --ignore-scripts in {example}, or .ci/run"
        );
        var port = Workspace.FreePort();
        await using var dashboard = DashboardProcess.With([
            new("Graphs:Servers:0:Name", "main"),
            new("Graphs:Servers:0:Url", $"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}"),
            new("Graphs:Servers:0:Graphs:0", "vps-manager"),
            new("Graphs:Servers:0:Tenants:0", "rentguy"),
        ]);
        await dashboard.StartAsync();
        var folder = await LaidOutAsync(dashboard);
        var graphs = Serve(folder, port, dashboard);
        try
        {
            await ReadyAsync(graphs, port);
            using var operators = await dashboard.ClientOfAsync("operator");
            await Eventually.TrueAsync(
                "the fleet to be known",
                async stop =>
                    (await operators.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", stop))!["items"]!
                        .AsArray()
                        .Count > 0
            );
            using var started = await operators.PostAsJsonAsync(Threads, new { text = "rentguy-web-1 is slow" });
            Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync());
            var id = (string)(await started.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
            var asked = await UntilAsync(operators, id, one => Proposal(one) is not null, graphs);
            var proposal = Proposal(asked)!;

            // As a power cut would, once the server has written down what waits.
            await Eventually.TrueAsync(
                "its server to keep the thread",
                _ =>
                    Task.FromResult(
                        Keeps(folder, ".langgraphjs_ops.json", "interrupted")
                            && Keeps(folder, ".langgraphjs_api.checkpointer.json", "__interrupt__")
                    )
            );
            await graphs.KillAsync();
            await dashboard.KillAsync();
            await dashboard.StartAsync();
            await graphs.DisposeAsync();
            graphs = Serve(folder, port, dashboard);
            await ReadyAsync(graphs, port);

            using var again = await dashboard.ClientOfAsync("operator");
            using var approver = await dashboard.ClientOfAsync("approver");
            var told = await Eventually.GetAsync(
                "the proposal",
                async stop => await again.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{proposal}", stop)
            );
            Assert.Equal("rentguy-web-1", (string)told["target"]!);
            await Eventually.TrueAsync(
                "the approval",
                async stop =>
                {
                    using var approved = await approver.PostAsJsonAsync(
                        $"/api/v1/proposals/{proposal}/approve",
                        new { planHash = (string)told["planHash"]! },
                        stop
                    );
                    return approved.IsSuccessStatusCode;
                }
            );
            var done = await UntilAsync(again, id, one => (string)one["state"]! == "done", graphs);
            Assert.Contains("was done", (string)done["result"]!, StringComparison.Ordinal);
            Assert.Single(done["questions"]!.AsArray());
            using var http = new HttpClient();
            var runs = await http.GetFromJsonAsync<JsonNode>(
                new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/threads/{id}/runs")
            );
            Assert.Equal(2, runs!.AsArray().Count);
        }
        finally
        {
            await graphs.DisposeAsync();
        }
    }

    private static string? Proposal(JsonNode thread) =>
        thread["questions"]!.AsArray().Select(one => (string?)one!["proposal"]).FirstOrDefault(id => id is not null);

    private static async Task<JsonNode> UntilAsync(
        HttpClient client,
        string id,
        Func<JsonNode, bool> isSo,
        ServerProcess graphs
    )
    {
        JsonNode? last = null;
        return await Eventually.GetAsync(
            "the thread",
            async stop =>
                isSo(last = (await client.GetFromJsonAsync<JsonNode>($"{Threads}/{id}", stop))!) ? last : null,
            because: () => $"{last}{graphs.Tail()}"
        );
    }

    private static bool Keeps(string folder, string file, string words) =>
        Path.Combine(folder, ".langgraph_api", file) is var path
        && File.Exists(path)
        && File.ReadAllText(path).Contains(words, StringComparison.Ordinal);

    /// <summary>A folder of its own: the server writes its threads beside the graph.</summary>
    private static async Task<string> LaidOutAsync(DashboardProcess dashboard)
    {
        var folder = Workspace.NewFolder("graph");
        foreach (var file in (string[])["package.json", "langgraph.json", "dashboard.mjs", "vps-manager.mjs"])
        {
            File.Copy(Path.Combine(example, file), Path.Combine(folder, file));
        }
        Directory.CreateSymbolicLink(Path.Combine(folder, "node_modules"), Path.Combine(example, "node_modules"));
        using var program = await dashboard.ClientOfAsync("viewer");
        await File.WriteAllTextAsync(
            Path.Combine(folder, "token"),
            program.DefaultRequestHeaders.Authorization!.Parameter!
        );
        return folder;
    }

    private static ServerProcess Serve(string folder, int port, DashboardProcess dashboard) =>
        ServerProcess.Start(
            "langgraph",
            "node",
            [
                "node_modules/@langchain/langgraph-cli/dist/cli/cli.mjs",
                "dev",
                "--host",
                "127.0.0.1",
                "--port",
                port.ToString(CultureInfo.InvariantCulture),
                "--no-browser",
            ],
            new Dictionary<string, string?>
            {
                ["DASHBOARD_MCP"] = new Uri(dashboard.Url, "/mcp").ToString(),
                ["DASHBOARD_TOKEN_FILE"] = Path.Combine(folder, "token"),
                ["LANGSMITH_TRACING"] = "false",
            },
            folder
        );

    private static Task ReadyAsync(ServerProcess graphs, int port) =>
        graphs.ReadyAsync(async stop =>
        {
            using var http = new HttpClient();
            using var answer = await http.GetAsync(
                new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/ok"),
                stop
            );
            return answer.IsSuccessStatusCode;
        });
}
