using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Automation.Components;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>The card of what a policy came to.</summary>
public sealed class PolicyEffectCardTests
{
    [Fact]
    public async Task What_it_is_not_known_of_yet_is_told_so_that_the_numbers_add_up()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        var (page, _) = UiContext.Create();
        await using var _page = page;
        page.Services.AddSingleton(shop.Effects);
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(default).ReturnsForAnyArgs(Callers.Viewer);
        page.Services.AddSingleton(callers);
        var card = page.Render<PolicyEffectCard>(parameters => parameters.Add(one => one.Id, policy.Id!));
        var told = card.WaitForElement("[data-policy-effect]").TextContent;
        Assert.Contains(
            "It acted 1 time: 0 helped, 0 did not, of 1 it is not known yet.",
            told,
            StringComparison.Ordinal
        );
    }
}
