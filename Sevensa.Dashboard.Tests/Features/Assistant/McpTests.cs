using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>MCP as its clients use it: asking once, learning what became of it, and being told plainly what is wrong.</summary>
public sealed class McpTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static object Restart(
        string reason,
        object? parameters = null,
        string? key = null,
        string target = "rentguy-web-1"
    ) =>
        key is null
            ? parameters is null
                ? new
                {
                    kind = "container.restart",
                    tenant = "rentguy",
                    target,
                    reason,
                }
                : new
                {
                    kind = "container.restart",
                    tenant = "rentguy",
                    target,
                    reason,
                    parameters,
                }
            : new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target,
                reason,
                idempotencyKey = key,
            };

    private async Task<HttpClient> OperatorAsync()
    {
        await app.FleetIsKnownAsync();
        return await app.ApiAsAsync("operator");
    }

    private static async Task<HttpResponseMessage> PostAsync(
        HttpClient client,
        object message,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = JsonContent.Create(message) };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }
        return await client.SendAsync(request);
    }

    private static async Task<JsonElement> MessageAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        return JsonDocument
            .Parse(
                answer.Content.Headers.ContentType?.MediaType == "text/event-stream"
                    ? body.Split('\n').Last(line => line.StartsWith("data: ", StringComparison.Ordinal))[
                        "data: ".Length..
                    ]
                    : body
            )
            .RootElement;
    }

    private static async Task<(bool IsError, string Text)> CallAsync(HttpClient client, string tool, object arguments)
    {
        using var answer = await PostAsync(
            client,
            new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "tools/call",
                @params = new { name = tool, arguments },
            }
        );
        var result = (await MessageAsync(answer)).GetProperty("result");
        return (
            result.TryGetProperty("isError", out var error) && error.GetBoolean(),
            result.GetProperty("content")[0].GetProperty("text").GetString()!
        );
    }

    [Fact]
    public async Task What_is_asked_for_alike_is_asked_for_once_by_key_and_without()
    {
        using var client = await OperatorAsync();
        var first = JsonDocument
            .Parse((await CallAsync(client, "propose", Restart("it leaks", key: "k1"))).Text)
            .RootElement;
        var again = JsonDocument
            .Parse((await CallAsync(client, "propose", Restart("it leaks", key: "k1"))).Text)
            .RootElement;
        var id = first.GetProperty("id").GetString()!;
        Assert.Equal(id, again.GetProperty("id").GetString());
        Assert.Equal("proposed", first.GetProperty("state").GetString());
        var alike = JsonDocument.Parse((await CallAsync(client, "propose", Restart("still leaks"))).Text).RootElement;
        Assert.Equal(id, alike.GetProperty("id").GetString());
        using var api = await client.PostAsJsonAsync("/api/v1/proposals", Restart("and still"));
        Assert.Equal(HttpStatusCode.OK, api.StatusCode);
        var answered = await api.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(id, answered.GetProperty("id").GetString());
        Assert.True(answered.GetProperty("askedBefore").GetBoolean());
        var other = await CallAsync(client, "propose", Restart("it leaks", key: "k1", target: "rentguy-api-1"));
        Assert.True(other.IsError);
        Assert.Contains("something else", other.Text, StringComparison.Ordinal);
        // The key holds when the thing has ended, as a program that begins anew needs it.
        using var rejected = await client.PostAsJsonAsync(
            $"/api/v1/proposals/{id}/reject",
            new { reason = "not today" }
        );
        Assert.Equal(HttpStatusCode.OK, rejected.StatusCode);
        var after = JsonDocument
            .Parse((await CallAsync(client, "propose", Restart("it leaks", key: "k1"))).Text)
            .RootElement;
        Assert.Equal((id, "rejected"), (after.GetProperty("id").GetString(), after.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task A_program_learns_what_became_of_its_proposal()
    {
        using var client = await OperatorAsync();
        var made = JsonDocument
            .Parse((await CallAsync(client, "propose", Restart("to be told", new { graceSeconds = 17 }))).Text)
            .RootElement;
        var id = made.GetProperty("id").GetString()!;
        using var rejected = await client.PostAsJsonAsync($"/api/v1/proposals/{id}/reject", new { reason = "not now" });
        var (isError, text) = await CallAsync(client, "get_proposal", new { id });
        Assert.False(isError, text);
        var told = JsonDocument.Parse(text).RootElement;
        var api = await client.GetFromJsonAsync<JsonElement>(told.GetProperty("links").GetProperty("self").GetString());
        foreach (
            var member in new[] { "id", "state", "risk", "planHash", "reason", "createdAt", "expiresAt", "endedAt" }
        )
        {
            Assert.Equal(api.GetProperty(member).GetRawText(), told.GetProperty(member).GetRawText());
        }
        Assert.Equal("not now", told.GetProperty("decision").GetProperty("reason").GetString());
        Assert.True(told.GetProperty("ended").GetBoolean());
        Assert.Equal(
            new Uri(app.Address, $"/approvals/{id}").ToString(),
            told.GetProperty("links").GetProperty("page").GetString()
        );
        Assert.Equal(told.GetProperty("links").GetRawText(), api.GetProperty("links").GetRawText());
        Assert.True((await CallAsync(client, "get_proposal", new { id = "nothing" })).IsError);
        // White space is nothing to pay for.
        Assert.DoesNotContain("\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_as_text_are_read_and_what_is_none_is_refused()
    {
        using var client = await OperatorAsync();
        var made = JsonDocument
            .Parse((await CallAsync(client, "propose", Restart("as text", "{\"graceSeconds\": 23}"))).Text)
            .RootElement;
        var plan = (
            await client.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{made.GetProperty("id").GetString()}")
        ).GetProperty("plan");
        Assert.Equal(23, plan.GetProperty("parameters").GetProperty("graceSeconds").GetInt32());
        foreach (object none in new object[] { "graceSeconds=5", 7, new[] { 1, 2 } })
        {
            var (isError, text) = await CallAsync(client, "propose", Restart("none", none));
            Assert.True(isError, text);
            Assert.Contains("parameters", text, StringComparison.Ordinal);
        }
        var empty = await CallAsync(client, "propose", Restart(" "));
        Assert.True(empty.IsError, empty.Text);
    }

    [Fact]
    public async Task A_reason_that_is_too_long_and_parameters_that_the_kind_does_not_have_are_refused_in_words()
    {
        using var client = await OperatorAsync();
        var (isError, text) = await CallAsync(client, "propose", Restart(new string('x', 4001)));
        Assert.True(isError, text);
        Assert.Contains("at most 4000", text, StringComparison.Ordinal);
        var unknown = await CallAsync(client, "propose", Restart("leaks", new { force = true }));
        Assert.True(unknown.IsError, unknown.Text);
        Assert.Contains("graceSeconds", unknown.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_out_of_range_is_refused_and_a_default_is_one()
    {
        using var client = await OperatorAsync();
        foreach (
            var (tool, arguments) in new (string, object)[]
            {
                (
                    "query_metric",
                    new
                    {
                        tenant = "rentguy",
                        service = "api",
                        metric = "cpu",
                        hours = 9999,
                    }
                ),
                ("recent_changes", new { tenant = "rentguy", hours = 0 }),
                ("recent_logs", new { tenant = "rentguy", minutes = 100_000 }),
                ("list_alerts", new { tenant = "rentguy", hours = -1 }),
            }
        )
        {
            var (isError, text) = await CallAsync(client, tool, arguments);
            Assert.True(isError, $"{tool}: {text}");
            Assert.Contains("is from", text, StringComparison.Ordinal);
        }
        Assert.False((await CallAsync(client, "list_alerts", new { tenant = "rentguy" })).IsError);
    }

    [Theory]
    [InlineData("list_findings", "platform", "findings", "severity", "kind")]
    [InlineData("list_objectives", "psra-ltsd", "objectives", "state", "state")]
    public async Task Answers_are_in_the_APIs_words_and_their_links_are_absolute(
        string tool,
        string tenant,
        string list,
        string one,
        string other
    )
    {
        using var client = await OperatorAsync();
        var answer = JsonElement.Parse((await CallAsync(client, tool, new { tenant })).Text);
        var items = answer.GetProperty(list).EnumerateArray().ToList();
        Assert.NotEmpty(items);
        Assert.All(
            items.SelectMany(item => new[] { item.GetProperty(one), item.GetProperty(other) }),
            word => Assert.True(char.IsAsciiLetterLower(word.GetString()![0]), word.GetString())
        );
        Assert.StartsWith($"http://{client.BaseAddress!.Authority}/tenants/", answer.GetProperty("link").GetString());
    }

    /// <summary>As on the API: a program that compares texts, or reads them strictly, meets one form.</summary>
    [Fact]
    public async Task Times_are_in_the_APIs_form_whatever_tool_tells_them()
    {
        using var client = await app.ApiAsAsync("operator");
        (string Tool, object Arguments, string Member)[] told =
        [
            ("list_containers", new { tenant = "rentguy" }, "startedAt"),
            ("list_releases", new { tenant = "rentguy" }, "at"),
            ("recent_changes", new { tenant = "rentguy", hours = 720 }, "at"),
            ("list_alerts", new { tenant = "rentguy", hours = 168 }, "since"),
            ("list_secrets", new { tenant = "rentguy" }, "dueAt"),
            ("recent_logs", new { tenant = "rentguy", service = "api" }, "at"),
            ("count_logs", new { tenant = "rentguy" }, "until"),
        ];
        foreach (var (tool, arguments, member) in told)
        {
            var (isError, text) = await CallAsync(client, tool, arguments);
            Assert.False(isError, text);
            Assert.Matches(
                $$"""
                "{{member}}":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
                """,
                text
            );
            Assert.DoesNotMatch(@"""\d{4}-\d\d-\d\dT[\d:.]+\+00:00""", text);
        }
    }

    [Theory]
    [InlineData("list_containers", """{"tenant":"nobody"}""", "There is no tenant \"nobody\" that you can see.")]
    [InlineData("list_releases", """{"tenant":"nobody"}""", "There is no tenant \"nobody\" that you can see.")]
    [InlineData("find_releases", """{"tenant":"rentguy","when":"soonish"}""", "can't be read as a time")]
    [InlineData(
        "find_releases",
        """{"tenant":"rentguy","when":"yesterday","timeZone":"Mars/Olympus"}""",
        "There is no time zone Mars/Olympus."
    )]
    [InlineData(
        "search_logs",
        """{"tenant":"rentguy","level":"loud"}""",
        "There is no level \"loud\". There are trace,"
    )]
    [InlineData(
        "query_metric",
        """{"tenant":"rentguy","service":"api","metric":"colour"}""",
        "There are cpu, memory, memoryShare, requestRate, errorShare, latencyP95,"
    )]
    public async Task What_stands_in_a_tools_way_is_an_error_of_the_call(string tool, string arguments, string words)
    {
        using var client = await app.ApiAsAsync("operator");
        var (isError, text) = await CallAsync(client, tool, JsonElement.Parse(arguments));
        Assert.True(isError, text);
        Assert.Contains(words, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_level_is_known_by_its_other_names_too()
    {
        using var client = await app.ApiAsAsync("operator");
        var (isError, text) = await CallAsync(
            client,
            "search_logs",
            new
            {
                tenant = "rentguy",
                level = "Warning",
                minutes = 600,
            }
        );
        Assert.False(isError, text);
        Assert.Equal(
            ["warn"],
            JsonElement
                .Parse(text)
                .GetProperty("lines")
                .EnumerateArray()
                .Select(line => line.GetProperty("level").GetString())
                .Distinct()
        );
    }

    /// <summary>Clients ask for a stream once they are let in, and end the session when they go; 405 is how they learn that there is none.</summary>
    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    public async Task There_is_no_stream_of_the_servers_own_and_no_session_to_end(string method)
    {
        using var client = await app.ApiAsAsync("operator");
        using var request = new HttpRequestMessage(new HttpMethod(method), "/mcp");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["POST"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task Tools_say_what_they_are()
    {
        using var client = await OperatorAsync();
        using var answer = await PostAsync(
            client,
            new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "tools/list",
            }
        );
        var tools = (await MessageAsync(answer)).GetProperty("result").GetProperty("tools").EnumerateArray().ToList();
        Assert.All(
            tools,
            tool =>
            {
                Assert.NotEmpty(tool.GetProperty("title").GetString()!);
                var hints = tool.GetProperty("annotations");
                Assert.Equal(
                    tool.GetProperty("name").GetString() != "propose",
                    hints.GetProperty("readOnlyHint").GetBoolean()
                );
                Assert.False(hints.GetProperty("destructiveHint").GetBoolean());
            }
        );
        var propose = tools.Single(tool => tool.GetProperty("name").GetString() == "propose");
        var parameters = propose.GetProperty("inputSchema").GetProperty("properties").GetProperty("parameters");
        Assert.Equal("object", parameters.GetProperty("type").GetString());
        Assert.Contains(tools, tool => tool.GetProperty("name").GetString() == "get_proposal");
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_said_by_the_protocols_codes()
    {
        using var client = await OperatorAsync();
        object Call(object? parameters) =>
            new
            {
                jsonrpc = "2.0",
                id = "a",
                method = "tools/call",
                @params = parameters,
            };
        foreach (
            var bad in new[]
            {
                Call(new { name = "list_tenants", arguments = new[] { 1 } }),
                Call(new { name = "list_tenants", arguments = "x" }),
                Call(new { arguments = new { } }),
                Call(new[] { 1 }),
                Call(new { name = "no_such_tool", arguments = new { } }),
            }
        )
        {
            using var answer = await PostAsync(client, bad);
            var message = await MessageAsync(answer);
            Assert.Equal(-32602, message.GetProperty("error").GetProperty("code").GetInt32());
            Assert.Equal("a", message.GetProperty("id").GetString());
        }
        var list = new
        {
            jsonrpc = "2.0",
            id = 1,
            method = "tools/list",
        };
        using var session = await PostAsync(client, list, ("Mcp-Session-Id", "unknown"));
        Assert.Equal(HttpStatusCode.NotFound, session.StatusCode);
        using var foreign = await PostAsync(client, list, ("Origin", "https://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        using var own = await PostAsync(client, list, ("Origin", app.Address.GetLeftPart(UriPartial.Authority)));
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_is_taken_back_ends_its_question_upstream(bool byNotification)
    {
        var (asked, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var slow = builder.Build();
        slow.Run(async context =>
        {
            if (context.Request.Path.Value!.Contains("query_range", StringComparison.Ordinal))
            {
                asked.TrySetResult();
                try
                {
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                }
                catch (OperationCanceledException)
                {
                    ended.TrySetResult();
                }
                return;
            }
            await context.Response.WriteAsync("""{"status":"success","data":{"resultType":"vector","result":[]}}""");
        });
        await slow.StartAsync();
        await using var dashboard = new ConfiguredApp(
            ("Prometheus:Url", slow.Urls.First()),
            ("Prometheus:TimeoutSeconds", "120")
        );
        await dashboard.InitializeAsync();
        using var client = await dashboard.ApiAsAsync("operator");
        using var hangUp = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp")
        {
            Content = JsonContent.Create(
                new
                {
                    jsonrpc = "2.0",
                    id = 7,
                    method = "tools/call",
                    @params = new
                    {
                        name = "query_metric",
                        arguments = new
                        {
                            tenant = "rentguy",
                            service = "api",
                            metric = "cpu",
                        },
                    },
                }
            ),
        };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        var calling = client.SendAsync(request, hangUp.Token);
        await asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        if (byNotification)
        {
            using var taken = await PostAsync(
                client,
                new
                {
                    jsonrpc = "2.0",
                    method = "notifications/cancelled",
                    @params = new { requestId = 7 },
                }
            );
            Assert.True(taken.IsSuccessStatusCode);
        }
        else
        {
            await hangUp.CancelAsync();
        }
        await ended.Task.WaitAsync(TestContext.Current.CancellationToken);
        await calling.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task The_API_refuses_what_it_does_not_know_and_answers_what_there_is()
    {
        using var client = await OperatorAsync();
        using var unknown = await client.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "rentguy-web-1",
                reason = "x",
                paramters = new { },
            }
        );
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        var words = await unknown.Content.ReadAsStringAsync();
        Assert.Contains("paramters", words, StringComparison.Ordinal);
        Assert.DoesNotContain("Sevensa.", words, StringComparison.Ordinal);
        using var empty = await client.PostAsJsonAsync("/api/v1/proposals", Restart("  "));
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
        foreach (
            var address in new[]
            {
                "/api/v1/proposals?cursor=nonsense",
                "/api/v1/tenants/rentguy/releases?cursor=nonsense",
            }
        )
        {
            using var cursor = await client.GetAsync(address);
            Assert.Equal(HttpStatusCode.BadRequest, cursor.StatusCode);
        }
        var made = JsonDocument.Parse(
            (await CallAsync(client, "propose", Restart("watched", new { graceSeconds = 29 }))).Text
        );
        var id = made.RootElement.GetProperty("id").GetString();
        var watch = await client.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{id}/watch");
        Assert.Equal("notWatched", watch.GetProperty("state").GetString());
        using var none = await client.GetAsync("/api/v1/proposals/nothing/watch");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }
}
