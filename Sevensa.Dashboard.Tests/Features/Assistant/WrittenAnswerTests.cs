namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What models write into their answers that is no answer: calls, thoughts, arguments in their own manner.</summary>
public sealed class WrittenAnswerTests(ScriptedApp scripted) : IClassFixture<ScriptedApp>
{
    private ScriptedModel Model => scripted.Model;

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

    [Fact]
    public async Task What_a_model_says_is_held_back_until_it_is_known_whether_it_thinks_aloud()
    {
        var say = Wording.Of("ollama");
        string[] pieces = ["All is", " well."];
        await using var model = await ScriptedModel.StartAsync(_ =>
            (200, string.Concat(pieces.Select(say.Said)) + say.Done())
        );
        await using var app = await Asking.StartAsync(model);
        using var client = await app.ApiAsAsync("operator");
        Assert.Equal(["All is well."], await PiecesAsync());
        Assert.Equal(pieces, await PiecesAsync());
        pieces = ["Is it", " so?", "</think>", "It is."];
        // What was shown by then gives way to the answer, and the next one is waited for.
        Assert.Equal(["Is it", " so?", "", "It is."], await PiecesAsync());
        Assert.Equal(["It is."], await PiecesAsync());

        async Task<IEnumerable<string>> PiecesAsync()
        {
            var told = await Asking.AskAsync(client, "is all well?");
            Assert.Equal(pieces[^1] == " well." ? "All is well." : "It is.", told.Text);
            return told
                .Events.Where(one => one.Type == "text")
                .Select(one => one.Data.GetProperty("text").GetString()!);
        }
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
}
