using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Pages;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>A password that is asked for again on an open page.</summary>
public sealed class ProveAgainTests
{
    [Fact]
    public async Task What_is_given_goes_out_once_and_stays_nowhere_on_the_page()
    {
        var (page, _) = UiContext.Create();
        await using var _page = page;
        page.Services.AddSingleton(Substitute.For<ICurrentCaller>());
        page.Services.AddSingleton(Substitute.For<IStepUp>());
        var sent = new List<string>();
        var form = page.Render<ProveAgain>(given =>
            given
                .Add(one => one.Why, "It takes something away.")
                .Add(one => one.Deed, "Do it")
                .Add(one => one.OnProve, sent.Add)
        );
        var field = form.Field("Your password, or a code where you have a second factor");
        Assert.Equal("password", field.GetAttribute("type"));
        await field.ChangeAsync("correct horse");
        await form.Find("form").SubmitAsync();
        Assert.Equal(["correct horse"], sent);
        Assert.Equal("", form.Find("[data-given]").GetAttribute("value") ?? "");
        Assert.DoesNotContain("correct horse", form.Markup, StringComparison.Ordinal);

        // An empty field is no try, and would count as a wrong one.
        await form.Find("form").SubmitAsync();
        Assert.Single(sent);
        Assert.Contains("Give one of them first.", form.Markup, StringComparison.Ordinal);
    }
}
