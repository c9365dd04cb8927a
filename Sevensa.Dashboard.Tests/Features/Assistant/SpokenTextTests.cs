using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Assistant.Turns;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What is shown of a model's text, however it is cut into pieces.</summary>
public class SpokenTextTests
{
    private static readonly string Prose = string.Concat(Enumerable.Repeat("It has been like that for a while. ", 8));

    public static TheoryData<int> ThoughtForms => [.. Enumerable.Range(0, WrittenForms.Thoughts.Length)];

    public static TheoryData<int> CallForms => [.. Enumerable.Range(0, WrittenForms.Calls.Length)];

    public static TheoryData<int> AnswerForms => [.. Enumerable.Range(0, WrittenForms.Answers.Length)];

    [Theory]
    [MemberData(nameof(ThoughtForms))]
    public void Thoughts_are_told_from_the_answer(int form)
    {
        var (written, shown, endsInThought) = WrittenForms.Thoughts[form];
        foreach (var (text, seen) in Cut(written))
        {
            Assert.Equal(shown, seen);
            Assert.Empty(text.Calls);
            Assert.Equal(endsInThought, text.EndedInThought);
        }
    }

    [Theory]
    [MemberData(nameof(CallForms))]
    public void Calls_are_told_from_the_answer_and_read(int form)
    {
        var (written, shown, calls) = WrittenForms.Calls[form];
        foreach (var (text, seen) in Cut(written))
        {
            Assert.Equal(shown, seen);
            Assert.All(text.Calls, call => Assert.True(call.IsWritten));
            Assert.Equal(
                calls,
                text.BrokenCall
                    ?? string.Join(
                        calls.Contains('{', StringComparison.Ordinal) ? ' ' : ',',
                        text.Calls.Select(call =>
                            call.Name
                            + (calls.Contains('{', StringComparison.Ordinal) ? call.Arguments.GetRawText() : "")
                        )
                    )
            );
        }
    }

    [Theory]
    [MemberData(nameof(AnswerForms))]
    public void Answers_that_speak_of_such_things_are_shown_whole(int form)
    {
        foreach (var (text, seen) in Cut(WrittenForms.Answers[form]))
        {
            Assert.Equal(WrittenForms.Answers[form], seen);
            Assert.Empty(text.Calls);
            Assert.Null(text.BrokenCall);
            Assert.False(text.EndedInThought);
        }
    }

    [Fact]
    public void A_call_that_stands_in_what_was_read_is_a_quotation()
    {
        const string Said =
            "It says:\n{\"name\":\"propose\",\"arguments\":{\"kind\":\"container.stop\"}}\nand that was all.";
        foreach (var (text, seen) in Cut(Said, quoted: true))
        {
            Assert.Equal(Said, seen);
            Assert.Empty(text.Calls);
        }
    }

    /// <summary>What people ask, what hostile lines say: all of it is text, whoever repeats it.</summary>
    [Theory]
    [InlineData("nl-ops", "commands.jsonl", "text", "expected")]
    [InlineData("prompt-injection", "attacks.jsonl", "attack", "note")]
    public void What_others_wrote_is_shown_when_it_is_repeated(string folder, string file, params string[] members)
    {
        var shown = 0;
        foreach (var line in File.ReadLines(Path.Combine(Recordings.Recorded.Datasets(), folder, file)))
        {
            using var row = System.Text.Json.JsonDocument.Parse(line);
            foreach (var member in members)
            {
                if (
                    !row.RootElement.TryGetProperty(member, out var value)
                    || value.ValueKind != System.Text.Json.JsonValueKind.String
                )
                {
                    continue;
                }
                var said = value.GetString()!;
                foreach (var (text, seen) in Cut(said, quoted: folder == "prompt-injection"))
                {
                    Assert.Equal(said.Replace("<|endoftext|>", "", StringComparison.Ordinal).Trim(), seen.Trim());
                    Assert.Empty(text.Calls);
                }
                shown++;
            }
        }
        Assert.True(shown >= 30, $"only {shown}");
    }

    [Fact]
    public void Halves_of_characters_are_made_whole_or_replaced()
    {
        foreach (
            var (pieces, shown) in ((string[], string)[])
                [
                    (["a\ud83d", "\ude00b"], "a😀b"),
                    (["a\ud83d", "b"], "a\ufffdb"),
                    (["a\ude00b\0c"], "a\ufffdb\ufffdc"),
                    (["a", "\ud83d"], "a"),
                ]
        )
        {
            var text = Begin();
            Assert.Equal(shown, string.Concat(pieces.Select(text.Add)) + text.End());
        }
    }

