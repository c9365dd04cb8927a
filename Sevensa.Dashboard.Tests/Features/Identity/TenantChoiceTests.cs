using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Pages;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>For whom an account or a program is given.</summary>
public sealed class TenantChoiceTests
{
    [Fact]
    public async Task Several_are_chosen_by_their_names_and_of_several_none_is_left_where_one_can_be()
    {
        var (page, _) = UiContext.Create();
        await using var _page = page;
        var names = Substitute.For<ITenantNames>();
        names
            .NamesAsync(Arg.Any<CancellationToken>())
            .Returns([new TenantName("rentguy", "RentGuy"), new TenantName("witcom", "Witcom")]);
        page.Services.AddSingleton(names);
        HashSet<string> chosen = [];
        var choice = page.Render<TenantChoice>(given => given.Add(one => one.Chosen, chosen));
        var several = choice.FindComponent<MudSelect<string>>().Instance;
        Assert.Equal("Witcom", several.ToStringFunc!("witcom"));
        await choice.InvokeAsync(() => several.SelectedValuesChanged.InvokeAsync(["rentguy", "witcom"]));
        Assert.Equal(["rentguy", "witcom"], chosen.Order(StringComparer.Ordinal));
        Assert.Contains("RentGuy, Witcom", choice.Markup, StringComparison.Ordinal);

        choice.Render(given => given.Add(one => one.One, true));
        Assert.Empty(chosen);
        await choice.ChooseAsync("Tenants", "witcom");
        await choice.ChooseAsync("Tenants", "rentguy");
        Assert.Equal(["rentguy"], chosen);
    }
}
