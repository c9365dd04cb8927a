using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Automation.Components;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>The form of a policy: what stands in its text stands in it, and what is put there stands in the text.</summary>
public sealed class PolicyFieldTests
{
    private const string Text = """
        tenant: rentguy
        name: Stuck
        services: [api]
        trigger: {kind: container, state: crashLoop, count: 3, within: 10m}
        conditions: [{query: up == 1, words: it runs}]
        action: {kind: container.restart, parameters: {graceSeconds: 10}}
        windows:
          timeZone: Europe/Amsterdam
          forbidden: [{days: [monday, friday], from: "09:00", to: "17:00"}]
        """;

    [Theory]
    [InlineData("trigger.state", "crashLoop")]
    [InlineData("trigger.count", "3")]
    [InlineData("conditions", "up == 1")]
    [InlineData("action.parameters.graceSeconds", "10")]
    [InlineData("windows.forbidden", "monday, friday 09:00-17:00")]
    [InlineData("windows.allowed", "")]
    [InlineData("windows.timeZone", "Europe/Amsterdam")]
    [InlineData("stop.afterBadOutcomes", "")]
    public void What_stands_in_the_text_stands_in_the_form(string path, string value) =>
        Assert.Equal(value, Field(PolicyField.Read(Text)!, path).Value);

    [Fact]
    public void What_a_trigger_does_not_have_is_no_field() =>
        Assert.DoesNotContain(PolicyField.Of(PolicyField.Read(Text)), one => one.Path == "trigger.query");

    [Theory]
    [InlineData("trigger.count", "5", "count: 5")]
    [InlineData("action.parameters.graceSeconds", "20", "graceSeconds: 20")]
    [InlineData("stop.whenBudgetSpent", "wait", "whenBudgetSpent: wait")]
    [InlineData("outcome.cleared", "false", "cleared: false")]
    [InlineData("windows.allowed", "22:00-06:00", "from: \"22:00\"")]
    [InlineData("conditions", "up == 1\nqueue_length > 1", "words: it runs")]
    [InlineData("conditions", "up == 1\nqueue_length > 1", "query: queue_length > 1")]
    public void What_is_put_into_the_form_stands_in_the_text(string path, string value, string line)
    {
        var policy = PolicyField.Read(Text)!;
        Field(policy, path).Put(policy, value);
        var text = YamlText.Write(policy);
        Assert.Contains(line.Replace("\"", "", StringComparison.Ordinal), Bare(text), StringComparison.Ordinal);
        Assert.Equal(value, Field(PolicyField.Read(text)!, path).Value);
    }

    [Fact]
    public void What_is_no_window_is_kept_for_who_says_what_is_wrong_with_it()
    {
        var policy = PolicyField.Read(Text)!;
        Field(policy, "windows.allowed").Put(policy, "blursday noon");
        var window = policy["windows"]!["allowed"]![0]!.AsObject();
        Assert.Equal("blursday", window["days"]![0]!.GetValue<string>());
        Assert.Equal(("noon", ""), (window["from"]!.GetValue<string>(), window["to"]!.GetValue<string>()));
    }

    [Fact]
    public void A_condition_of_several_lines_is_put_right_in_the_text()
    {
        var policy = PolicyField.Read(Text)!;
        policy["conditions"]![0]!["query"] = JsonValue.Create("up\n== 1");
        Assert.DoesNotContain(PolicyField.Of(policy), one => one.Path == "conditions");
    }

    private static string Bare(string text) =>
        text.Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal);

    private static PolicyField Field(JsonObject policy, string path) =>
        Assert.Single(PolicyField.Of(policy), one => one.Path == path);
}
