using System.Text.Json;
using Microsoft.Extensions.AI;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

public class ProposeToolTests
{
    [Theory]
    [InlineData("Europe/Amsterdam", """{"to":"yesterday"}""", "Europe/Amsterdam")]
    [InlineData("Europe/Amsterdam", """{"to":"yesterday","timeZone":"Asia/Tokyo"}""", "Asia/Tokyo")]
    [InlineData(null, """{"to":"yesterday"}""", null)]
    public async Task Yesterday_is_meant_where_the_person_is_who_said_it(string? zone, string said, string? meant)
    {
        var asked = await AskAsync(
            "service.rollback",
            zone,
            said,
            """{"to":{"type":"string"},"timeZone":{"type":"string"}}"""
        );
        Assert.Equal(meant, asked.TryGetProperty("timeZone", out var named) ? named.GetString() : null);
        Assert.Equal("yesterday", asked.GetProperty("to").GetString());
    }

    [Fact]
    public async Task A_kind_that_takes_no_zone_gets_none() =>
        Assert.Empty((await AskAsync("container.restart", "Europe/Amsterdam", "{}", "{}")).EnumerateObject());

    private static async Task<JsonElement> AskAsync(string kind, string? zone, string said, string properties)
    {
        var rollback = Substitute.For<IActionKind>();
        rollback.Name.Returns(kind);
        rollback.ParametersSchema.Returns(Parse($$"""{"type":"object","properties":{{properties}}}"""));
        ProposalRequest? request = null;
        var proposals = Substitute.For<IProposals>();
        proposals
            .ProposeAsync(
                Arg.Any<Caller>(),
                Arg.Do<ProposalRequest>(asked => request = asked),
                Arg.Any<CancellationToken>()
            )
            .Returns<Proposal>(_ => throw new CannotPlanException("that is enough"));
        var tool = new ProposeTool(proposals, [rollback]).Function(
            Callers.Operator with
            {
                TimeZone = zone,
            },
            "assistant",
            _ => [],
            _ => { },
            proposal => proposal.Id
        );
        await Assert.ThrowsAsync<CannotPlanException>(async () =>
            await tool.InvokeAsync(
                new AIFunctionArguments
                {
                    ["kind"] = kind,
                    ["tenant"] = "rentguy",
                    ["target"] = "api",
                    ["reason"] = "it leaks",
                    ["parameters"] = Parse(said),
                }
            )
        );
        return request!.Parameters;
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
