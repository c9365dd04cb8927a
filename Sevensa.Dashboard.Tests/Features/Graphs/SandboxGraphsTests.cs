using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Graphs.GraphHouse;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>The Sandbox has a graph: one run that ended, one that waits, and one that anybody may start.</summary>
public sealed class SandboxGraphsTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_shows_a_run_that_ended_and_one_that_waits_and_goes_on_with_its_answer()
    {
        await app.FleetIsKnownAsync();
        using var operators = await app.ApiAsAsync("operator");
        const string Theirs = "/api/v1/tenants/psra-ltsd/graphs/threads";
        var threads = (await operators.GetFromJsonAsync<JsonElement>(Theirs, Stop)).GetProperty("items");
        Assert.Equal(["waiting", "done"], threads.EnumerateArray().Select(StateOf));
        var report = await operators.GetFromJsonAsync<JsonElement>(
            $"{Theirs}/{threads[1].GetProperty("id").GetString()}",
            Stop
        );
        Assert.Contains(
            "containers of psra-ltsd run",
            report.GetProperty("result").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(2, report.GetProperty("steps").GetArrayLength());

        var waiting = $"{Theirs}/{threads[0].GetProperty("id").GetString()}";
        var question = QuestionsOf(await operators.GetFromJsonAsync<JsonElement>(waiting, Stop)).Single();
        Assert.Equal("open", StateOf(question));
        using var answered = await operators.PostAsJsonAsync(
            $"{waiting}/questions/{question.GetProperty("id").GetString()}/answer",
            new { text = "psra-ltsd-api-1" },
            Stop
        );
        Assert.True(answered.IsSuccessStatusCode, await answered.Content.ReadAsStringAsync(Stop));
        await Eventually.TrueAsync(
            "its answer to become a proposal",
            async stop =>
                QuestionsOf(await operators.GetFromJsonAsync<JsonElement>(waiting, stop))
                    .Any(one => StateOf(one) == "proposed")
        );
    }

    [Fact]
    public async Task What_it_asks_for_is_approved_done_and_told_back()
    {
        await app.FleetIsKnownAsync();
        using var operators = await app.ApiAsAsync("operator");
        using var approver = await app.ApiAsAsync("approver");
        var id = await StartAsync(operators, "sandbox", "vps-manager", "rentguy-web-1 is slow");
        var question = (await AskedAsync(operators, id, 1, "proposed"))[0];
        var proposal = question.GetProperty("proposal").GetString();
        var told = await operators.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{proposal}", Stop);
        Assert.Equal("rentguy-web-1", told.GetProperty("target").GetString());
        using var approved = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{proposal}/approve",
            new { planHash = told.GetProperty("planHash").GetString() },
            Stop
        );
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync(Stop));
        var done = await UntilStateAsync(operators, id, "done");
        Assert.Equal("The restart of rentguy-web-1 was done.", done.GetProperty("result").GetString());
    }
}
