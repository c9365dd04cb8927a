using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Graphs;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Graphs.GraphHouse;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>Threads of remote graphs from their start to their end, at servers of both manners.</summary>
public sealed class GraphsTests(GraphHouse app) : IClassFixture<GraphHouse>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("python")]
    [InlineData("javascript")]
    public async Task What_is_no_action_is_answered_by_a_person_and_handed_back_once_by_its_id(string server)
    {
        using var operators = await app.ApiAsAsync("operator");
        var id = await StartAsync(operators, server, "asks", $"Which colour, {server}?");
        var question = (await AskedAsync(operators, id, 1, "open"))[0];
        Assert.Equal($"Which colour, {server}?", question.GetProperty("payload").GetProperty("what").GetString());
        await AnswerAsync(operators, id, question, "blue");
        var done = await UntilStateAsync(operators, id, "done");
        var asked = question.GetProperty("id").GetString();
        Assert.Equal(
            [$$"""{"{{asked}}":"blue"}"""],
            app.Of(server).Resumed.Where(one => one.Contains(asked!, StringComparison.Ordinal))
        );
        Assert.Equal(2, app.Of(server).RunsOf(id));
        Assert.Equal("handed", StateOf(QuestionsOf(done)[0]));
        Assert.Contains("answer blue", done.GetProperty("result").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            ["look", "ask", "last"],
            done.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("name").GetString())
        );
        using var again = await operators.PostAsJsonAsync(AnswerTo(id, question), new { text = "red" }, Stop);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
    }

    [Theory]
    [InlineData("python")]
    [InlineData("javascript")]
    public async Task Two_questions_are_handed_back_together_so_that_no_node_runs_again_for_one(string server)
    {
        using var operators = await app.ApiAsAsync("operator");
        var id = await StartAsync(operators, server, "two");
        var both = await AskedAsync(operators, id, 2, "open");
        await AnswerAsync(operators, id, both[0], "yes");
        await UntilAsync(operators, id, "the first waits", one => QuestionsOf(one).Any(q => StateOf(q) == "answered"));
        Assert.Equal(1, app.Of(server).RunsOf(id));
        await AnswerAsync(operators, id, both[1], "no");
        await UntilStateAsync(operators, id, "done");
        Assert.Equal(2, app.Of(server).RunsOf(id));
        var first = both[0].GetProperty("id").GetString()!;
        var handed = app.Of(server).Resumed.Single(one => one.Contains(first, StringComparison.Ordinal));
        Assert.Contains(both[1].GetProperty("id").GetString()!, handed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("python")]
    [InlineData("javascript")]
    public async Task What_names_an_action_is_a_proposal_that_somebody_else_approves_and_its_outcome_is_handed_back(
        string server
    )
    {
        var starter = await MadePerson.MakeAsync(app, $"starter-{server}", "operator", "rentguy");
        using var starting = await starter.PersonalAsync("read", "propose", "approve");
        var id = await StartAsync(starting, server, "proposes", $"Slow since ten, {server}.");
        var question = (await AskedAsync(starting, id, 1, "proposed"))[0];
        var proposal = question.GetProperty("proposal").GetString()!;
        var told = await starting.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{proposal}", Stop);
        Assert.Equal("container.restart", told.GetProperty("kind").GetString());
        Assert.Equal("graph", told.GetProperty("requestedBy").GetProperty("via").GetString());
        Assert.Equal("Its answers take 2 s since 10:00.", told.GetProperty("reason").GetString());
        var decision = new { planHash = told.GetProperty("planHash").GetString() };
        using var own = await starting.PostAsJsonAsync($"/api/v1/proposals/{proposal}/approve", decision, Stop);
        Assert.Equal(HttpStatusCode.Forbidden, own.StatusCode);
        Assert.Contains("You started the graph", await own.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(1, app.Of(server).RunsOf(id));

        var other = await MadePerson.MakeAsync(app, $"other-{server}", "operator", "rentguy");
        using var deciding = await other.PersonalAsync("read", "propose", "approve");
        await SandboxApp.GoodAsync(deciding.PostAsJsonAsync($"/api/v1/proposals/{proposal}/approve", decision, Stop));
        await UntilStateAsync(starting, id, "done");
        var handed = app.Of(server).Resumed.Single(one => one.Contains(proposal, StringComparison.Ordinal));
        Assert.Contains("\"state\":\"succeeded\"", handed, StringComparison.Ordinal);
        Assert.Contains($"\"decidedBy\":\"other-{server}\"", handed, StringComparison.Ordinal);
        Assert.Equal(2, app.Of(server).RunsOf(id));
    }

    [Theory]
    [InlineData("python")]
    [InlineData("javascript")]
    public async Task A_question_that_was_answered_at_the_server_is_not_answered_again(string server)
    {
        using var operators = await app.ApiAsAsync("operator");
        var id = await StartAsync(operators, server, "asks");
        var question = (await AskedAsync(operators, id, 1, "open"))[0];
        app.Of(server).AnswerThere(id, "by hand");
        // It is looked at before anything is handed over, so the answer that comes too late goes nowhere.
        using var late = await operators.PostAsJsonAsync(AnswerTo(id, question), new { text = "too late" }, Stop);
        var done = await UntilStateAsync(operators, id, "done");
        Assert.Equal("dropped", StateOf(QuestionsOf(done)[0]));
        Assert.DoesNotContain(app.Of(server).Resumed, one => one.Contains("too late", StringComparison.Ordinal));
        Assert.Equal(1, app.Of(server).RunsOf(id));
    }

    [Theory]
    [InlineData("python")]
    [InlineData("javascript")]
    public async Task What_is_cancelled_ends_at_its_server_too(string server)
    {
        using var operators = await app.ApiAsAsync("operator");
        var id = await StartAsync(operators, server, "slow");
        await UntilAsync(operators, id, "its step is known", one => one.GetProperty("steps").GetArrayLength() == 1);
        await SandboxApp.GoodAsync(operators.PostAsync($"{Threads}/{id}/cancel", null, Stop));
        var ended = await UntilStateAsync(operators, id, "cancelled");
        Assert.NotEmpty(ended.GetProperty("cancelledBy").GetString()!);
        using var there = await AtServerAsync(server, $"threads/{id}");
        Assert.DoesNotContain("busy", await there.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        using var again = await operators.PostAsync($"{Threads}/{id}/cancel", null, Stop);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
    }

    [Theory]
    [InlineData("python")]
    [InlineData("javascript")]
    public async Task A_node_that_raises_and_a_graph_that_is_not_there_fail_in_their_words(string server)
    {
        using var operators = await app.ApiAsAsync("operator");
        var raised = await UntilStateAsync(operators, await StartAsync(operators, server, "fails"), "failed");
        Assert.Contains("no such host: vps-9", raised.GetProperty("trouble").GetString(), StringComparison.Ordinal);
        var missing = await UntilStateAsync(operators, await StartAsync(operators, server, "nothere"), "failed");
        Assert.Contains("nothere", missing.GetProperty("trouble").GetString(), StringComparison.Ordinal);
        Assert.Contains("Graphs:Servers", missing.GetProperty("trouble").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_graph_that_is_named_and_that_the_server_does_not_have_is_told_with_its_state()
    {
        using var viewers = await app.ApiAsAsync("viewer");
        await Eventually.TrueAsync(
            "both servers to be known",
            async stop =>
                (await viewers.GetFromJsonAsync<JsonElement>("/api/v1/graphs", stop))
                    .GetProperty("items")
                    .EnumerateArray()
                    .Count(server =>
                        StateOf(server) == "connected"
                        && server.GetProperty("missing").EnumerateArray().Single().GetString() == "nothere"
                    ) == 2
        );
    }

    [Fact]
    public async Task Nobody_of_another_tenant_sees_a_thread_or_its_server()
    {
        using var operators = await app.ApiAsAsync("operator");
        var id = await StartAsync(operators, "python", "asks", "Between us.");
        await AskedAsync(operators, id, 1, "open");
        var stranger = await MadePerson.MakeAsync(app, "stranger", "operator", "witcom");
        using var theirs = await stranger.PersonalAsync("read", "propose");
        var servers = await theirs.GetStringAsync("/api/v1/graphs", Stop);
        Assert.DoesNotContain("python", servers, StringComparison.Ordinal);
        using var through = await theirs.GetAsync($"/api/v1/tenants/witcom/graphs/threads/{id}", Stop);
        Assert.Equal(HttpStatusCode.NotFound, through.StatusCode);
        Assert.DoesNotContain(
            "Between us",
            await theirs.GetStringAsync("/api/v1/tenants/witcom/graphs/threads", Stop),
            StringComparison.Ordinal
        );
        using var served = await theirs.PostAsJsonAsync(
            "/api/v1/tenants/witcom/graphs/threads",
            new
            {
                server = "python",
                graph = "asks",
                text = "x",
            },
            Stop
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, served.StatusCode);
        using var there = await AtServerAsync("python", $"threads/{id}");
        Assert.Contains(
            "\"tenant\":\"rentguy\"",
            await there.Content.ReadAsStringAsync(Stop),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_session_in_doubt_answers_nothing()
    {
        using var operators = await app.ApiAsAsync("operator");
        var id = await StartAsync(operators, "python", "asks");
        var question = (await AskedAsync(operators, id, 1, "open"))[0].GetProperty("id").GetString()!;
        var doubt = Substitute.For<IStepUp>();
        doubt.DoubtAsync(default!, default).ReturnsForAnyArgs("This session is in doubt.");
        await using var scope = app.Services.CreateAsyncScope();
        var desk = ActivatorUtilities.CreateInstance<GraphDesk>(scope.ServiceProvider, doubt);
        var caller = new Caller(
            "olga",
            "Olga",
            Role.Operator,
            true,
            TenantSet.Of(["rentguy"]),
            ApiScopes.Read | ApiScopes.Propose
        );
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            desk.AnswerAsync(caller, "rentguy", id, question, new GraphAnswer("yes"), Stop)
        );
        await AskedAsync(operators, id, 1, "open");
    }

    private async Task<HttpResponseMessage> AtServerAsync(string server, string path)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("X-Api-Key", Key);
        return await http.GetAsync($"{app.AddressOf(server)}/{path}", Stop);
    }

    private static string AnswerTo(string id, JsonElement question) =>
        $"{Threads}/{id}/questions/{question.GetProperty("id").GetString()}/answer";

    private static Task AnswerAsync(HttpClient client, string id, JsonElement question, string text) =>
        SandboxApp.GoodAsync(client.PostAsJsonAsync(AnswerTo(id, question), new { text }, Stop));
}
