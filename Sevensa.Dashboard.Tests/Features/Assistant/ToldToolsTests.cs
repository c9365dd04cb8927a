using System.Text.Json;
using Microsoft.Extensions.AI;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>Views of one tool: what each takes is told, and one that there is not is no other.</summary>
public class ToldToolsTests
{
    private sealed class Source : IToolSource
    {
        public IEnumerable<AIFunction> ToolsFor(Caller caller) =>
            [
                AIFunctionFactory.Create((string tenant, string? after = null) => "ages", "list_secrets"),
                AIFunctionFactory.Create((string? tenant = null, int days = 30) => $"{days}", "rotation_calendar"),
                AIFunctionFactory.Create((string tenant, bool unusual = true) => $"{unusual}", "secret_accesses"),
            ];
    }

    private static readonly Caller Viewer = new("2", "Viewer", Role.Viewer, true, TenantSet.All, ApiScopes.Read);

    private static async Task<string> CallAsync(string arguments)
    {
        var tools = new TurnTools([new Source()], new ProposeTool(Substitute.For<IProposals>(), []), []);
        using var turn = new Turn(Viewer, "c", new AssistantOptions());
        return await tools.CallAsync(
            turn,
            new ModelCall("1", "list_secrets", JsonElement.Parse(arguments)),
            1000,
            TestContext.Current.CancellationToken
        );
    }

    [Fact]
    public void What_only_a_view_takes_is_told_too()
    {
        var told = Assert.Single(ToldTools.Of(new Source().ToolsFor(Viewer), []));
        var properties = told.Schema.GetProperty("properties");
        Assert.Equal(
            ["tenant", "days", "unusual", "view"],
            properties.EnumerateObject().Select(property => property.Name)
        );
        Assert.Equal("integer", properties.GetProperty("days").GetProperty("type").GetString());
        Assert.Equal("boolean", properties.GetProperty("unusual").GetProperty("type").GetString());
        Assert.Equal(
            ["ages", "calendar", "accesses"],
            properties.GetProperty("view").GetProperty("enum").EnumerateArray().Select(view => view.GetString())
        );
    }

    [Theory]
    [InlineData("""{"tenant":"rentguy","view":"accesses","unusual":false}""", "False")]
    [InlineData("""{"tenant":"rentguy","view":"Calendar","days":90}""", "90")]
    [InlineData("""{"tenant":"rentguy","view":"ages"}""", "ages")]
    [InlineData("""{"tenant":"rentguy"}""", "ages")]
    public async Task A_view_gets_its_arguments(string arguments, string answered) =>
        Assert.Contains($"\"data\":\"{answered}\"", await CallAsync(arguments), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"tenant":"rentguy","against":"yesterday"}""", "compare_metric")]
    [InlineData("""{"tenant":"rentguy","view":"compare"}""", "compare_metric")]
    [InlineData("""{"tenant":"rentguy","against":""}""", "query_metric")]
    [InlineData("""{"tenant":"rentguy"}""", "query_metric")]
    public void What_is_named_to_compare_with_chooses_the_comparison(string arguments, string function) =>
        Assert.Equal(
            function,
            ToldTools.Meant(new ModelCall("1", "query_metric", JsonElement.Parse(arguments)), out _).Name
        );

    [Fact]
    public async Task A_view_that_there_is_not_is_refused_with_those_that_there_are()
    {
        var answer = await CallAsync("""{"tenant":"rentguy","view":"readers"}""");
        Assert.Contains("error", answer, StringComparison.Ordinal);
        Assert.Contains("ages, calendar, accesses, open", answer, StringComparison.Ordinal);
    }
}
