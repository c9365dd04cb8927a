using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers;
using Sevensa.Dashboard.Features.Containers.Components;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Hosts;
using Sevensa.Dashboard.Tests.Runner;
using Sevensa.Dashboard.Tests.Ui;
using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Components;

namespace Sevensa.Dashboard.Tests.Features.Containers;

public sealed class ContainerComponentTests
{
    private static BunitContext Context(IProposals proposals)
    {
        var context = new BunitContext();
        context.Services.AddUi();
        context.Services.AddSingleton(proposals);
        context.Services.AddSingleton<ICurrentCaller>(new AnOperator());
        context.JSInterop.Mode = JSRuntimeMode.Loose;
        return context;
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(1000, 150)]
    public async Task Of_very_many_containers_those_in_view_are_drawn(int containers, int atMost)
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        IReadOnlyList<ContainerView> rows =
        [
            .. Enumerable
                .Range(0, containers)
                .Select(number => View(facts => facts with { Id = $"{number:000000000000}" })),
        ];
        var table = page.Render<ContainerTable>(p => p.Add(x => x.Rows, rows).Add(x => x.Address, id => id));
        Assert.InRange(table.FindAll("tbody tr a").Count, containers == atMost ? containers : 0, atMost);
    }

    [Fact]
    public async Task A_row_stays_while_what_it_shows_changes_and_of_one_container_two_hosts_may_tell()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var table = page.Render<ContainerTable>(p =>
            p.Add(x => x.Rows, [View(), View() with { HostId = "h2" }]).Add(x => x.Address, id => id)
        );
        var badges = table.FindComponents<StatusBadge>().Select(badge => badge.Instance).ToList();
        table.Render(p =>
            p.Add(x => x.Rows, [View(facts => facts with { RestartCount = 7 }), View() with { HostId = "h2" }])
        );
        Assert.Equal(badges, table.FindComponents<StatusBadge>().Select(badge => badge.Instance));
        Assert.Equal("7", table.Find("td[data-label=Restarts]").TextContent.Trim());
    }

    [Fact]
    public async Task Sorted_by_state_what_is_broken_stands_first()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        IReadOnlyList<ContainerView> rows =
        [
            View(facts => facts with { Id = "000000000001", State = "running", Health = "" }),
            View(facts => facts with { Id = "000000000002", State = "exited", Health = "", ExitCode = 0 }),
            View(facts => facts with { Id = "000000000003", State = "running", Health = "unhealthy" }),
        ];
        var table = page.Render<ContainerTable>(p => p.Add(x => x.Rows, rows).Add(x => x.Address, id => id));
        await table
            .FindAll("th")
            .Single(head => head.TextContent.Trim() == "State")
            .QuerySelector("button")!
            .ClickAsync();
        Assert.Equal(
            ["000000000003", "000000000001", "000000000002"],
            table.FindAll("tbody tr a").Select(link => link.GetAttribute("href"))
        );
    }

    private static ContainerView View(Func<ContainerFacts, ContainerFacts>? change = null, bool connected = true)
    {
        var facts = Samples.Container("rentguy-api-1");
        return ContainerView.Of(new HostedContainer("h1", "vps-1", connected, change?.Invoke(facts) ?? facts, null));
    }

    private static IRenderedComponent<ContainerDetail> Detail(
        BunitContext context,
        ContainerView view,
        bool mayPropose
    ) =>
        context.Render<ContainerDetail>(parameters =>
            parameters
                .Add(detail => detail.Tenant, "rentguy")
                .Add(detail => detail.Container, view)
                .Add(detail => detail.CloseHref, "/")
                .Add(detail => detail.MayPropose, mayPropose)
        );

    private static IEnumerable<string> Buttons(IRenderedComponent<ContainerDetail> detail) =>
        detail.FindAll("button.mud-button-root").Select(button => button.TextContent.Trim());

    [Fact]
    public async Task Who_may_not_propose_sees_no_buttons()
    {
        await using var context = Context(Substitute.For<IProposals>());
        Assert.Empty(Buttons(Detail(context, View(), mayPropose: false)));
    }

    [Fact]
    public async Task What_is_offered_fits_the_state()
    {
        await using var context = Context(Substitute.For<IProposals>());
        Assert.Equal(["Restart rentguy-api-1", "Stop rentguy-api-1"], Buttons(Detail(context, View(), true)));
        Assert.Equal(
            ["Start rentguy-api-1"],
            Buttons(Detail(context, View(facts => facts with { State = "exited" }), true))
        );
        Assert.Empty(Buttons(Detail(context, View(connected: false), true)));
    }

    [Fact]
    public async Task A_restart_is_proposed_with_its_reason_and_leads_to_the_approval_and_a_refusal_is_shown()
    {
        var proposals = Substitute.For<IProposals>();
        proposals
            .ProposeAsync(Arg.Any<Caller>(), Arg.Any<ProposalRequest>(), Arg.Any<CancellationToken>())
            .Returns<Task<Proposal>>(_ => throw new CannotPlanException("Dispatching is stopped."));
        await using var context = Context(proposals);
        var detail = Detail(context, View(), true);
        detail.Find("button.mud-button-root:contains('Restart')").Click();
        Assert.True(detail.Find("button[type=submit]").HasAttribute("disabled"));
        detail.Find("input").Input("It leaks");
        detail.Find("form").Submit();
        Assert.Contains("Dispatching is stopped.", detail.Markup, StringComparison.Ordinal);
        await proposals
            .Received(1)
            .ProposeAsync(
                Callers.Operator,
                Arg.Is<ProposalRequest>(request =>
                    request.Kind == "container.restart"
                    && request.Reason == "It leaks"
                    && request.Target == View().Id
                    && request.Via == "page"
                ),
                Arg.Any<CancellationToken>()
            );
    }

    private sealed class AnOperator : ICurrentCaller
    {
        public ValueTask<Caller> GetAsync(CancellationToken cancellation = default) => new(Callers.Operator);
    }
}
