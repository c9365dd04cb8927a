using System.Text.Json;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Graphs.Following;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>Which interrupts are proposals, and what a person is told of those that are not.</summary>
public sealed class GraphPayloadTests
{
    [Fact]
    public void One_that_names_kind_target_parameters_and_reason_is_a_proposal()
    {
        var read = Read(
            """{"kind":"Service.Restart","target":"web","parameters":{"graceSeconds":10},"reason":" It is slow. "}""",
            out var why
        );
        Assert.Null(why);
        Assert.Equal(("service.restart", "web", "It is slow."), (read!.Kind, read.Target, read.Reason));
        Assert.Equal(10, read.Parameters.GetProperty("graceSeconds").GetInt32());
    }

    [Theory]
    [InlineData("""{"kind":"rm -rf","target":"web","reason":"x"}""", "kind of action")]
    [InlineData("""{"kind":"service.restart","reason":"x"}""", "target")]
    [InlineData("""{"kind":"service.restart","target":"web"}""", "reason")]
    [InlineData("""{"kind":"service.restart","target":"web","reason":" "}""", "reason")]
    [InlineData("""{"kind":"service.restart","target":"web","reason":"x","parameters":[1]}""", "parameters")]
    [InlineData("""{"kind":"service.restart","target":"web","reason":"x","tenant":"witcom"}""", "another tenant")]
    [InlineData("""{"kind":7,"target":{},"reason":"x"}""", "kind of action")]
    public void One_that_looks_like_one_says_why_it_is_none(string json, string words)
    {
        Assert.Null(Read(json, out var why));
        Assert.Contains(words, why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"what":"which colour?"}""")]
    [InlineData("\"Go on?\"")]
    [InlineData("null")]
    [InlineData("[1]")]
    public void Any_other_is_a_question(string json)
    {
        Assert.Null(Read(json, out var why));
        Assert.Null(why);
    }

    private static GraphPayload? Read(string json, out string? why)
    {
        var kind = Substitute.For<IActionKind>();
        kind.Name.Returns("service.restart");
        var catalogue = Substitute.For<IActionCatalogue>();
        catalogue.All.Returns([kind]);
        using var parsed = JsonDocument.Parse(json);
        return GraphPayload.Read(parsed.RootElement.Clone(), "rentguy", catalogue, out why);
    }
}
