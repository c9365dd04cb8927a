using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Components;
using Sevensa.Dashboard.Ui.Nav;
using Sevensa.Dashboard.Ui.Plans;
using Sevensa.Dashboard.Ui.Time;
using TestContext = Xunit.TestContext;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class ComponentTests
{
    [Theory]
    [InlineData(State.Ok, "ok", "Healthy")]
    [InlineData(State.Warn, "warn", "Warning")]
    [InlineData(State.Crit, "crit", "Critical")]
    [InlineData(State.Unknown, "unknown", "Unknown")]
    public async Task ABadgeAlwaysHasAWord(State state, string css, string word)
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var badge = page.Render<StatusBadge>(p => p.Add(x => x.State, state)).Find(".badge");
        Assert.Contains(css, badge.ClassList);
        Assert.Equal(word, badge.TextContent);
    }

    [Fact]
    public async Task AnAgeSaysWhenInTheViewersZone()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        page.Services.GetRequiredService<ViewerZone>().Set("Europe/Amsterdam");
        var time = page.Render<AgeText>(p => p.Add(x => x.At, UiContext.Now.AddMinutes(-14))).Find("time");
        Assert.Equal("14 min ago", time.TextContent);
        Assert.Equal("2026-11-23T12:46:00+01:00", time.GetAttribute("title"));
        Assert.StartsWith("2026-11-23T11:46:00", time.GetAttribute("datetime"), StringComparison.Ordinal);
        Assert.Equal(1, time.ChildNodes.Length);
    }

    [Fact]
    public async Task NothingIsConfirmedBeforeTheNameAndTheReasonAreTyped()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var reasons = new List<string>();
        var form = page.Render<ConfirmByTyping>(p =>
            p.Add(x => x.Phrase, "rentguy-api")
                .Add(x => x.Action, "Stop rentguy-api")
                .Add(x => x.AskReason, true)
                .Add(x => x.OnConfirm, reasons.Add)
        );
        form.Find("form").Submit();
        form.Field("Type rentguy-api to go on").Input("rentguy-ap");
        form.Find("form").Submit();
        form.Field("Type rentguy-api to go on").Input("rentguy-api");
        Assert.True(form.Find("button[type=submit]").HasAttribute("disabled"));
        form.Find("form").Submit();
        Assert.Empty(reasons);
        form.Field("Reason").Input("noon peak is over");
        form.Find("form").Submit();
        Assert.Equal(["noon peak is over"], reasons);
    }

    [Fact]
    public async Task APlanShowsBeforeAndAfter()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var plan = new PlanDetail(
            [new(PlanMark.Removed, "image 2.4.1"), new(PlanMark.Added, "image 2.4.0"), new(PlanMark.Same, "env")],
            [new("Where", "vps-1")],
            "c41e0a55d1f0b677"
        );
        var view = page.Render<PlanView>(p => p.Add(x => x.Plan, plan));
        Assert.Equal("− image 2.4.1", view.Find(".diff .m").TextContent);
        Assert.Equal("+ image 2.4.0", view.Find(".diff .p").TextContent);
        Assert.Equal("vps-1", view.FindAll("dd")[^1].TextContent);
        Assert.Equal("c41e0a55d1f0b677", view.Find("[data-copy]").GetAttribute("data-copy"));
    }

    [Fact]
    public async Task ASparklineBreaksAtGaps()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var path = page.Render<Sparkline>(p => p.Add(x => x.Values, [1, 2, double.NaN, 3, 4])).Find("path");
        Assert.Equal(2, path.GetAttribute("d")!.Count(c => c == 'M'));
        Assert.Empty(page.Render<Sparkline>(p => p.Add(x => x.Values, [])).FindAll("path"));
    }

    [Fact]
    public async Task APanelThatFailsIsReplacedAndTriedAgain()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        Fragile.Failing = true;
        var panel = page.Render<PanelBoundary>(p => p.AddChildContent<Fragile>());
        Assert.Contains("This panel failed", panel.Markup, StringComparison.Ordinal);
        Assert.Contains("glass", panel.Markup, StringComparison.Ordinal);
        Fragile.Failing = false;
        panel.Find("button").Click();
        Assert.Equal("whole", panel.Markup);
    }

    [Fact]
    public async Task InProductionAFaultsWordsStayInTheLog()
    {
        var (page, _) = UiContext.Create("Production");
        await using var _1 = page;
        var error = new InvalidOperationException("password=hunter2");
        var panel = page.Render<ErrorPanel>(p => p.Add(x => x.Error, error));
        Assert.DoesNotContain("hunter2", panel.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_panel_whose_store_is_away_says_so_and_goes_on_by_itself_when_it_is_back()
    {
        var (page, time) = UiContext.Create("Production");
        await using var _1 = page;
        NeedsTheStore.IsAway = true;
        var panel = page.Render<PanelBoundary>(p => p.AddChildContent<NeedsTheStore>());
        Assert.Equal("The database can't be reached", panel.Find(".what").TextContent);
        Assert.Contains("Connection refused", panel.Find(".words").TextContent, StringComparison.Ordinal);
        time.Advance(ErrorPanel.LookAgain);
        panel.WaitForAssertion(() => Assert.Contains("can't be reached", panel.Markup, StringComparison.Ordinal));
        NeedsTheStore.IsAway = false;
        time.Advance(ErrorPanel.LookAgain);
        panel.WaitForAssertion(() => Assert.Equal("read", panel.Markup));
    }

    private sealed class NeedsTheStore : Microsoft.AspNetCore.Components.ComponentBase
    {
        public static bool IsAway { get; set; }

        protected override void BuildRenderTree(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder) =>
            builder.AddContent(
                0,
                IsAway
                    ? throw new InvalidOperationException(
                        "An exception of a library around it",
                        new Npgsql.NpgsqlException(
                            "Failed to connect",
                            new System.Net.Sockets.SocketException(
                                (int)System.Net.Sockets.SocketError.ConnectionRefused
                            )
                        )
                    )
                    : "read"
            );
    }

    [Fact]
    public async Task SwitchingTheTenantKeepsTheViewAndTheRange()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        page.Services.GetRequiredService<NavigationManager>().NavigateTo("/tenants/rentguy/metrics?from=now-1h&to=now");
        var tenants = new NavTenant[] { new("rentguy", "RentGuy", State.Crit), new("witcom", "Witcom", State.Ok) };
        var opened = page.Render<MudPopoverProvider>();
        var menu = page.Render<TenantSwitcher>(p => p.Add(x => x.Tenants, tenants));
        Assert.Equal("RentGuy", menu.Find(".tenant button").TextContent);
        await menu.Find(".tenant button").ClickAsync();
        Assert.Equal(
            [
                "/?from=now-1h&to=now",
                "/tenants/rentguy/metrics?from=now-1h&to=now",
                "/tenants/witcom/metrics?from=now-1h&to=now",
            ],
            opened.FindAll("a[role=menuitem]").Select(a => a.GetAttribute("href"))
        );
    }

    [Fact]
    public async Task OfManyTenantsOneTypesTheName()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var navigation = page.Services.GetRequiredService<NavigationManager>();
        navigation.NavigateTo("/tenants/t3/logs");
        NavTenant[] tenants = [.. Enumerable.Range(0, 40).Select(n => new NavTenant($"t{n}", $"Tenant {n}", State.Ok))];
        var switcher = page.Render<TenantSwitcher>(p => p.Add(x => x.Tenants, tenants));
        Assert.Equal("Tenant 3", switcher.Field("Tenant").GetAttribute("value"));
        var field = switcher.FindComponent<MudAutocomplete<NavTenant>>().Instance;
        var found = await field.SearchFunc!("17", TestContext.Current.CancellationToken)!;
        Assert.Equal(["t17"], found!.Select(tenant => tenant!.Id));
        await switcher.InvokeAsync(() => field.ValueChanged.InvokeAsync(tenants[17]));
        Assert.EndsWith("/tenants/t17/logs", navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChoosingARangeWritesTheAddressAndKeepsTheRest()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var navigation = page.Services.GetRequiredService<NavigationManager>();
        navigation.NavigateTo("/tenants/rentguy/logs?query=error");
        var opened = page.Render<MudPopoverProvider>();
        var picker = page.Render<TimeRangePicker>();
        await picker.Find(".range button").ClickAsync();
        await opened.FindAll("button.item").Single(b => b.TextContent == "Last 24 hours").ClickAsync();
        Assert.EndsWith(
            "/tenants/rentguy/logs?query=error&from=now-24h&to=now",
            navigation.Uri,
            StringComparison.Ordinal
        );
        Assert.Contains("Last 24 hours", picker.Find(".range").TextContent, StringComparison.Ordinal);
        await picker.Find(".range button").ClickAsync();
        await opened.Field("From").ChangeAsync(new() { Value = "tomorrow" });
        await opened.Find("form").SubmitAsync();
        Assert.Contains("tomorrow is no time", opened.Find(".mud-input-error").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARangeIsLookedAtAgainOnItsBeatAndNotAfterDisposal()
    {
        var (page, clock) = UiContext.Create();
        await using var _1 = page;
        var range = page.Services.GetRequiredService<RangeState>();
        var looks = 0;
        using (range.Subscribe(() => looks++))
        {
            clock.Advance(TimeSpan.FromSeconds(15));
            Assert.Equal(3, looks);
            range.Set(range.Current with { Refresh = null });
            Assert.Equal(4, looks);
            clock.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(4, looks);
        }
        range.Set(TimeRange.Default);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(4, looks);
    }

    private sealed class Fragile : ComponentBase
    {
        public static bool Failing { get; set; }

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            if (Failing)
                throw new InvalidOperationException("glass");
            builder.AddContent(0, "whole");
        }
    }
}
