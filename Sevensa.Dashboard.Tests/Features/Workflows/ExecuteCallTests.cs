using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Workflows;

/// <summary>The one tool of n8n's MCP server that is called, against what the real one answered.</summary>
public sealed class ExecuteCallTests
{
    /// <summary>The recording keeps an answer of events as its lines.</summary>
    private static StartAnswer Answer(string exchange)
    {
        var body = JsonNode.Parse(Recorded.Of("n8n").Single(one => one.Name == exchange).Body)!;
        return ExecuteCall.Read(string.Join('\n', body["lines"]!.AsArray().Select(line => (string?)line)));
    }

    [Fact]
    public void A_run_that_began_has_its_number()
    {
        var answer = Answer("execute an exposed workflow, production (2)");
        Assert.Equal((StartState.Started, "47"), (answer.State, answer.Run));
    }

    [Theory]
    [InlineData("execute a workflow that is not exposed (2)", "Workflow is not available in MCP")]
    [InlineData("execute an unknown one", "Workflow not found")]
    [InlineData("execute an exposed workflow, production", "Provide triggerNodeName")]
    // This alone comes with isError.
    [InlineData("execute an exposed workflow", "Input validation error")]
    public void A_refusal_without_isError_is_none_the_less_one(string exchange, string words)
    {
        var answer = Answer(exchange);
        Assert.Equal((StartState.NotStarted, null), (answer.State, answer.Run));
        Assert.Contains(words, answer.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_has_a_number_was_begun_whatever_else_is_said() =>
        Assert.Equal(
            new StartAnswer(StartState.Started, "", "47"),
            ExecuteCall.Read(
                """{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true,"structuredContent":{"executionId":"47","status":"error"}}}"""
            )
        );

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"content":[]}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error"}}""")]
    [InlineData(
        """{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"timed out"}],"isError":true}}"""
    )]
    public void What_does_not_say_may_have_begun_something(string body) =>
        Assert.Equal(StartState.MayHaveStarted, ExecuteCall.Read(body).State);

    [Fact]
    public void It_runs_the_published_version_at_a_named_trigger_with_the_mark_beside_the_input()
    {
        var call = ExecuteCall.Of("w1", "Webhook", JsonElement.Parse("""{"a":1}"""), "sevensa-run-7");
        var arguments = call.GetProperty("params").GetProperty("arguments");
        Assert.Equal("production", arguments.GetProperty("executionMode").GetString());
        Assert.Equal("Webhook", arguments.GetProperty("triggerNodeName").GetString());
        var data = arguments.GetProperty("inputs").GetProperty("webhookData");
        Assert.Equal("""{"a":1}""", data.GetProperty("body").GetRawText());
        Assert.Equal("sevensa-run-7", data.GetProperty("query").GetProperty("sevensaRun").GetString());
        Assert.False(
            ExecuteCall
                .Of("w1", "Schedule", null, "m")
                .GetProperty("params")
                .GetProperty("arguments")
                .TryGetProperty("inputs", out _)
        );
    }
}
