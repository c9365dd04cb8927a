using System.Text.Json;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Graphs;
using Sevensa.Dashboard.Features.Graphs.Components;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>What a graph says is text; what it asks is answered by those who may.</summary>
public sealed class GraphPanelTests
{
    private const string Markup = "<img src=x onerror=alert(1)><b>bold</b>";

    [Fact]
    public async Task Nothing_that_a_graph_says_becomes_markup()
    {
        await using var page = Page();
        var panel = page.Render<GraphThreadPanel>(given => given.Add(one => one.Thread, Thread()));
        Assert.Empty(panel.FindAll("img"));
        Assert.DoesNotContain(panel.FindAll("b"), bold => bold.TextContent == "bold");
        Assert.Equal(4, panel.Markup.Split("&lt;img src=x").Length - 1);
    }

    [Fact]
    public async Task An_answer_that_is_not_taken_stays_where_it_was_typed()
    {
        await using var page = Page();
        var (taken, answered) = (false, new List<string>());
        var panel = page.Render<GraphThreadPanel>(given =>
            given
                .Add(one => one.Thread, Thread())
                .Add(one => one.MayAct, true)
                .Add(
                    one => one.Answer,
                    (question, text) =>
                    {
                        answered.Add($"{question}: {text}");
                        return Task.FromResult(taken);
                    }
                )
        );
        await panel.Find("textarea").ChangeAsync("blue");
        await panel.Find("form").SubmitAsync();
        Assert.Equal(["q1: blue"], answered);
        Assert.Equal("blue", panel.Find("textarea").GetAttribute("value"));
        taken = true;
        await panel.Find("form").SubmitAsync();
        Assert.NotEqual("blue", panel.Find("textarea").GetAttribute("value"));
    }

    [Fact]
    public async Task Who_only_reads_is_offered_neither_answer_nor_cancel()
    {
        await using var page = Page();
        var panel = page.Render<GraphThreadPanel>(given => given.Add(one => one.Thread, Thread()));
        Assert.Empty(panel.FindAll("textarea"));
        Assert.Empty(panel.FindAll("button"));
    }

    private static BunitContext Page()
    {
        var (page, _) = UiContext.Create();
        page.Services.AddSingleton(Substitute.For<IProposalCards>());
        return page;
    }

    private static GraphThreadView Thread() =>
        new(
            "t1",
            "rentguy",
            "main",
            "asks",
            "Look.",
            GraphThreadState.Waiting,
            "an answer, from an operator",
            Markup,
            Markup,
            "Olga",
            UiContext.Now,
            UiContext.Now,
            null,
            null
        )
        {
            Steps = [new GraphStepView("look", Markup, UiContext.Now)],
            Questions =
            [
                new GraphQuestionView(
                    "q1",
                    GraphQuestionState.Open,
                    UiContext.Now,
                    JsonSerializer.SerializeToElement(Markup),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null
                ),
            ],
        };
}
