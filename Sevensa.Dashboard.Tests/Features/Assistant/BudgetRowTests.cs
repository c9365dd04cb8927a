using Bunit;
using Sevensa.Dashboard.Features.Assistant.Budgets;
using Sevensa.Dashboard.Features.Assistant.Components;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

public sealed class BudgetRowTests
{
    [Fact]
    public async Task What_is_too_much_is_sent_as_it_was_typed_and_refused_rather_than_cut()
    {
        var (page, _) = UiContext.Create();
        await using var _page = page;
        (string Person, BudgetWish Wish)? sent = null;
        var budget = new BudgetView(
            "olga",
            "Olga",
            new BudgetPart(1, 20, Own: true),
            new BudgetPart(1, null, Own: false),
            UiContext.Now.AddHours(3),
            "UTC",
            "1 of 20 questions"
        );
        var row = page.Render<BudgetRow>(parameters =>
            parameters
                .Add(one => one.Budget, budget)
                .Add(
                    one => one.Save,
                    (person, wish) =>
                    {
                        sent = (person, wish);
                        return Task.CompletedTask;
                    }
                )
        );
        Assert.True(row.Find("button").HasAttribute("disabled"));

        await row.Field("Questions a day of Olga").ChangeAsync("5000000");
        await row.Find("button").ClickAsync();

        Assert.Equal(5_000_000, sent?.Wish.QuestionsADay);
    }
}
