using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Automation.Components;
using Sevensa.Dashboard.Features.Automation.Exchange;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>The card of a policy's versions.</summary>
public sealed class PolicyVersionsCardTests
{
    [Fact]
    public async Task What_changed_from_one_to_the_next_is_shown_when_it_is_asked_for()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(), default);
        await shop.Desk.ChangeAsync(Callers.Operator, policy.Id!, PolicyShop.Wish(perDay: 3), default);
        var (page, _) = UiContext.Create();
        await using var _page = page;
        page.Services.AddSingleton(shop.Shop.Services.GetRequiredService<PolicyVersions>());
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(default).ReturnsForAnyArgs(Callers.Viewer);
        page.Services.AddSingleton(callers);
        var card = page.Render<PolicyVersionsCard>(parameters =>
            parameters.Add(one => one.Id, policy.Id!).Add(one => one.Version, 2)
        );
        var table = card.WaitForElement("[data-policy-versions]");
        Assert.Contains("2, now", table.TextContent, StringComparison.Ordinal);
        Assert.Empty(card.FindAll("[data-policy-difference]"));
        card.Find("[data-policy-versions] button").Click();
        var difference = card.WaitForElement("[data-policy-difference]").TextContent;
        Assert.Equal("budget.perDay 4 → 3", difference.Trim());
    }
}
