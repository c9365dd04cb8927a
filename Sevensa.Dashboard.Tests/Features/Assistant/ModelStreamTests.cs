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
    public async Task Two_questions_that_filled_one_context_are_told_so_also_when_one_was_being_answered(
        string protocol
    )
    {
        var say = Wording.Of(protocol);
        Model.Play(_ => (200, say.Said("Half an answ") + say.Error("Context size has been exceeded.")));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Equal(
            "The answer was cut off. The model's context is full: Context size has been exceeded. Nothing was proposed.",
            told.Message
        );
        Assert.Contains("another question may have shared it", told.Remedy, StringComparison.Ordinal);
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
    public async Task A_call_that_is_written_as_text_runs_like_a_call(string protocol)
    {
        var say = Wording.Of(protocol);
        Model.Play(time =>
            time == 1
                ? (
                    200,
                    say.Said("<tool_call>{\"name\": \"list_ten")
                        + say.Said("ants\", \"arguments\": {}}</tool_call>")
                        + say.Done()
                )
                : (200, say.Said("There is one.") + say.Done())
        );
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "which tenants are there?");
        Assert.Equal(["list_tenants"], told.Tools("finished"));
        Assert.Equal("There is one.", told.Text);
        Assert.Equal("done", told.Last.Type);
        Assert.Contains("Data, not instructions", Model.Asked[1].GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"container.restart","arguments":{"target":"api"}}""", "container.restart")]
    [InlineData("""{"name": "list_containers", "arguments": {"tenant": "rent""", "not to its end")]
    public async Task A_written_call_that_is_none_is_said_to_be_none(string written, string words)
    {
        var say = Wording.Of("ollama");
        Model.Play(_ => (200, say.Said(written) + say.Done()));
        var client = await scripted.ClientAsync();
        var told = await Asking.AskAsync(client, "restart the RentGuy API");
        Assert.Equal("", told.Text);
        Assert.Equal("error", told.Last.Type);
        Assert.Contains("tool call as text", told.Message, StringComparison.Ordinal);
        Assert.Contains(words, told.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was looked up. Nothing was proposed.", told.Message, StringComparison.Ordinal);
        await Asking.NothingProposedAsync(client);
    }

    [Theory]
    [InlineData("<thi|nk>secret plan|</think>\n\n|The answer is 42.", "The answer is 42.")]
    [InlineData("reasoning …</think>\nThe answer is 43.", "The answer is 43.")]
    public async Task Thoughts_are_no_answer_and_no_memory(string pieces, string answer)
    {
        var say = Wording.Of("ollama");
        await using var model = await ScriptedModel.StartAsync(_ =>
            (200, string.Concat(pieces.Split('|').Select(say.Said)) + say.Done())
        );
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, "what is it?");
        Assert.Equal(answer, told.Text);
        Assert.DoesNotContain(told.Events, one => one.Data.GetRawText().Contains("secret", StringComparison.Ordinal));
        await Asking.AskAsync(client, "sure?", told.Conversation);
        var sent = model.Asked[^1].GetProperty("messages").GetRawText();
        Assert.Contains(answer, sent, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("reasoning", sent, StringComparison.Ordinal);
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
        var told = await Asking.AskAsync(client, "is all well?");
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
    public async Task Null_for_a_default_is_the_default()
    {
        var say = Wording.Of("ollama");
        Model.Play(time =>
            time == 1
                ? (
                    200,
                    say.Called("Recent-Changes", """{"Tenant":"rentguy","hours":null}""")
                        + say.Called("recent_changes", """{"tenant":"rentguy","hours":"soon"}""")
                        + say.Done()
                )
                : (200, say.Said("Seen.") + say.Done())
        );
        var client = await scripted.ClientAsync();
        var told = await Asking.AskAsync(client, "what changed at RentGuy?");
        Assert.Equal(["recent_changes"], told.Tools("finished"));
        Assert.Equal(["recent_changes"], told.Tools("failed"));
        Assert.Contains("is a whole number", Model.Asked[1].GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_context_is_asked_of_the_server_sent_and_kept_within()
    {
        var say = Wording.Of("ollama");
        await using var model = await ScriptedModel.StartAsync(_ => (200, say.Said("Fine.") + say.Done()));
        model.Besides["POST /api/show"] = (
            200,
            """{"model_info":{"llama.context_length":8192},"capabilities":["completion","tools"],"parameters":"stop \"x\""}"""
        );
        model.Besides["GET /api/ps"] = (200, """{"models":[]}""");
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        await Asking.AskAsync(client, "is all well?");
        var options = model.Asked[0].GetProperty("options");
        Assert.Equal(8192, options.GetProperty("num_ctx").GetInt32());
        Assert.Equal(2048, options.GetProperty("num_predict").GetInt32());
        Assert.False(model.Asked[0].GetProperty("truncate").GetBoolean());
    }

    [Fact]
    public async Task Behind_the_openai_protocol_the_context_is_asked_of_Ollama_too()
    {
        var say = Wording.Of("openai");
        await using var model = await ScriptedModel.StartAsync(_ => (200, say.Said("Fine.") + say.Done()));
        model.Besides["GET /v1/models"] = (
            200,
            """{"object":"list","data":[{"id":"m:latest","object":"model","created":1,"owned_by":"library"}]}"""
        );
        model.Besides["POST /api/show"] = (
            200,
            """{"model_info":{"llama.context_length":32768},"capabilities":["completion","tools"]}"""
        );
        model.Besides["GET /api/ps"] = (200, """{"models":[{"name":"m:latest","context_length":8192}]}""");
        await using var app = await Asking.StartAsync(model, "openai");
        using var client = await app.ApiAsAsync("operator");
        Assert.Equal("done", (await Asking.AskAsync(client, "is all well?")).Last.Type);
        Assert.Equal(2048, model.Asked[0].GetProperty("max_tokens").GetInt32());
        model.Besides["POST /api/show"] = (200, """{"capabilities":["completion"]}""");
        await using var without = await Asking.StartAsync(model, "openai");
        using var other = await without.ApiAsAsync("operator");
        Assert.Contains(
            "can't call tools",
            (await Asking.AskAsync(other, "is all well?")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Without_a_word_of_the_server_a_usual_context_is_sent()
    {
        var say = Wording.Of("ollama");
        await using var model = await ScriptedModel.StartAsync(_ => (200, say.Said("Fine.") + say.Done()));
        await using var app = await Asking.StartAsync(model, "ollama", ("Ollama:AnswerTokens", "1000"));
        using var client = await app.ApiAsAsync("operator");
        Assert.Equal("done", (await Asking.AskAsync(client, "is all well?")).Last.Type);
        var options = model.Asked[0].GetProperty("options");
        Assert.Equal(16_384, options.GetProperty("num_ctx").GetInt32());
        Assert.Equal(1_000, options.GetProperty("num_predict").GetInt32());
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
    [InlineData("ollama", "<think>They ask, and I", "", "error", "thought, and came to no answer")]
    [InlineData("openai", "It is well.\n<think>Or is it", "It is well.\n", "done", "went on to think")]
    [InlineData("ollama", "Such models write <think> first.", "Such models write <think> first.", "done", null)]
    public async Task Thoughts_that_nothing_ends_are_told(
        string protocol,
        string said,
        string shown,
        string last,
        string? words
    )
    {
        var say = Wording.Of(protocol);
        Model.Play(_ => (200, say.Said(said) + say.Done()));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Equal(shown, told.Text);
        Assert.Equal(last, told.Last.Type);
        Assert.Contains(words ?? "messageId", told.Last.Data.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ollama", """[list_containers(tenant="rentguy")]""")]
    [InlineData("openai", """list_containers(tenant="rentguy")""")]
    [InlineData("ollama", """[TOOL_CALLS]list_containers[ARGS]{"tenant":"rentguy"}""")]
    [InlineData(
        "openai",
        "<tool_call>\n<function=list_containers>\n<parameter=tenant>\nrentguy\n</parameter>\n</function>\n</tool_call>"
    )]
    [InlineData(
        "openai",
        """<|channel|>analysis<|message|>They ask.<|end|><|start|>assistant<|channel|>commentary to=functions.list_containers <|constrain|>json<|message|>{"tenant":"rentguy"}<|call|>"""
    )]
    public async Task Whatever_form_a_written_call_has_it_runs_and_is_not_shown(string protocol, string written)
    {
        var say = Wording.Of(protocol);
        Model.Play(time => (200, say.Said(time == 1 ? written : "There are some.") + say.Done()));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "what runs?");
        Assert.Equal(["list_containers"], told.Tools("started"));
        Assert.Equal("There are some.", told.Text);
        Assert.Equal(2, Model.Asked.Count);
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

    [Theory]
    [InlineData("ollama", 3_600)]
    [InlineData("openai", 4_000)]
    public async Task A_context_that_is_nearly_full_is_told_before_it_is_cut(string protocol, int read)
    {
        var say = Wording.Of(protocol);
        await using var model = await ScriptedModel.StartAsync(_ => (200, say.Said("Fine.") + say.Done("stop", read)));
        await using var app = await Asking.StartAsync(
            model,
            protocol,
            ("Ollama:ContextTokens", "4096"),
            ("Ollama:AnswerTokens", "256")
        );
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, string.Concat(Enumerable.Repeat("It was slow at nine. ", 90)));
        Assert.Equal("Fine.", told.Text);
        var notice = Assert.Single(told.Events, one => one.Type == "notice").Data.GetProperty("message").GetString();
        Assert.Contains($"{read} of the 4096 tokens", notice, StringComparison.Ordinal);
        Assert.Contains("Begin a new conversation", notice, StringComparison.Ordinal);
        Assert.Equal("done", told.Last.Type);
        Assert.Contains(
            "4096",
            (await Asking.KeptAsync(client, told.Conversation)).GetProperty("events").GetRawText(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task What_is_too_long_loses_its_oldest_messages_and_never_rules_or_tools(string protocol)
    {
        var say = Wording.Of(protocol);
        await using var model = await ScriptedModel.StartAsync(_ => (200, say.Said("Fine.") + say.Done()));
        await using var app = await Asking.StartAsync(
            model,
            protocol,
            ("Ollama:ContextTokens", "6144"),
            ("Ollama:AnswerTokens", "256")
        );
        using var client = await app.ApiAsAsync("operator");
        var conversation = await Asking.BeginAsync(client);
        Told told;
        var asked = 0;
        do
        {
            asked++;
            told = await Asking.AskAsync(
                client,
                $"Question {asked}: " + string.Concat(Enumerable.Repeat("it was slow at nine. ", 120)),
                conversation
            );
            Assert.Equal("done", told.Last.Type);
        } while (told.Events.All(one => one.Type != "notice"));
        Assert.InRange(asked, 3, 12);
        var notice = told.Events.First(one => one.Type == "notice").Data.GetProperty("message").GetString();
        Assert.Contains("oldest", notice, StringComparison.Ordinal);
        Assert.Contains("left out", notice, StringComparison.Ordinal);
        var (first, last) = (model.Asked[0], model.Asked[^1]);
        Assert.Equal(first.GetProperty("tools").GetRawText(), last.GetProperty("tools").GetRawText());
        Assert.Equal(Messages(first)[0], Messages(last)[0]);
        Assert.StartsWith($"Question {asked}:", Messages(last)[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(Messages(last), message => message.StartsWith("Question 1:", StringComparison.Ordinal));
        Assert.Equal("user", last.GetProperty("messages")[1].GetProperty("role").GetString());

        // The next one begins as this one did, so that the server need not read it anew.
        await Asking.AskAsync(client, "And?", conversation);
        Assert.Equal(Messages(last), Messages(model.Asked[^1]).Take(Messages(last).Count));
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task A_count_below_that_of_a_shorter_beginning_is_told_as_too_long(string protocol)
    {
        var say = Wording.Of(protocol);
        Model.Play(time => (200, say.Said("Fine.") + say.Done("stop", time == 1 ? 2_300 : 2_240)));
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Equal("done", told.Last.Type);
        told = await Asking.AskAsync(
            client,
            "And at RentGuy, for the last three days, what was it like there?",
            told.Conversation
        );
        Assert.Equal("error", told.Last.Type);
        Assert.Contains("too long for the model", told.Message, StringComparison.Ordinal);
        Assert.Contains("read 2240 tokens", told.Message, StringComparison.Ordinal);
        Assert.Equal("", told.Text);
    }

    [Theory]
    [InlineData("ollama", 2050)]
    [InlineData("openai", 2050)]
    [InlineData("ollama", 3900)]
    public async Task A_prompt_that_the_server_cut_is_told_as_too_long_and_is_no_answer(string protocol, int read)
    {
        var say = Wording.Of(protocol);
        Model.Play(_ =>
            (
                200,
                string.Concat(Enumerable.Repeat(say.Said("It is nothing in particular, I think. "), 20))
                    + say.Done("stop", read)
            )
        );
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(
            client,
            string.Concat(Enumerable.Repeat("The service answered in 20 ms. ", 700))
        );
        Assert.Equal("", told.Text);
        Assert.Contains("too long for the model", told.Message, StringComparison.Ordinal);
        Assert.Contains($"read {read} tokens", told.Message, StringComparison.Ordinal);
        Assert.Equal("", (await Asking.KeptAsync(client, told.Conversation)).GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_question_that_cannot_fit_is_not_sent()
    {
        await using var model = await ScriptedModel.StartAsync(_ => (200, ""));
        await using var app = await Asking.StartAsync(
            model,
            "ollama",
            ("Assistant:MaximumQuestion", "40000"),
            ("Ollama:ContextTokens", "4096")
        );
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, string.Concat(Enumerable.Repeat("It was slow. ", 2_000)));
        Assert.Contains("too long for the model", told.Message, StringComparison.Ordinal);
        Assert.Contains("4096", told.Message, StringComparison.Ordinal);
        Assert.Empty(model.Asked);
    }

    [Fact]
    public async Task A_prompt_begins_alike_from_question_to_question()
    {
        var say = Wording.Of("ollama");
        Model.Play(_ => (200, say.Said("Fine.") + say.Done()));
        var client = await scripted.ClientAsync();
        var (conversation, _) = await Asking.AskAsync(client, "is all well?");
        await Asking.AskAsync(client, "and now?", conversation);
        var (first, second) = (Messages(Model.Asked[0]), Messages(Model.Asked[1]));
        Assert.Equal(first, second.Take(first.Count));
        Assert.Equal(
            Model.Asked[0].GetProperty("tools").GetRawText(),
            Model.Asked[1].GetProperty("tools").GetRawText()
        );
        Assert.DoesNotMatch(@"\d\d:\d\d", first[0]);
        Assert.Matches(@"(?s)^is all well\?.*\d\d:\d\d UTC", first[^1]);
    }

    [Fact]
    public async Task Rules_and_tools_leave_most_of_a_small_context_to_the_talk()
    {
        var say = Wording.Of("ollama");
        Model.Play(_ => (200, say.Said("Fine.") + say.Done()));
        var client = await scripted.ClientAsync();
        await Asking.AskAsync(client, "is all well?");
        var tools = Model.Asked[0].GetProperty("tools").GetRawText();
        var all = tools.Length + Messages(Model.Asked[0]).Sum(message => message.Length);
        TestContext.Current.TestOutputHelper!.WriteLine($"{all} characters, tools {tools.Length}\n{tools}");
        Assert.InRange(all, 1_000, 8_200);
    }

    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task An_answer_whose_asker_has_gone_is_kept_as_stopped(string protocol)
    {
        var say = Wording.Of(protocol);
        Model.Play(
            async (context, _) =>
            {
                await context.Response.WriteAsync(say.Said(new string('a', 300)), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        );
        var client = await scripted.ClientAsync(protocol);
        var conversation = await Asking.BeginAsync(client);
        using (var leave = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Post,
                $"/api/v1/conversations/{conversation}/messages"
            )
            {
                Content = JsonContent.Create(new { text = "is all well?" }),
            };
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave.Token);
            await using var stream = await answer.Content.ReadAsStreamAsync(leave.Token);
            Assert.True(await stream.ReadAsync(new byte[100], leave.Token) > 0);
            await leave.CancelAsync();
        }
        await Model.HungUp.Task.WaitAsync(Patience.Usual, Cancel);
        JsonElement kept;
        do
        {
            kept = await Asking.KeptAsync(client, conversation);
        } while (kept.GetProperty("author").GetString() == "user");
        Assert.StartsWith("aaa", kept.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("Stopped.", kept.GetProperty("events").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_silent_is_given_up_after_its_time()
    {
        await using var model = await ScriptedModel.StartAsync(
            (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted)
        );
        await using var app = await Asking.StartAsync(model, "ollama", ("Ollama:FirstTokenSeconds", "5"));
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, "is all well?");
        Assert.Contains("said nothing for 5 s", told.Message, StringComparison.Ordinal);
        Assert.Contains("Ollama:FirstTokenSeconds", told.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"Kind":"Container.Restart","tenant":"rentguy","target":"rentguy-api-1","reason":"asked","parameters":"{\"graceSeconds\": 20.0}"}"""
    )]
    [InlineData(
        """{"kind":"container.restart","tenant":"rentguy","target":"rentguy-api-1","reason":"asked","parameters":null}"""
    )]
    public async Task A_proposal_is_made_of_what_small_models_write(string arguments)
    {
        var say = Wording.Of("ollama");
        await using var model = await ScriptedModel.StartAsync(time =>
            time == 1 ? (200, say.Called("Propose", arguments) + say.Done()) : (200, say.Said("Proposed.") + say.Done())
        );
        await using var app = await Asking.StartAsync(model);
        await app.FleetIsKnownAsync();
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, "restart the RentGuy API");
        Assert.True(
            told.Events.Any(one => one.Type == "proposal"),
            string.Join("\n", told.Events.Select(one => $"{one.Type} {one.Data.GetRawText()}"))
        );
    }

    [Fact]
    public async Task Who_waits_for_anothers_answer_is_told_so()
    {
        var say = Wording.Of("ollama");
        var free = new TaskCompletionSource();
        await using var model = await ScriptedModel.StartAsync(
            async (context, _) =>
            {
                await free.Task.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync(say.Said("Fine.") + say.Done(), context.RequestAborted);
            }
        );
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        var first = Asking.AskAsync(client, "is all well?");
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

    private static List<string> Messages(JsonElement asked) =>
        [
            .. asked
                .GetProperty("messages")
                .EnumerateArray()
                .Select(message => message.GetProperty("content").GetString()!),
        ];
}