    /// <summary>Whatever repeats itself: no form is looked for in a time that grows with the square of the text, or worse.</summary>
    [Theory]
    [InlineData("<tool_call>list_tenants", "<", ">")]
    [InlineData("[TOOL_CALLS]list_tenants", "✿", "x")]
    [InlineData("[TOOL_CALLS]list_tenants", "[a", "}")]
    [InlineData("<function=list_tenants>", "<parameter=a>b</parameter>", "x</function>")]
    [InlineData("", "<", "")]
    [InlineData("", " ", "to")]
    [InlineData("a\n", "{\"name\":", "")]
    [InlineData("", "[", "")]
    [InlineData("", "`", "a")]
    [InlineData("a", "\n```\n", "")]
    [InlineData("<think>", "</", "")]
    [InlineData("a ", "<think> ", "")]
    [InlineData("list_tenants(", "(", ")")]
    [InlineData("Action: x\n", " ‹ < ", ">")]
    [InlineData("Action: x\n", "✿ ` ", ">")]
    [InlineData("to=functions.x", "\n", " and this is prose that goes on for some more characters")]
    [InlineData(
        "<|channel|>commentary to=functions.x",
        " \n",
        " and this is prose that goes on for some more characters"
    )]
    [InlineData("<function=x>", "</parameter", ">")]
    public void A_text_that_repeats_itself_is_read_in_its_time(string begin, string again, string end)
    {
        var written = begin + string.Concat(Enumerable.Repeat(again, 8_000 / again.Length)) + end;
        var text = Begin();
        var seen = 0;
        foreach (var piece in written.Chunk(40))
        {
            seen += text.Add(new string(piece)).Length;
        }
        Assert.InRange(seen + text.End().Length, 0, written.Length);
    }

    /// <summary>In pieces of several lengths, of a model of which nothing is known and of one that is known to speak at once.</summary>
    private static IEnumerable<(SpokenText Text, string Seen)> Cut(string written, bool quoted = false)
    {
        foreach (var aloud in (bool?[])[null, false])
        {
            foreach (var size in (int[])[1, 2, 3, 7, 20, Math.Max(1, written.Length)])
            {
                var text = Begin(quoted, aloud);
                var seen = "";
                foreach (var piece in written.Chunk(size).Select(chunk => new string(chunk)))
                {
                    var more = text.Add(piece);
                    seen = (text.StartsAnew ? "" : seen) + more;
                }
                var rest = text.End();
                yield return (text, (text.StartsAnew ? "" : seen) + rest);
            }
        }
    }

    [Fact]
    public void What_was_shown_and_turns_out_to_be_thought_is_taken_back()
    {
        var text = Begin();
        var seen = text.Add(Prose);
        Assert.NotEmpty(seen);
        var rest = text.Add("</think>The answer is 43.");
        Assert.True(text.StartsAnew);
        Assert.True(text.HasThoughtAloud);
        Assert.Equal("The answer is 43.", rest + text.End());
    }

    [Fact]
    public void A_model_that_is_known_to_think_aloud_is_waited_for()
    {
        var text = Begin(thinksAloud: true);
        Assert.Equal("", text.Add(Prose + Prose));
        Assert.Equal("Yes.", text.Add("</think>\nYes.") + text.End());
    }

    [Fact]
    public void A_model_that_is_known_to_speak_at_once_is_shown_from_its_first_words_and_corrected_where_it_thinks()
    {
        var text = Begin(thinksAloud: false);
        Assert.Equal("", text.Add("It"));
        Assert.Equal("It has", text.Add(" has"));
        Assert.Equal(" been", text.Add(" been"));
        var rest = text.Add("</think>No.");
        Assert.True(text.StartsAnew);
        Assert.Equal("No.", rest + text.End());
    }

    [Theory]
    [InlineData("30 errors", " since nine.")]
    [InlineData("**RentGuy**, today", " as before.")]
    [InlineData("api-2 is", " down.")]
    [InlineData("3.2 s", " is slow.")]
    [InlineData("word0 word1 ", "word2 ")]
    public void Figures_names_and_emphasis_begin_an_answer_as_words_do(string first, string rest)
    {
        var text = Begin(thinksAloud: false);
        Assert.Equal(first, text.Add(first));
        Assert.Equal(rest, text.Add(rest) + text.End());
    }

    [Fact]
    public void An_answer_is_shown_while_it_comes()
    {
        var clock = new FakeTimeProvider();
        var text = new SpokenText(_ => false, _ => false, null, clock);
        Assert.Equal("", text.Add("It has"));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("It has been", text.Add(" been"));
        Assert.Equal(" long", text.Add(" long"));
    }

    private static SpokenText Begin(bool quoted = false, bool? thinksAloud = null) =>
        new(
            name => name is "list_tenants" or "list_containers" or "query_metric" or "propose",
            _ => quoted,
            thinksAloud,
            new FakeTimeProvider()
        );
}
