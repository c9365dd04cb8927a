using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Graphs.GraphHouse;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>What a thread asked for goes with it when it is cancelled, and nothing that somebody else asked for or waits for.</summary>
public sealed class GraphWithdrawalTests(GraphHouse app) : IClassFixture<GraphHouse>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("python")]
    [InlineData("javascript")]
    public async Task What_nobody_has_decided_on_is_withdrawn_with_its_thread_which_says_so(string server)
    {
        var (_, starting) = await StarterAsync($"takes-back-{server}");
        using var theirs = starting;
        var (thread, proposal) = await ProposedAsync(theirs, server);
        using var operators = await app.ApiAsAsync("operator");
        var ended = await CancelledAsync(operators, thread);
        Assert.Contains("was withdrawn", TroubleOf(ended), StringComparison.Ordinal);
        Assert.Equal("withdrawn", await StateOfAsync(operators, proposal));
        Assert.Equal("dropped", StateOf(QuestionsOf(ended)[0]));
        Assert.Equal(1, app.Of(server).RunsOf(thread));
    }

    [Fact]
    public async Task What_was_asked_for_by_its_form_before_stands()
    {
        var (_, starting) = await StarterAsync("asks-by-form");
        using var theirs = starting;
        using var answer = await theirs.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "rentguy-web-1",
                parameters = new { },
                reason = "It leaks.",
                evidence = Array.Empty<object>(),
            },
            Stop
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
        var own = (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("id").GetString()!;
        var (thread, proposal) = await ProposedAsync(theirs, "python");
        Assert.Equal(own, proposal);
        Assert.Equal("", TroubleOf(await CancelledAsync(theirs, thread)));
        Assert.Equal("proposed", await StateOfAsync(theirs, own));
        await WithdrawAsync(theirs, own);
    }

    [Fact]
    public async Task What_another_thread_waits_for_stands()
    {
        var (_, starting) = await StarterAsync("asks-twice");
        using var theirs = starting;
        var (first, proposal) = await ProposedAsync(theirs, "python");
        var (second, same) = await ProposedAsync(theirs, "javascript");
        Assert.Equal(proposal, same);
        Assert.Equal("", TroubleOf(await CancelledAsync(theirs, first)));
        Assert.Equal("proposed", await StateOfAsync(theirs, proposal));
        await WithdrawAsync(theirs, proposal);
        await UntilStateAsync(theirs, second, "done");
    }

    [Fact]
    public async Task Where_who_started_it_may_take_nothing_back_the_thread_says_that_it_stands()
    {
        var (id, starting) = await StarterAsync("goes-away");
        string thread,
            proposal;
        using (starting)
        {
            (thread, proposal) = await ProposedAsync(starting, "python");
        }
        using var admin = await app.ApiAsAsync("admin");
        await SandboxApp.GoodAsync(admin.PostAsync($"/api/v1/people/{id}/disable", null, Stop));
        var ended = await UntilStateAsync(admin, thread, "cancelled");
        Assert.Contains("stands", TroubleOf(ended), StringComparison.Ordinal);
        Assert.Equal("proposed", await StateOfAsync(admin, proposal));
        await WithdrawAsync(admin, proposal);
    }

    private async Task<(string Id, HttpClient Client)> StarterAsync(string name)
    {
        var person = await MadePerson.MakeAsync(app, name, "operator", "rentguy");
        using var browser = person.Browser;
        return (person.Id, await person.PersonalAsync("read", "propose", "approve"));
    }

    private static async Task<(string Thread, string Proposal)> ProposedAsync(HttpClient starting, string server)
    {
        var thread = await StartAsync(starting, server, "proposes", "Slow since ten.");
        var question = (await AskedAsync(starting, thread, 1, "proposed"))[0];
        return (thread, question.GetProperty("proposal").GetString()!);
    }

    private static async Task<JsonElement> CancelledAsync(HttpClient by, string thread)
    {
        await SandboxApp.GoodAsync(by.PostAsync($"{Threads}/{thread}/cancel", null, Stop));
        return await UntilStateAsync(by, thread, "cancelled");
    }

    private static Task WithdrawAsync(HttpClient by, string proposal) =>
        SandboxApp.GoodAsync(by.PostAsync($"/api/v1/proposals/{proposal}/withdraw", null, Stop));

    private static async Task<string> StateOfAsync(HttpClient by, string proposal) =>
        StateOf(await by.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{proposal}", Stop));

    private static string TroubleOf(JsonElement thread) =>
        thread.TryGetProperty("trouble", out var said) ? said.ToString() : "";
}
