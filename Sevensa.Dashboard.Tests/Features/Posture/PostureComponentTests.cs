using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Posture;
using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Features.Posture.Components;
using Sevensa.Dashboard.Features.Posture.Exceptions;
using Sevensa.Dashboard.Tests.Ui;
using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Tests.Features.Posture;

/// <summary>Posture in the browser.</summary>
public sealed class PostureComponentTests
{
    private static PostureItem Item(string? tenant, string service, PostureExceptionView? exception = null) =>
        new(
            $"{tenant}-{service}-1",
            $"{tenant}-{service}",
            tenant,
            service,
            "vps-1",
            "h1",
            "5.29",
            "The number of processes is limited",
            CheckWeight.Medium,
            exception is null ? CheckState.Fail : CheckState.Excepted,
            $"Found in {tenant}",
            null,
            exception
        );

    private static BunitContext Page()
    {
        var page = UiContext.Create().Page;
        page.Services.AddSingleton(Substitute.For<ICurrentCaller>());
        page.Services.AddSingleton(new PostureExceptions(null!, null!, null!, null!, TimeProvider.System));
        return page;
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("Pacific/Auckland")]
    [InlineData("America/Los_Angeles")]
    public async Task The_day_of_an_exception_is_shown_as_it_was_chosen(string zone)
    {
        await using var page = Page();
        var viewer = page.Services.GetRequiredService<ViewerZone>();
        viewer.Set(zone);
        var exception = new PostureExceptionView(
            "e1",
            "rentguy",
            "api",
            null,
            "5.29",
            "Anna",
            "Measured first",
            viewer.Moment(new DateTime(2026, 12, 1)),
            "Anna",
            UiContext.Now,
            false
        );
        var detail = page.Render<PostureItemDetail>(parameters =>
            parameters.Add(one => one.Item, Item("rentguy", "api", exception)).Add(one => one.MayExcept, _ => true)
        );
        Assert.Equal("2026-11-30", detail.Find("input[type=date]").GetAttribute("value"));
        Assert.Contains("until 2026-11-30", detail.Find("dl").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_host_services_of_one_name_are_told_apart()
    {
        await using var page = Page();
        PostureItem[] items = [Item("rentguy", "api"), Item("witcom", "api")];
        var board = page.Render<PostureBoard>(parameters =>
            parameters
                .Add(
                    one => one.Sheet,
                    Scoring.Sheet(items.Select(item => Scoring.Part("api", item.Tenant, "vps-1", [item])), items)
                )
                .Add(one => one.IsHost, true)
                .Add(one => one.Service, "witcom/api")
                .Add(one => one.Address, (service, _, _) => $"?{service}")
        );
        Assert.Equal(["rentguy/api", "witcom/api"], board.FindAll("td a b").Select(name => name.TextContent));
        Assert.Single(board.FindAll("tr.selected"));
        Assert.Contains("Found in witcom", board.FindAll("table")[1].TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("Found in rentguy", board.FindAll("table")[1].TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_is_no_tenants_says_why_nobody_can_except_it()
    {
        await using var page = Page();
        var detail = page.Render<PostureItemDetail>(parameters => parameters.Add(one => one.Item, Item(null, "proxy")));
        Assert.Contains("belongs to no tenant", detail.Markup, StringComparison.Ordinal);
    }
}
