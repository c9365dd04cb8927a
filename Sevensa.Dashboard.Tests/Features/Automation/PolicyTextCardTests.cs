using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Automation.Components;
using Sevensa.Dashboard.Features.Automation.Exchange;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>A policy as a form and as text, side by side.</summary>
public sealed class PolicyTextCardTests
{
    private const string PerDay = "At most a day";

    [Fact]
    public async Task A_number_of_the_form_stands_in_the_text_and_a_word_in_its_place_is_shown_as_it_stands()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(perDay: 4), default);
        var (page, _) = UiContext.Create();
        await using var _page = page;
        page.Services.AddSingleton(shop.Shop.Services.GetRequiredService<PolicyExchange>());
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(default).ReturnsForAnyArgs(Callers.Operator);
        page.Services.AddSingleton(callers);
        var card = page.Render<PolicyTextCard>(parameters =>
            parameters
                .Add(one => one.Id, policy.Id!)
                .Add(one => one.Version, policy.Version)
                .Add(one => one.MayChange, true)
        );
        string Text() => card.Find("[data-policy-yaml]").GetAttribute("value")!;
        card.WaitForAssertion(() => Assert.Contains("perDay: 4", Text(), StringComparison.Ordinal));

        await card.Field(PerDay).ChangeAsync("3");
        card.WaitForAssertion(() => Assert.Contains("perDay: 3", Text(), StringComparison.Ordinal));

        await card.Find("[data-policy-yaml]")
            .ChangeAsync(Text().Replace("perDay: 3", "perDay: many", StringComparison.Ordinal));
        card.WaitForAssertion(() => Assert.Equal("many", card.Field(PerDay).GetAttribute("value")));
        Assert.Contains(
            "budget.perDay",
            card.WaitForElement("[data-policy-problems]").TextContent,
            StringComparison.Ordinal
        );
    }
}
