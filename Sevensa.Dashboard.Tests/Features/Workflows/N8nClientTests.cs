using System.Net;
using System.Text;
using NSubstitute;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Workflows;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Workflows;

/// <summary>The client against what a real n8n answered.</summary>
public sealed class N8nClientTests : IDisposable
{
    private readonly string key = Path.GetTempFileName();
    private readonly List<string> asked = [];
    private readonly Upstreams upstreams = new(TimeProvider.System);

    public N8nClientTests() => File.WriteAllText(key, "n8n_api_made_up\n");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private N8nOptions Options => new() { Url = "http://n8n.test", KeyFile = key };

    private WorkflowReading Reading => new(Options);

    public void Dispose() => File.Delete(key);

    private static Recorded.Exchange Exchange(string name) =>
        Recorded.Of("n8n").Single(exchange => exchange.Name == name);

    private N8nClient Answering(params (int Status, string Body)[] answers)
    {
        var next = 0;
        var http = new HttpClient(
            new Handler(request =>
            {
                asked.Add(request.RequestUri!.PathAndQuery);
                Assert.Equal("n8n_api_made_up", Assert.Single(request.Headers.GetValues("X-N8N-API-KEY")));
                var (status, body) = answers[Math.Min(next++, answers.Length - 1)];
                return new HttpResponseMessage((HttpStatusCode)status)
                {
                    Content = new StringContent(body, Encoding.UTF8, "application/json"),
                };
            })
        )
        {
            BaseAddress = new Uri("http://n8n.test/"),
        };
        var options = Options;
        return new N8nClient(http, new N8nKeys(options, []), options, upstreams);
    }

    private N8nClient Answering(string exchange) => Answering((Exchange(exchange).Status, Exchange(exchange).Body));

    [Fact]
    public async Task Workflows_are_read_page_by_page_with_their_tags_and_triggers()
    {
        var first = Exchange("workflows, page of two");
        var last = Exchange("workflows by tag");
        var found = await Answering((200, first.Body), (200, last.Body)).WorkflowsAsync(Stop);
        Assert.Equal(3, found.Count);
        Assert.Contains("cursor=eyJsaW1pdCI6Miwib2Zmc2V0IjoyfQ%3D%3D", asked[1], StringComparison.Ordinal);
        Assert.Equal("rentguy", Assert.Single(found[2].Tags!).Name);
        var trigger = Assert.Single(WorkflowReading.Triggers(found[2]));
        Assert.Equal(
            ("webhook", "POST", "last-node", "none"),
            (trigger.Kind, trigger.Method, trigger.Path, trigger.Authentication)
        );
        Assert.Equal("code, webhook", WorkflowReading.MadeOf(found[2]));
        Assert.Equal(UpstreamState.Connected, upstreams.Find("n8n")!.State);
    }

    [Fact]
    public async Task One_workflow_with_half_a_character_in_its_name_or_address_does_not_hide_the_others()
    {
        const string Page = """
            {"data": [{"id": "a", "name": "b\udc00", "active": true, "tags": [{"name": "tenant:\ud83d"}], "nodes": [{"name": "W", "type": "n8n-nodes-base.webhook",
              "parameters": {"path": "x\ud800", "httpMethod": "\ud800"}}]}]}
            """;
        var workflow = Assert.Single(await Answering((200, Page)).WorkflowsAsync(Stop));
        Assert.Equal("b\ufffd", workflow.Name);
        Assert.Equal("tenant:\ufffd", Assert.Single(workflow.Tags!).Name);
        Assert.Equal("x\ufffd", Assert.Single(WorkflowReading.Triggers(workflow)).Path);
    }

    [Fact]
    public async Task Who_waits_while_n8n_is_asked_in_vain_is_told_so_with_whoever_asked()
    {
        var (answer, calls) = (new TaskCompletionSource<HttpResponseMessage>(), 0);
        using var http = new HttpClient(new Slow(Called)) { BaseAddress = new Uri("http://n8n.test/") };
        Task<HttpResponseMessage> Called()
        {
            calls++;
            return answer.Task;
        }

        var options = Options;
        var client = new N8nClient(http, new N8nKeys(options, []), options, upstreams);
        using var book = new WorkflowBook(() => client, TimeProvider.System);
        Task[] all = [.. Enumerable.Range(0, 5).Select(_ => book.ReadAsync(Stop))];
        answer.SetException(new HttpRequestException("gone"));
        foreach (var one in all)
        {
            await Assert.ThrowsAsync<UpstreamException>(() => one);
        }
        Assert.Equal(1, calls);
        await Assert.ThrowsAsync<UpstreamException>(() => book.ReadAsync(Stop));
        Assert.Equal(2, calls);
    }

