using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Assistant.Tools;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

public class ToolArgumentsTests
{
    private static readonly AIFunction Look = AIFunctionFactory.Create(
        (
            [Description("Tenant id")] string tenant,
            string? service = null,
            int hours = 72,
            bool loud = false,
            JsonElement? parameters = null
        ) => $"{tenant} {service ?? "-"} {hours} {loud} {parameters?.GetRawText() ?? "-"}",
        "look"
    );

    [Theory]
    [InlineData("""{"tenant":"rentguy"}""", "rentguy - 72 False -")]
    [InlineData("""{"tenant":"rentguy","hours":null,"service":null,"parameters":null}""", "rentguy - 72 False -")]
    [InlineData("""{"tenant":"rentguy","hours":24.0}""", "rentguy - 24 False -")]
    [InlineData("""{"tenant":"rentguy","hours":"24"}""", "rentguy - 24 False -")]
    [InlineData("""{"tenant":"rentguy","hours":2.4e1}""", "rentguy - 24 False -")]
    [InlineData("""{"tenant":"rentguy","hours":"null","service":"null"}""", "rentguy - 72 False -")]
    [InlineData("""{"tenant":"rentguy","hours":"","loud":"True"}""", "rentguy - 72 True -")]
    [InlineData("""{"Tenant":"rentguy","HOURS":3}""", "rentguy - 3 False -")]
    [InlineData("""{"tenant":["rentguy"],"service":42}""", "rentguy 42 72 False -")]
    [InlineData("""{"tenant":"rentguy","nothing":null}""", "rentguy - 72 False -")]
    [InlineData(
        """{"tenant":"rentguy","parameters":"{\"to\":\"yesterday\"}"}""",
        """rentguy - 72 False {"to":"yesterday"}"""
    )]
    public async Task What_small_models_write_is_read(string written, string read) =>
        Assert.Equal(read, (await Look.InvokeAsync(ToolArguments.Read(Look, Of(written))))?.ToString());

    [Theory]
    [InlineData("{}", "look needs \"tenant\": Tenant id.")]
    [InlineData("""{"tenant":null}""", "look needs \"tenant\": Tenant id.")]
    [InlineData("""{"tenant":"a","hours":24.5}""", "\"hours\" of look is a whole number; 24.5 is not.")]
    [InlineData("""{"tenant":"a","hours":"soon"}""", "\"hours\" of look is a whole number; \"soon\" is not.")]
    [InlineData("""{"tenant":"a","hours":1e40}""", "\"hours\" of look is a whole number; 1e40 is not.")]
    [InlineData("""{"tenant":{"type":"string"}}""", "\"tenant\" of look is a text; {\"type\":\"string\"} is not.")]
    [InlineData("""{"tenant":"a","loud":"perhaps"}""", "\"loud\" of look is true or false; \"perhaps\" is not.")]
    [InlineData(
        """{"tenant":"a","host":"vps-1"}""",
        "look has no argument \"host\". It takes tenant, service, hours, loud, parameters."
    )]
    [InlineData("""{"tenant":"a","Tenant":"b"}""", "\"tenant\" was given to look twice.")]
    public void What_cannot_be_read_is_refused_in_words(string written, string words) =>
        Assert.Equal(words, Assert.Throws<ArgumentException>(() => ToolArguments.Read(Look, Of(written))).Message);

    [Theory]
    [InlineData("list_containers", "list_containers")]
    [InlineData("ListContainers", "list_containers")]
    [InlineData("list-containers", "list_containers")]
    [InlineData("functions.list_containers", "list_containers")]
    [InlineData("list_everything", null)]
    [InlineData("container.restart", null)]
    public void A_name_is_known_in_any_spelling(string said, string? known) =>
        Assert.Equal(known, ToolArguments.Known(said, ["list_tenants", "list_containers"]));

    private static IEnumerable<KeyValuePair<string, object?>> Of(string json) =>
        JsonDocument
            .Parse(json)
            .RootElement.EnumerateObject()
            .Select(one => KeyValuePair.Create(one.Name, (object?)one.Value));
}
