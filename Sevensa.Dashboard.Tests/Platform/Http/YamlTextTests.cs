using System.Text.Json.Nodes;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>JSON as YAML and back, whatever a text looks like.</summary>
public sealed class YamlTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("12")]
    [InlineData("1e3")]
    [InlineData("0x1f")]
    [InlineData("no")]
    [InlineData("- dash")]
    [InlineData("a: b")]
    [InlineData("#112233")]
    [InlineData("*all")]
    [InlineData(" spaces ")]
    [InlineData("line\nline\n")]
    [InlineData("  led in\nline")]
    [InlineData("tab\there")]
    [InlineData("cr\r\nlf")]
    [InlineData("sum by (le) (rate(x{a=\"b\"}[5m])) > 0")]
    [InlineData("{{ $labels.service }}")]
    public void A_text_stays_the_text(string text)
    {
        var node = new JsonObject { ["key"] = text, [text.Length > 0 ? text : "empty"] = 1 };
        Assert.Equal(node.ToJsonString(), YamlText.Read(YamlText.Write(node))!.ToJsonString());
    }

    [Fact]
    public void Numbers_truths_lists_and_nothing_stay_what_they_are()
    {
        var node = JsonNode.Parse(
            """{"a": 1, "b": -2.5, "c": true, "d": null, "e": [], "f": {}, "g": [1, [2], {"h": "x"}], "i": 1e21}"""
        )!;
        Assert.Equal(node.ToJsonString(), YamlText.Read(YamlText.Write(node))!.ToJsonString());
    }

    [Fact]
    public void Nothing_is_nothing_and_depth_has_an_end()
    {
        Assert.Null(YamlText.Read(""));
        Assert.Null(YamlText.Read("# only words\n"));
        Assert.Throws<UnreadableYamlException>(() => YamlText.Read(new string('[', 100) + new string(']', 100)));
    }
}
