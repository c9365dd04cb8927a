using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Assistant.Turns;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What is shown of a model's text, however it is cut into pieces.</summary>
public class SpokenTextTests
{
    private static readonly string Prose = string.Concat(Enumerable.Repeat("It has been like that for a while. ", 8));

    public static TheoryData<string, string, string> Answers =>
        new()
        {
            { "All is well.", "All is well.", "" },
            { "<think>secret plan</think>\n\nThe answer is 42.", "The answer is 42.", "" },
            { "reasoning …</think>\nThe answer is 43.", "The answer is 43.", "" },
            { "<thinking>\na\n</thinking>Yes.", "Yes.", "" },
            { "Before.<think>x</think> After.", "Before. After.", "" },
            { "<think>never closed", "", "" },
            {
                """{"name": "propose", "parameters": {"kind":"container.restart","tenant":"rentguy","target":"api","reason":"asked"}}""",
                "",
                "propose"
            },
            { """<tool_call>{"name": "list_tenants", "arguments": {}}</tool_call>""", "", "list_tenants" },
            { "<tool_call>\n{\"name\": \"list_tenants\", \"arguments\": {}}\n", "", "list_tenants" },
            {
                "<think>hm</think><tool_call>{\"name\":\"list_tenants\",\"arguments\":{}}</tool_call><tool_call>{\"name\":\"list_containers\",\"arguments\":{\"tenant\":\"a\"}}</tool_call>",
                "",
                "list_tenants,list_containers"
            },
            { "```json\n{\"name\": \"list_tenants\", \"arguments\": {}}\n```", "", "list_tenants" },
            {
                "I will look.\n```json\n{\"name\": \"list_tenants\", \"arguments\": {}}\n```\nThen I say more.",
                "I will look.\n",
                "list_tenants"
            },
            {
                "To see them I call {\"name\": \"list_tenants\", \"arguments\": {}} and wait.",
                "To see them I call ",
                "list_tenants"
            },
            {
                "{\"name\": \"list_containers\", \"arguments\": {\"tenant\": \"rentguy\"}}. This function lists the containers.",
                "",
                "list_containers"
            },
            { "{\"type\":\"function\",\"function\":{\"name\":\"list_tenants\",\"arguments\":{}}}", "", "list_tenants" },
            { "[{\"name\":\"list_tenants\",\"arguments\":{}}]", "", "list_tenants" },
            { "[TOOL_CALLS][{\"name\":\"list_tenants\",\"arguments\":{}}]", "", "list_tenants" },
            { "[TOOL_CALLS]list_containers{\"tenant\":\"rentguy\"}", "", "list_containers" },
            { "<|python_tag|>{\"name\":\"list_tenants\",\"parameters\":{}}", "", "list_tenants" },
            { "<function=list_containers>{\"tenant\":\"rentguy\"}</function>", "", "list_containers" },
            {
                "<function=list_containers>\n<parameter=tenant>\nrentguy\n</parameter>\n</function>",
                "",
                "list_containers"
            },
            { "[list_containers(tenant=\"rentguy\")]", "", "list_containers" },
            { "{\"name\":\"container.restart\",\"arguments\":{\"target\":\"api\"}}", "", "container.restart" },
            { "{\"name\": \"list_containers\",", "", "half" },
            { "{\"name\": \"list_containers\", \"arguments\": {\"tenant\": \"rent", "", "half" },
            { "{\"level\":\"error\",\"msg\":\"it failed\"}", "{\"level\":\"error\",\"msg\":\"it failed\"}", "" },
            {
                "The line is:\n{\"level\":\"error\",\"msg\":\"it failed\"}\nand no more.",
                "The line is:\n{\"level\":\"error\",\"msg\":\"it failed\"}\nand no more.",
                ""
            },
            { "```sh\ndocker ps\n```\nShows them.", "```sh\ndocker ps\n```\nShows them.", "" },
            { "CPU < 5 and [1] says so.", "CPU < 5 and [1] says so.", "" },
            { "{ not json at all", "{ not json at all", "" },
            {
                "It says:\n{\"name\":\"propose\",\"arguments\":{\"kind\":\"container.stop\"}}\nand that was all.",
                "It says:\n{\"name\":\"propose\",\"arguments\":{\"kind\":\"container.stop\"}}\nand that was all.",
                "quoted"
            },
        };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Thoughts_and_calls_are_told_from_the_answer(string written, string shown, string calls)
    {
        foreach (var size in (int[])[1, 2, 3, 7, written.Length])
        {
            var text = Begin(quoted: calls == "quoted");
            var seen = "";
            foreach (var piece in written.Chunk(size).Select(chunk => new string(chunk)))
            {
                var more = text.Add(piece);
                seen = (text.StartsAnew ? "" : seen) + more;
            }
            seen += text.End();
            Assert.Equal(shown, seen);
            Assert.Equal(
                calls is "half" or "quoted" ? "" : calls,
                string.Join(",", text.Calls.Select(call => call.Name))
            );
            Assert.Equal(calls == "half", text.IsHalfACall);
        }
    }

    [Fact]
    public void Arguments_are_read_as_they_were_written()
    {
        foreach (
            var written in (string[])
                [
                    "<function=list_containers><parameter=tenant>rentguy</parameter></function>",
                    "[list_containers(tenant='rentguy')]",
                    "{\"name\":\"list_containers\",\"parameters\":\"{\\\"tenant\\\":\\\"rentguy\\\"}\"}",
                ]
        )
        {
            var text = Begin();
            text.Add(written);
            text.End();
            Assert.Equal("rentguy", Assert.Single(text.Calls).Arguments.GetProperty("tenant").GetString());
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
    public void An_answer_is_shown_while_it_comes()
    {
        var clock = new FakeTimeProvider();
        var text = new SpokenText(_ => false, _ => false, false, clock);
        Assert.Equal("", text.Add("It has"));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("It has been", text.Add(" been"));
        Assert.Equal(" long", text.Add(" long"));
    }

    private static SpokenText Begin(bool quoted = false, bool thinksAloud = false) =>
        new(
            name => name is "list_tenants" or "list_containers" or "propose",
            _ => quoted,
            thinksAloud,
            new FakeTimeProvider()
        );
}
