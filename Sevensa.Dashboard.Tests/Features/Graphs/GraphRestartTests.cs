using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Graphs.GraphHouse;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>A restart in the middle, of the dashboard or of the graphs' server, loses and doubles nothing.</summary>
public sealed class GraphRestartTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("python")]
    [InlineData("javascript")]
    public async Task A_dashboard_that_comes_back_goes_on_with_the_same_proposal_and_hands_it_back_once(string server)
    {
        var folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;
        await StoreTemplate.PutAsync(folder);
        await using var servers = new GraphHouse();
        await servers.InitializeAsync();
        string id,
            proposal;
        await using (var first = new GraphHouse(folder, servers))
        {
            await first.InitializeAsync();
            using var operators = await first.ApiAsAsync("operator");
            id = await StartAsync(operators, server, "proposes");
            proposal = (await AskedAsync(operators, id, 1, "proposed"))[0].GetProperty("proposal").GetString()!;
        }
        await using (var second = new GraphHouse(folder, servers))
        {
            await second.InitializeAsync();
            using var operators = await second.ApiAsAsync("operator");
            var asked = QuestionsOf(await UntilStateAsync(operators, id, "waiting"));
            Assert.Equal(proposal, Assert.Single(asked).GetProperty("proposal").GetString());
            await SandboxApp.GoodAsync(operators.PostAsync($"/api/v1/proposals/{proposal}/withdraw", null, Stop));
            await UntilStateAsync(operators, id, "done");
            var handed = Assert.Single(servers.Of(server).Resumed);
            Assert.Contains("\"state\":\"withdrawn\"", handed, StringComparison.Ordinal);
            Assert.Contains("\"approved\":false", handed, StringComparison.Ordinal);
            Assert.Equal(2, servers.Of(server).RunsOf(id));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_run_that_its_server_forgot_or_calls_running_for_ever_is_told_as_lost()
    {
        await using var app = new GraphHouse();
        await app.InitializeAsync();
        using var operators = await app.ApiAsAsync("operator");
        var forgotten = await StartAsync(operators, "python", "slow");
        var kept = await StartAsync(operators, "python", "asks");
        var stuck = await StartAsync(operators, "javascript", "slow");
        await AskedAsync(operators, kept, 1, "open");
        foreach (var id in (string[])[forgotten, stuck])
        {
            await UntilAsync(operators, id, "it runs", one => one.GetProperty("steps").GetArrayLength() == 1);
        }
        app.Python.Restart();
        app.JavaScript.Restart();
        var lost = await UntilStateAsync(operators, forgotten, "lost");
        Assert.Contains("does not know the thread", TroubleOf(lost), StringComparison.Ordinal);
        app.Later(TimeSpan.FromMinutes(16));
        using var later = await app.ApiAsAsync("operator");
        var dead = await UntilStateAsync(later, stuck, "lost");
        Assert.Contains("no sign of life", TroubleOf(dead), StringComparison.Ordinal);
        // What waits for a person waits through it.
        var question = (await AskedAsync(later, kept, 1, "open"))[0];
        await SandboxApp.GoodAsync(
            later.PostAsJsonAsync(
                $"{Threads}/{kept}/questions/{question.GetProperty("id").GetString()}/answer",
                new { text = "yes" },
                Stop
            )
        );
        await UntilStateAsync(later, kept, "done");
        await SandboxApp.GoodAsync(later.PostAsync($"{Threads}/{stuck}/cancel", null, Stop));
        await UntilStateAsync(later, stuck, "cancelled");
    }

    private static string TroubleOf(JsonElement thread) => thread.GetProperty("trouble").GetString()!;
}
