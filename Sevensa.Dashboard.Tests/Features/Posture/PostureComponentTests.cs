using Bunit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Posture;
using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Features.Posture.Components;
using Sevensa.Dashboard.Features.Posture.Exceptions;
using Sevensa.Dashboard.Features.Posture.Pages;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Features.Actions;
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
        Assert.Equal("2026-11-30", detail.Field("Until (it fails again after it)").GetAttribute("value"));
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

    [Theory]
    [InlineData("rentguy", true, true)]
    [InlineData("rentguy", false, false)]
    [InlineData(null, true, false)]
    public async Task A_failing_item_leads_whoever_may_propose_to_the_form_that_puts_it_right(
        string? tenant,
        bool may,
        bool offered
    )
    {
        await using var page = Page();
        var detail = page.Render<PostureItemDetail>(parameters =>
            parameters.Add(one => one.Item, Item(tenant, "api")).Add(one => one.MayHarden, may)
        );
        Assert.Equal(
            offered ? ["/tenants/rentguy/propose?kind=service.harden&target=service%3Aapi&items=5.29"] : [],
            detail.FindAll("[data-harden]").Select(link => link.GetAttribute("href"))
        );
    }

    [Fact]
    public async Task A_container_that_is_no_tenants_says_why_nobody_can_except_it()
    {
        await using var page = Page();
        var detail = page.Render<PostureItemDetail>(parameters => parameters.Add(one => one.Item, Item(null, "proxy")));
        Assert.Contains("belongs to no tenant", detail.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_tenant_whose_host_has_not_told_yet_the_fleet_says_that_it_is_not_known()
    {
        await using var shop = new Workshop();
        await using var page = UiContext.Create().Page;
        var fleet = Substitute.For<IFleet>();
        fleet.Hosts.Returns([]);
        fleet.ContainersOf(Arg.Any<string>()).Returns([]);
        fleet.SilentFor("rentguy").Returns(["vps-1"]);
        fleet.SilentFor(Arg.Is<string>(tenant => tenant != "rentguy")).Returns([]);
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(Arg.Any<CancellationToken>()).Returns(Callers.Operator);
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton(fleet);
        page.Services.AddSingleton(
            new PostureDesk(
                fleet,
                shop.Services.GetRequiredService<ITenants>(),
                shop.Services.GetRequiredService<ITenantScopes>(),
                new PostureExceptions(
                    new PostureExceptionStore(shop.Services.GetRequiredService<IDbContextFactory<Store>>()),
                    null!,
                    fleet,
                    null!,
                    TimeProvider.System
                )
            )
        );
        var shown = page.Render<FleetPosturePage>();
        shown.WaitForAssertion(() =>
        {
            Assert.Contains("Not known yet: vps-1 has not told", shown.Markup, StringComparison.Ordinal);
            Assert.Contains("None of its containers runs.", shown.Markup, StringComparison.Ordinal);
        });
    }
}