    private sealed class Slow(Func<Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        ) => answer();
    }

    [Theory]
    [InlineData(" n8n_api_made_up\n", null)]
    [InlineData("one\ntwo", "can't stand in a header")]
    [InlineData(" ", "can't stand in a header")]
    public async Task A_key_in_Vault_is_one_that_can_be_sent(string kept, string? refused)
    {
        var vault = Substitute.For<IVaultedPasswords>();
        vault.ReadAsync(default!, default).ReturnsForAnyArgs(new VaultedLogin(null, kept));
        var options = new N8nOptions { Url = "http://n8n.test", KeyVaultPath = "platform/n8n#key" };
        var keys = new N8nKeys(options, [vault]);
        if (refused is null)
        {
            Assert.Equal("n8n_api_made_up", await keys.ApiAsync(Stop));
            return;
        }
        var said = await Assert.ThrowsAsync<UpstreamException>(() => keys.ApiAsync(Stop));
        Assert.Contains(refused, said.Told, StringComparison.Ordinal);
        Assert.DoesNotContain("two", said.Told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_does_not_end_is_given_up()
    {
        var page = """{"data":[{"id":"a","name":"b","active":false}],"nextCursor":"CURSOR"}""";
        var pages = Enumerable
            .Range(0, 60)
            .Select(at => (200, page.Replace("CURSOR", $"c{at}", StringComparison.Ordinal)))
            .ToArray();
        var garbled = await Assert.ThrowsAsync<UpstreamException>(() => Answering(pages).WorkflowsAsync(Stop));
        Assert.Equal(UpstreamFault.Garbled, garbled.Fault);
        Assert.Equal(50, asked.Count);
    }

    [Fact]
    public async Task An_answer_that_has_no_end_is_not_gathered()
    {
        var endless = new string(' ', BoundedAnswer.Longest + 1);
        var garbled = await Assert.ThrowsAsync<UpstreamException>(() => Answering((200, endless)).WorkflowsAsync(Stop));
        Assert.Equal(UpstreamFault.Garbled, garbled.Fault);
        Assert.Contains("more than 16 MiB", garbled.Message, StringComparison.Ordinal);
        Assert.Equal(UpstreamState.Degraded, upstreams.Find("n8n")!.State);
    }

    [Fact]
    public async Task What_waits_to_begin_is_asked_for_apart_and_told_as_it_was_last()
    {
        const string Queued = """{"data":[{"id":"8","status":"new"},{"id":"7","status":"new"}]}""";
        const string Running = """{"data":[{"id":"7","status":"running"},{"id":"6","status":"running"}]}""";
        const string Others = """{"data":[{"id":"6","status":"success"}]}""";
        var runs = await Answering((200, Queued), (200, Running), (200, Others)).RunsAsync("w", 5, Stop);
        var told = runs.Newest.Select(run => Reading.Run(run, "w")).DistinctBy(run => run.Id);
        Assert.Equal("6 Success, 7 Running, 8 New", string.Join(", ", told.Select(run => $"{run.Id} {run.State}")));
        Assert.Equal(3, asked.Count);
        Assert.Contains("status=new", asked[0], StringComparison.Ordinal);
        Assert.Contains("status=running", asked[1], StringComparison.Ordinal);
        Assert.DoesNotContain("status=", asked[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_draft_that_could_not_be_published_is_told_from_what_runs()
    {
        var workflow = (await Answering("workflow").WorkflowAsync("y45dV2m44tZ18toy", Stop))!;
        Assert.Equal((WorkflowState.Active, null), WorkflowReading.State(workflow));
        var behind = WorkflowReading.State(workflow with { VersionId = "another" });
        Assert.Equal(WorkflowState.DraftDiffers, behind.State);
        Assert.Contains("could not be activated", behind.Note, StringComparison.Ordinal);
        // What runs is the published version, whatever the draft has.
        Assert.Single(WorkflowReading.Triggers(workflow with { VersionId = "another", Nodes = [] }));
        Assert.Equal((WorkflowState.Inactive, null), WorkflowReading.State(workflow with { Active = false }));
    }

    [Theory]
    [InlineData("executions, status success", RunState.Success)]
    [InlineData("executions, status error", RunState.Error)]
    [InlineData("executions while one runs", RunState.Running)]
    [InlineData("after a kill and a new start: the one that ran", RunState.Crashed)]
    [InlineData("…: the one that waits for a time", RunState.Waiting)]
    [InlineData("…: the one that waits for a call", RunState.Waiting)]
    public async Task A_run_is_told_as_it_is(string exchange, RunState state)
    {
        var found = Assert.Single(await Answering(exchange).ExecutionsAsync(null, null, 1, Stop));
        var run = Reading.Run(found, "w");
        Assert.Equal(state, run.State);
        Assert.Equal($"http://n8n.test/workflow/w/executions/{run.Id}", run.Link);
        switch (state)
        {
            case RunState.Crashed:
                // Its end is no end: it is the last event that was written down.
                Assert.Null(run.EndedAt);
                Assert.NotNull(run.LastEventAt);
                Assert.Contains("not known", run.Note, StringComparison.Ordinal);
                break;
            case RunState.Waiting:
                Assert.Equal(exchange.EndsWith("call", StringComparison.Ordinal), run.WaitsForCall);
                Assert.Equal(run.WaitsForCall, run.WaitsUntil is null);
                Assert.Null(run.EndedAt);
                break;
            case RunState.Running:
                Assert.Null(run.EndedAt);
                break;
            default:
                Assert.True(run.EndedAt >= run.StartedAt);
                break;
        }
    }

    [Fact]
    public async Task Why_a_run_failed_and_what_it_was_called_with_are_read_from_what_it_left()
    {
        var data = (await Answering("failed execution with data").DataAsync("9", Stop))!;
        Assert.Equal("No Respond to Webhook node found in the workflow", data.Error);
        Assert.Equal("Webhook", data.Node);
        Assert.True(data.Carries("checkResponseModeConfiguration"));
        Assert.False(data.Carries("sevensa-run-1"));
        Assert.Null(await Answering("unknown execution").DataAsync("999999", Stop));
    }

    [Fact]
    public async Task What_is_not_there_is_nothing_and_a_path_that_is_not_there_is_another_server()
    {
        Assert.Null(await Answering("unknown workflow").WorkflowAsync("nothere", Stop));
        var elsewhere = await Assert.ThrowsAsync<UpstreamException>(() =>
            Answering("unknown path").WorkflowAsync("nothere", Stop)
        );
        Assert.Equal((UpstreamFault.Failed, "not found"), (elsewhere.Fault, elsewhere.Message));
        asked.Clear();
        Assert.Null(await Answering("workflow").WorkflowAsync("../executions", Stop));
        Assert.Empty(asked);
    }

    [Theory]
    [InlineData("public API with a wrong key", UpstreamFault.Denied, "Unauthorized")]
    [InlineData("create with a key that may only read", UpstreamFault.Denied, "Forbidden")]
    [InlineData("projects", UpstreamFault.Denied, "Your license does not allow for feat:projectRole:admin")]
    [InlineData("workflows, nonsense cursor", UpstreamFault.Failed, "An invalid cursor was provided")]
    public async Task A_refusal_is_a_state_in_its_own_words(string exchange, UpstreamFault fault, string words)
    {
        var refused = await Assert.ThrowsAsync<UpstreamException>(() => Answering(exchange).WorkflowsAsync(Stop));
        Assert.Equal(fault, refused.Fault);
        Assert.StartsWith(words, refused.Message, StringComparison.Ordinal);
        Assert.Equal(UpstreamState.Degraded, upstreams.Find("n8n")!.State);
        Assert.Contains("N8n:", refused.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "<html>Sign in</html>", UpstreamFault.Garbled)]
    [InlineData(200, """{"data":[{"name":"no id"}]}""", UpstreamFault.Garbled)]
    [InlineData(200, """{"nextCursor":null}""", UpstreamFault.Garbled)]
    [InlineData(200, "null", UpstreamFault.Garbled)]
    [InlineData(502, "<html>Bad Gateway</html>", UpstreamFault.Failed)]
    [InlineData(503, """{"message":"Database is not ready!"}""", UpstreamFault.Busy)]
    [InlineData(302, "", UpstreamFault.Failed)]
    public async Task Garbage_and_failures_are_states(int status, string body, UpstreamFault fault)
    {
        var failed = await Assert.ThrowsAsync<UpstreamException>(() => Answering((status, body)).WorkflowsAsync(Stop));
        Assert.Equal(fault, failed.Fault);
        Assert.DoesNotContain("<html>", failed.Told, StringComparison.Ordinal);
        Assert.Equal(UpstreamState.Degraded, upstreams.Find("n8n")!.State);
    }

    [Fact]
    public async Task Without_a_readable_key_nothing_is_asked()
    {
        await File.WriteAllTextAsync(key, "  ", Stop);
        var missing = await Assert.ThrowsAsync<UpstreamException>(() => Answering("workflow").WorkflowsAsync(Stop));
        Assert.Equal(UpstreamFault.Denied, missing.Fault);
        Assert.Contains("N8n:KeyFile", missing.Told, StringComparison.Ordinal);
        Assert.Empty(asked);
    }

    private sealed class Handler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        ) => Task.FromResult(answer(request));
    }
}
