using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Turns;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What goes into a model's context, what is left out of it, and what is told when it is too small.</summary>
public sealed class ModelContextTests(ScriptedApp scripted) : IClassFixture<ScriptedApp>
{
    private ScriptedModel Model => scripted.Model;

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

    [Fact]
    public async Task What_is_more_than_it_is_to_remember_goes_by_several_messages_at_once_and_is_told()
    {
        var say = Wording.Of("ollama");
        await using var model = await ScriptedModel.StartAsync(_ => (200, say.Said("Fine.") + say.Done()));
        await using var app = await Asking.StartAsync(model, "ollama", ("Assistant:Memory", "10"));
        using var client = await app.ApiAsAsync("operator");
        var conversation = await Asking.BeginAsync(client);
        var notices = new List<string>();
        for (var asked = 1; asked <= 12; asked++)
        {
            var told = await Asking.AskAsync(client, $"Question {asked}", conversation);
            notices.Add(
                string.Concat(
                    told.Events.Where(one => one.Type == "notice")
                        .Select(one => one.Data.GetProperty("message").GetString())
                )
            );
        }
        // The first that is sent, by its number: it stays from question to question, as what a server remembers does.
        var first = model
            .Asked.Select(one => one.GetProperty("messages")[1].GetProperty("content").GetString()!.Split('\n')[0])
            .ToList();
        Assert.Equal(
            ["1", "1", "1", "1", "1", "1", "4", "4", "4", "7", "7", "7"],
            first.Select(text => text["Question ".Length..])
        );
        Assert.All(notices.Take(6), Assert.Empty);
        Assert.All(
            notices.Skip(6).Take(3),
            notice => Assert.Contains("its oldest 6 messages were left out", notice, StringComparison.Ordinal)
        );
        Assert.Contains("the 10 messages that the model is sent", notices[^1], StringComparison.Ordinal);
        Assert.Contains("its oldest 12 messages were left out", notices[^1], StringComparison.Ordinal);
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

    /// <summary>A server that has answered the first question has read nearly all of the second one already.</summary>
    [Theory]
    [InlineData("ollama")]
    [InlineData("openai")]
    public async Task The_next_question_is_sent_with_what_was_looked_up_for_the_last_one(string protocol)
    {
        var say = Wording.Of(protocol);
        Model.Play(time =>
            (
                200,
                (
                    time switch
                    {
                        1 => say.Called("list_containers", """{"tenant":"rentguy"}"""),
                        2 => say.Called("list_releases", """{"tenant":"rentguy"}"""),
                        _ => say.Said("It is as it was."),
                    }
                ) + say.Done()
            )
        );
        var client = await scripted.ClientAsync(protocol);
        var told = await Asking.AskAsync(client, "how is the rentguy api?");
        Assert.Equal("done", told.Last.Type);
        Assert.Equal("done", (await Asking.AskAsync(client, "and its latency?", told.Conversation)).Last.Type);
        Assert.Equal(4, Model.Asked.Count);
        var (last, next) = (Model.Asked[2].GetRawText(), Model.Asked[3].GetRawText());
        var alike = last.AsSpan().CommonPrefixLength(next) / (double)last.Length;
        TestContext.Current.TestOutputHelper!.WriteLine($"{alike:P1} of {last.Length} characters");
        Assert.InRange(alike, 0.95, 1);
        Assert.InRange(last.AsSpan().CommonPrefixLength(next) / (double)next.Length, 0.95, 1);
    }

    [Fact]
    public void What_was_looked_up_for_earlier_questions_goes_before_anything_that_was_said()
    {
        var call = new ModelCall("1", "list_tenants", JsonSerializer.SerializeToElement(new { }));
        ModelMessage[] prompt =
        [
            new("system", "Rules"),
            new("user", "Is all well?"),
            new("assistant", "", [call]),
            new("tool", new string('x', 4_000), Answers: call),
            new("assistant", "It is."),
            new("user", "And now?"),
        ];
        var roomy = new Talk(prompt, 1_000, 20_000);
        Assert.Equal(prompt, roomy.Messages);
        var tight = new Talk(prompt, 1_000, 8_000);
        Assert.Equal(["Rules", "Is all well?", "It is.", "And now?"], tight.Messages.Select(one => one.Text));
        // What is looked up now may take all the room, and drives out what was looked up before.
        roomy.Add(new ModelMessage("assistant", "", [call]));
        roomy.Add(new ModelMessage("tool", new string('y', 16_000), Answers: call));
        Assert.True(roomy.Fits());
        Assert.Equal(0, roomy.Forgotten);
        Assert.Equal(
            ["Rules", "Is all well?", "It is.", "And now?", "", new string('y', 16_000)],
            roomy.Messages.Select(one => one.Text)
        );
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
        Assert.InRange(all, 1_000, 5_400);
    }

    private static List<string> Messages(JsonElement asked) =>
        [
            .. asked
                .GetProperty("messages")
                .EnumerateArray()
                .Select(message => message.GetProperty("content").GetString()!),
        ];
}
