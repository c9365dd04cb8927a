using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>The chat over the API against a model that answers what each test tells it to.</summary>
public sealed class AssistantApiTests
{
    private const string Said =
        """{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"All is well."},"done":false}""";
    private const string Done =
        """{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}""";

    [Theory]
    [InlineData(null, "")]
    [InlineData("{}", "")]
    [InlineData("{\"title\":\" Disk of vps-1 \"}", "Disk of vps-1")]
    public async Task A_conversation_begins_with_a_title_or_without(string? body, string title)
    {
        await using var model = await ScriptedModel.StartAsync(_ => (200, $"{Said}\n{Done}\n"));
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var begun = await client.PostAsync("/api/v1/conversations", content);
        Assert.Equal(HttpStatusCode.Created, begun.StatusCode);
        Assert.Equal(title, (await begun.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("title").GetString());
    }

    [Fact]
    public async Task An_answer_streams_and_is_kept()
    {
        await using var model = await ScriptedModel.StartAsync(_ => (200, $"{Said}\n{Done}\n"));
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        var (conversation, events) = await Asking.AskAsync(client, "is all well?");
        Assert.Contains(
            events,
            e => e.Type == "text" && e.Data.GetProperty("text").GetString()!.Contains("All is well.")
        );
        Assert.Equal("done", events[^1].Type);

        var kept = await client.GetFromJsonAsync<JsonElement>($"/api/v1/conversations/{conversation}/messages");
        Assert.Equal(
            ["is all well?", "All is well."],
            kept.GetProperty("items").EnumerateArray().Select(m => m.GetProperty("text").GetString()!)
        );
    }

    [Fact]
    public async Task A_conversation_is_its_owners_alone()
    {
        await using var model = await ScriptedModel.StartAsync(_ => (200, $"{Said}\n{Done}\n"));
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        var (conversation, _) = await Asking.AskAsync(client, "is all well?");
        using var other = await app.ApiAsAsync("approver");
        using var read = await other.GetAsync($"/api/v1/conversations/{conversation}/messages");
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
        using var asked = await other.PostAsJsonAsync(
            $"/api/v1/conversations/{conversation}/messages",
            new { text = "and mine?" }
        );
        Assert.Equal(HttpStatusCode.NotFound, asked.StatusCode);
        using var client2 = await app.ApiAsAsync("client-rentguy");
        using var begun = await client2.PostAsync("/api/v1/conversations", null);
        Assert.Equal(HttpStatusCode.Forbidden, begun.StatusCode);
    }

    [Theory]
    [InlineData(200, "this is no answer\n")]
    [InlineData(200, """{"message":{"role":"assistant","tool_calls":"nonsense"}}""" + "\n")]
    [InlineData(200, "")]
    [InlineData(500, """{"error":"model runner has unexpectedly stopped"}""")]
    [InlineData(404, """{"error":"model 'm' not found"}""")]
    public async Task What_cannot_be_understood_is_said_and_nothing_is_proposed(int status, string body)
    {
        await using var model = await ScriptedModel.StartAsync(_ => (status, body));
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        var (_, events) = await Asking.AskAsync(client, "restart the RentGuy API");
        Assert.Equal("error", events[^1].Type);
        Assert.Contains(
            "Nothing was proposed",
            events[^1].Data.GetProperty("message").GetString(),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(events, e => e.Type == "proposal");
        await Asking.NothingProposedAsync(client);
    }

    [Theory]
    [InlineData("propose", """{"kind":"host.format","tenant":"rentguy","target":"vps-1","reason":"because"}""")]
    [InlineData("propose", """{"kind":"container.restart","tenant":"nobody","target":"api","reason":"because"}""")]
    [InlineData("propose", """{"kind":42}""")]
    [InlineData("run_shell", """{"command":"rm -rf /"}""")]
    public async Task A_call_that_makes_no_sense_proposes_nothing(string tool, string arguments)
    {
        var call =
            $$$$"""{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"{{{{tool}}}}","arguments":{{{{arguments}}}}}}]},"done":false}""";
        await using var model = await ScriptedModel.StartAsync(asked =>
            asked == 1 ? (200, $"{call}\n{Done}\n") : (200, $"{Said}\n{Done}\n")
        );
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        var (_, events) = await Asking.AskAsync(client, "do something");
        Assert.Contains(events, e => e.Type == "tool" && e.Data.GetProperty("state").GetString() == "failed");
        Assert.DoesNotContain(events, e => e.Type == "proposal");
        await Asking.NothingProposedAsync(client);
    }

    [Fact]
    public async Task An_unreachable_model_is_named()
    {
        await using var app = new ConfiguredApp(("Ollama:Url", "http://127.0.0.1:9"), ("Ollama:Model", "m"));
        await app.InitializeAsync();
        using var client = await app.ApiAsAsync("operator");
        var (_, events) = await Asking.AskAsync(client, "write me a poem about ships");
        Assert.Equal("error", events[^1].Type);
        Assert.Contains("Ollama:Url", events[^1].Data.GetProperty("remedy").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_tools_are_served_over_mcp_in_the_callers_scope()
    {
        await using var app = new SandboxApp();
        await app.InitializeAsync();
        using var operators = await app.ApiAsAsync("operator");
        var tools = await McpAsync(operators, "tools/list", new { });
        var names = tools
            .GetProperty("tools")
            .EnumerateArray()
            .Select(tool => tool.GetProperty("name").GetString())
            .ToList();
        Assert.Contains("list_tenants", names);
        Assert.Contains("query_metric", names);
        Assert.Contains("propose", names);
        using var viewers = await app.ApiAsAsync("viewer");
        Assert.DoesNotContain(
            "propose",
            (await McpAsync(viewers, "tools/list", new { }))
                .GetProperty("tools")
                .EnumerateArray()
                .Select(tool => tool.GetProperty("name").GetString())
        );
        var foreign = await McpAsync(
            viewers,
            "tools/call",
            new { name = "list_containers", arguments = new { tenant = "nobody" } }
        );
        Assert.Contains("no tenant", foreign.GetRawText(), StringComparison.Ordinal);

        using var nobody = app.Anonymous();
        using var refused = await nobody.PostAsJsonAsync(
            "/mcp",
            new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "tools/list",
            }
        );
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Errors_that_are_there_are_shown_however_many_they_are()
    {
        await using var app = new SandboxApp();
        await app.InitializeAsync();
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, "show errors of the RentGuy API");
        Assert.Equal("done", told.Last.Type);
        Assert.Contains("Errors of rentguy/api", told.Text, StringComparison.Ordinal);
        Assert.InRange(told.Text.Split('\n').Count(line => line.StartsWith("> ", StringComparison.Ordinal)), 5, 40);
    }

    private static async Task<JsonElement> McpAsync(HttpClient client, string method, object parameters)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp")
        {
            Content = JsonContent.Create(
                new
                {
                    jsonrpc = "2.0",
                    id = 1,
                    method,
                    @params = parameters,
                }
            ),
        };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var answer = await client.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        var message =
            answer.Content.Headers.ContentType?.MediaType == "text/event-stream"
                ? Asking.Events(body)[^1].Data
                : JsonDocument.Parse(body).RootElement;
        return message.GetProperty("result");
    }
}
