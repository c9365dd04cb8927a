using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Pages;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

public sealed class ProposePageTests
{
    [Fact]
    public async Task Enter_in_the_list_of_actions_proposes_nothing()
    {
        await using var shop = new Workshop();
        await using var page = ProposalCardTests.PageFor(shop, Callers.Operator);
        page.Services.AddSingleton(shop.Services.GetRequiredService<ActionKinds>());
        page.Services.AddSingleton<IFleet>(shop.Fleet);
        page.Services.GetRequiredService<NavigationManager>()
            .NavigateTo("/tenants/rentguy/propose?kind=container.restart&target=api");

        var propose = page.Render<ProposePage>(parameters => parameters.Add(one => one.Tenant, "rentguy"));

        propose.WaitForElement("form.propose-form [data-reason]");
        Assert.Single(propose.FindAll("[data-kind]"));
        // Within the form, Enter would pick an action and send what was filled in for the one before.
        Assert.Empty(propose.FindAll("form [data-kind]"));
    }
}
