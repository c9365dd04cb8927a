using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What is told of a model's answer that is not as it should be, alike by both protocols.</summary>
public sealed class ModelStreamTests(ScriptedApp scripted) : IClassFixture<ScriptedApp>
{
    private ScriptedModel Model => scripted.Model;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task An_error_inside_the_stream_ends_a_half_answer_in_the_servers_words(string protocol)
    {
        const string Words = "llama runner process has terminated: CUDA out of memory";
        var say = Wording.Of(protocol);
        Model.Play(_ => (200, say.Said("Half an answ") + say.Error(Words)));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Equal("Half an answ", told.Text);
        Assert.Equal("error", told.Last.Type);
        Assert.StartsWith("The answer was cut off.", told.Message, StringComparison.Ordinal);
        Assert.Contains(Words, told.Message, StringComparison.Ordinal);
        var kept = await Asking.KeptAsync(client, told.Conversation);
        Assert.Equal("Half an answ", kept.GetProperty("text").GetString());
        Assert.Equal("error", kept.GetProperty("events")[0].GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task An_end_without_its_mark_is_told(string protocol)
    {
        var say = Wording.Of(protocol);
        Model.Play(_ => (200, say.Said("Half an answ")));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Equal("error", told.Last.Type);
        Assert.Contains("cut off", told.Message, StringComparison.Ordinal);
        Assert.Contains("without saying that it was whole", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task An_answer_that_ran_into_its_limit_is_said_to_be_cut(string protocol)
    {
        var say = Wording.Of(protocol);
        Model.Play(_ => (200, say.Said("The three causes are: first") + say.Done("length")));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "why?");
        Assert.Equal("The three causes are: first", told.Text);
        Assert.Equal("done", told.Last.Type);
        Assert.False(told.Last.Data.GetProperty("complete").GetBoolean());
        Assert.Contains("cut off (length)", told.Last.Data.GetProperty("reason").GetString(), StringComparison.Ordinal);
        var kept = await Asking.KeptAsync(client, told.Conversation);
        Assert.Contains("cut off", kept.GetProperty("events").GetRawText(), StringComparison.Ordinal);

        await Asking.AskAsync(client, "and then?", told.Conversation);
        Assert.Contains("cut off]", Model.Asked[^1].GetProperty("messages").GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task An_endless_answer_is_cut_and_its_connection_closed(string protocol)
    {
        var say = Wording.Of(protocol);
        await using var model = await ScriptedModel.StartAsync(
            async (context, _) =>
            {
                while (!context.RequestAborted.IsCancellationRequested)
                {
                    await context.Response.WriteAsync(say.Said("again and again "), context.RequestAborted);
                }
            }
        );
        await using var app = await Asking.StartAsync(model, protocol, ("Assistant:MaximumAnswer", "4000"));
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, "go on");
        Assert.InRange(told.Text.Length, 3_900, 4_100);
        Assert.False(told.Last.Data.GetProperty("complete").GetBoolean());
        Assert.Contains("4000 characters", told.Last.Data.GetProperty("reason").GetString(), StringComparison.Ordinal);
        await model.HungUp.Task.WaitAsync(Patience.Usual, Cancel);
    }

    [Fact]
    public async Task A_call_that_ran_into_the_limit_is_said_to_be_cut_and_is_not_asked_for_again()
    {
        const string HalfACall =
            """data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"list_containers","arguments":"{\"tenant\":\"re"}}]},"finish_reason":null}]}""";
        var asked = 0;
        Model.Play(_ =>
        {
            asked++;
            return (200, HalfACall + "\n\n" + Wording.Of("openai").Done("length"));
        });
        var client = await scripted.ClientAsync("openai");
        var told = await Asking.AskAsync(client, "what runs?");
        Assert.Equal("error", told.Last.Type);
        Assert.StartsWith(
            "The model's tool call was cut off (length): it reached the limit of",
            told.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("Nothing was looked up. Nothing was proposed.", told.Message, StringComparison.Ordinal);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_line_that_no_answer_has_is_not_read_to_its_end()
    {
        Model.Play(
            async (context, _) =>
            {
                var piece = new string('x', 64_000);
                for (var sent = 0; sent < 60_000_000 && !context.RequestAborted.IsCancellationRequested; sent += 64_000)
                {
                    await context.Response.WriteAsync(piece, context.RequestAborted);
                }
                // What is written after the end of a connection is thrown away, sooner than that end is told.
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        );
        var client = await scripted.ClientAsync();
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Equal("error", told.Last.Type);
        Assert.Contains("a line of more than 1 MB", told.Message, StringComparison.Ordinal);
        await Model.HungUp.Task.WaitAsync(Patience.Usual, Cancel);
    }

    [Theory]
    [InlineData(
        "ollama",
        404,
        """{"error":"model 'm' not found"}""",
        "is not there: model 'm' not found.",
        "ollama pull m"
    )]
    [InlineData(
        "openai",
        404,
        """{"error":{"message":"model 'm' not found","type":"not_found_error","param":null,"code":null}}""",
        "is not there: model 'm' not found.",
        "Ollama:Model"
    )]
    [InlineData(
        "ollama",
        500,
        """{"error":"model runner has unexpectedly stopped"}""",
        "500: model runner has unexpectedly stopped.",
        "log"
    )]
    [InlineData(
        "ollama",
        400,
        """{"error":"registry.ollama.ai/library/m:latest does not support tools"}""",
        "can't call tools: registry.ollama.ai/library/m:latest does not support tools.",
        "Ollama:Model"
    )]
    [InlineData(
        "openai",
        503,
        """{"error":{"message":"Loading model","type":"unavailable_error","code":503}}""",
        "is being loaded: Loading model.",
        "in a minute"
    )]
    [InlineData(
        "ollama",
        503,
        """{"error":"server busy, please try again.  maximum pending requests exceeded"}""",
        "busy: server busy, please try again. maximum pending requests exceeded.",
        "Ask again"
    )]
    [InlineData(
        "openai",
        400,
        """{"error":{"code":400,"message":"request (5218 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5218,"n_ctx":4096}}""",
        "too long for the model: request (5218 tokens) exceeds the available context size",
        "context"
    )]
    [InlineData(
        "ollama",
        400,
        """{"error":"{\"error\":{\"code\":400,\"message\":\"request (2538 tokens) exceeds the available context size (1024 tokens), try increasing it\",\"type\":\"exceed_context_size_error\"}}"}""",
        "too long for the model: request (2538 tokens) exceeds the available context size",
        "Ollama:ContextTokens"
    )]
    [InlineData(
        "openai",
        400,
        """{"error":{"message":"registry.ollama.ai/library/m:latest does not support tools","type":"invalid_request_error","param":null,"code":null}}""",
        "can't call tools: registry.ollama.ai/library/m:latest does not support tools.",
        "Ollama:Model"
    )]
    [InlineData(
        "ollama",
        503,
        """{"error":{"message":"Loading model","type":"unavailable_error","code":503}}""",
        "is being loaded: Loading model.",
        "in a minute"
    )]
    [InlineData(
        "openai",
        503,
        """{"error":{"message":"server busy, please try again.  maximum pending requests exceeded","type":"api_error","param":null,"code":null}}""",
        "busy: server busy, please try again. maximum pending requests exceeded.",
        "Ask again"
    )]
    [InlineData(
        "openai",
        429,
        """{"object":"error","message":"too many","type":"RateLimitError","code":429}""",
        "busy: too many.",
        "Ask again"
    )]
    [InlineData(
        "openai",
        500,
        """{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}""",
        "context is full: Context size has been exceeded.",
        "-np 1"
    )]
    [InlineData("ollama", 500, """{"error":"half \ud83d of it"}""", "500: half \ufffd of it.", "log")]
    [InlineData("openai", 401, """{"error":"Unauthorized"}""", "does not let us in: Unauthorized.", "Ollama:TokenFile")]
    [InlineData(
        "ollama",
        502,
        "<html><head><title>x</title></head><body>Bad Gateway</body></html>",
        "502: Bad Gateway.",
        "log"
    )]
    public async Task A_refusal_is_told_in_the_servers_words_with_what_to_do(
        string protocol,
        int status,
        string body,
        string words,
        string remedy
    )
    {
        Model.Play(_ => (status, body));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Equal("error", told.Last.Type);
        Assert.Contains(words, told.Message, StringComparison.Ordinal);
        Assert.EndsWith(". Nothing was proposed.", told.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, told.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_server_that_is_not_there_is_named_whatever_its_protocol(string protocol)
    {
        await using var app = new ConfiguredApp(
            ("Ollama:Url", "http://127.0.0.1:9"),
            ("Ollama:Model", "m"),
            ("Ollama:Protocol", protocol)
        );
        await app.InitializeAsync();
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, "write me a poem about ships");
        Assert.StartsWith("Ollama can't be reached: Connection refused", told.Message, StringComparison.Ordinal);
        Assert.Contains("Ollama:Url", told.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_model_that_only_calls_tools_is_stopped_with_the_number_of_rounds(string protocol)
    {
        var say = Wording.Of(protocol);
        Model.Play(_ => (200, say.Called("list_tenants", "{}") + say.Done()));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "which tenants are there?");
        Assert.Contains("Stopped after 8 rounds of tool calls", told.Message, StringComparison.Ordinal);
        Assert.Equal(8, Model.Asked.Count);
    }

    [Fact]
    public async Task A_model_that_cannot_call_tools_is_not_asked()
    {
        await using var model = await ScriptedModel.StartAsync(_ => (200, ""));
        model.Besides["POST /api/show"] = (200, """{"capabilities":["completion"]}""");
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Contains("can't call tools", told.Message, StringComparison.Ordinal);
        Assert.Empty(model.Asked);
    }

    [Theory]
    [InlineData("ollama", "load")]
    [InlineData("ollama", "unload")]
    public async Task An_end_that_only_loads_is_no_answer(string protocol, string reason)
    {
        var say = Wording.Of(protocol);
        Model.Play(_ => (200, say.Done(reason)));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Equal("error", told.Last.Type);
        Assert.Contains($"{reason}ed the model and wrote no answer", told.Message, StringComparison.Ordinal);
        Assert.Equal("Ask again.", told.Remedy);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task An_end_by_the_servers_own_word_is_told_with_it(string protocol)
    {
        var say = Wording.Of(protocol);
        Model.Play(_ => (200, say.Said("The reason is") + say.Done("content_filter")));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "why?");
        Assert.False(told.Last.Data.GetProperty("complete").GetBoolean());
        Assert.Contains("content_filter", told.Last.Data.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task Text_that_is_none_is_made_whole_wherever_it_stands(string protocol)
    {
        var say = Wording.Of(protocol);
        Model.Play(time =>
            time == 1
                ? (
                    200,
                    (
                        say.Said("All HALF1")
                        + say.Said("HALF2 HALF1 ZERO is well.")
                        + say.Called("list_tenants", """{"HALF1":"HALF1"}""")
                    )
                        .Replace("HALF1", "\\ud83d", StringComparison.Ordinal)
                        .Replace("HALF2", "\\ude00", StringComparison.Ordinal)
                        .Replace("ZERO", "\\u0000", StringComparison.Ordinal) + say.Done()
                )
                : (200, say.Said("Yes.") + say.Done())
        );
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Equal("All 😀 \ufffd \ufffd is well.\n\nYes.", told.Text);
        Assert.Equal("done", told.Last.Type);
        Assert.Equal(["list_tenants"], told.Tools("failed"));
        Assert.Equal(told.Text, (await Asking.KeptAsync(client, told.Conversation)).GetProperty("text").GetString());
    }

    [Fact]
    public async Task Who_waits_for_anothers_answer_is_told_so()
    {
        var say = Wording.Of("ollama");
        var (asked, free) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var model = await ScriptedModel.StartAsync(
            async (context, _) =>
            {
                asked.TrySetResult();
                await free.Task.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync(say.Said("Fine.") + say.Done(), context.RequestAborted);
            }
        );
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        var first = Asking.AskAsync(client, "is all well?");
        // Both are on their way in the same manner, and whichever is there later waits.
        await asked.Task.WaitAsync(Patience.Usual, Cancel);
        var conversation = await Asking.BeginAsync(client);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/conversations/{conversation}/messages")
        {
            Content = JsonContent.Create(new { text = "and here?" }),
        };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancel));
        Assert.Equal(": open", await lines.ReadLineAsync(Cancel));
        Assert.Equal("", await lines.ReadLineAsync(Cancel));
        Assert.Equal("event: waiting", await lines.ReadLineAsync(Cancel));
        free.SetResult();
        Assert.Equal("done", Asking.Events(await lines.ReadToEndAsync(Cancel))[^1].Type);
        var told = await first;
        Assert.Equal("Fine.", told.Text);
    }
}
