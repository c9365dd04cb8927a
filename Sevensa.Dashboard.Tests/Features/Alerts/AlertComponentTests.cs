using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Alerts.Components;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Alerts.Rules;
using Sevensa.Dashboard.Features.Alerts.Silences;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

public sealed class AlertComponentTests
{
    private static readonly Tenant Rentguy = new("rentguy", "RentGuy", "#2563eb", ["api", "web"], [], 500, 0.999);
    private static readonly TenantScope Scope = new(["rentguy"]);

    private static Alert Firing(string name, string severity, string id = "a1", params string[] silencedBy) =>
        new(
            id,
            "rentguy",
            $"f-{name}",
            name,
            "api",
            severity,
            $"{name} is told",
            UiContext.Now.AddMinutes(-12),
            null,
            new Dictionary<string, string>
            {
                ["alertname"] = name,
                ["tenant"] = "rentguy",
                ["service"] = "api",
                ["severity"] = severity,
                ["instance"] = "vps-1:9100",
            },
            new Dictionary<string, string>(),
            silencedBy
        );

    private static BunitContext Page(IFiringAlerts? firing = null, IServiceLevels? levels = null)
    {
        var page = UiContext.Create().Page;
        page.Services.AddSingleton(new AlertNews(NullLogger<AlertNews>.Instance));
        page.Services.AddSingleton(firing ?? Substitute.For<IFiringAlerts>());
        page.Services.AddSingleton(levels ?? Substitute.For<IServiceLevels>());
        page.Services.AddSingleton(Substitute.For<ICurrentCaller>());
        page.Services.AddSingleton(new AlertEnding(null!, null!, null!, null!, TimeProvider.System));
        page.Services.AddSingleton(Substitute.For<IPromQlReading>());
        return page;
    }

    private static IFiringAlerts Answering(params IReadOnlyList<Alert> alerts)
    {
        var firing = Substitute.For<IFiringAlerts>();
        firing.NowAsync(default!, default!, default).ReturnsForAnyArgs(alerts);
        return firing;
    }

    [Fact]
    public async Task What_fires_is_listed_with_what_can_be_done()
    {
        await using var page = Page(Answering(Firing("Down", "critical"), Firing("Slow", "warning", "", "s1")));
        Alert? asked = null;
        var rows = page.Render<FiringAlertRows>(p =>
            p.Add(x => x.Tenant, Rentguy)
                .Add(x => x.Scope, Scope)
                .Add(x => x.May, true)
                .Add(x => x.OnSilence, (Alert alert) => asked = alert)
        );
        rows.WaitForAssertion(() => Assert.Equal(2, rows.FindAll("tbody tr").Count));
        Assert.Contains("1, and 1 silenced", rows.Markup, StringComparison.Ordinal);
        var down = rows.Find("tr:has([data-alert='f-Down'])");
        Assert.Contains("hot", down.ClassList);
        Assert.Contains("Critical", down.TextContent, StringComparison.Ordinal);
        Assert.Contains("instance=\"vps-1:9100\"", down.TextContent, StringComparison.Ordinal);
        Assert.EndsWith(
            "new=incident&alert=a1",
            down.QuerySelector("a")!.GetAttribute("href"),
            StringComparison.Ordinal
        );
        rows.Find("tr:has([data-alert='f-Down']) button").Click();
        rows.WaitForAssertion(() => Assert.Equal("Down", asked?.Name));
        // Silenced: no second silence, and not kept yet, so no incident of it either.
        var slow = rows.Find("tr:has([data-alert='f-Slow'])");
        Assert.Contains("Silenced", slow.TextContent, StringComparison.Ordinal);
        Assert.Equal(["See the silence"], slow.QuerySelectorAll("a, button").Select(act => act.TextContent.Trim()));
    }

    [Fact]
    public async Task Who_only_looks_is_offered_nothing()
    {
        await using var page = Page(Answering(Firing("Down", "critical")));
        var rows = page.Render<FiringAlertRows>(p => p.Add(x => x.Tenant, Rentguy).Add(x => x.Scope, Scope));
        rows.WaitForAssertion(() => Assert.Single(rows.FindAll("tbody tr")));
        Assert.Empty(rows.FindAll("tbody a, tbody button"));
    }

    [Fact]
    public async Task What_a_message_told_of_is_called_over_below_its_row_with_a_reason()
    {
        await using var page = Page(Answering(Firing("Down", "critical") with { MayBeEnded = true }));
        var rows = page.Render<FiringAlertRows>(p =>
            p.Add(x => x.Tenant, Rentguy).Add(x => x.Scope, Scope).Add(x => x.May, true)
        );
        rows.WaitForElement("[aria-label='Call Down over']").Click();
        Assert.Equal("true", rows.Find("[aria-label='Call Down over']").GetAttribute("aria-expanded"));
        Assert.True(rows.Find("tr.detail button[type=submit]").HasAttribute("disabled"));
        rows.Field("Why it is over").Input("the host is gone");
        Assert.False(rows.Find("tr.detail button[type=submit]").HasAttribute("disabled"));
        rows.Find("[aria-label='Call Down over']").Click();
        Assert.Empty(rows.FindAll("tr.detail"));
    }

    [Fact]
    public async Task Nothing_firing_and_nobody_answering_are_told_apart()
    {
        await using var quiet = Page(Answering());
        var none = quiet.Render<FiringAlertRows>(p => p.Add(x => x.Tenant, Rentguy).Add(x => x.Scope, Scope));
        none.WaitForAssertion(() => Assert.Contains("Nothing fires", none.Markup, StringComparison.Ordinal));

        var firing = Substitute.For<IFiringAlerts>();
        firing
            .NowAsync(default!, default!, default)
            .ReturnsForAnyArgs<IReadOnlyList<Alert>>(_ =>
                throw new UpstreamException("Prometheus", UpstreamFault.Unreachable, "connection refused")
            );
        await using var deaf = Page(firing);
        var rows = deaf.Render<FiringAlertRows>(p => p.Add(x => x.Tenant, Rentguy).Add(x => x.Scope, Scope));
        rows.WaitForAssertion(() => Assert.Contains("connection refused", rows.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain("Nothing fires", rows.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silence_begins_with_what_tells_the_alert_and_says_what_is_wrong_without_losing_it()
    {
        await using var page = Page();
        var caller = new Caller(
            "1",
            "Olga",
            Role.Operator,
            true,
            TenantSet.Of(["rentguy"]),
            ApiScopes.Read | ApiScopes.Propose
        );
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(default).ReturnsForAnyArgs(caller);
        var scopes = Substitute.For<ITenantScopes>();
        scopes.ForAsync(default!, default!, default).ReturnsForAnyArgs(Scope);
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton(scopes);
        var audit = Substitute.For<IAuditLog>();
        page.Services.AddSingleton(provider => new SilenceDesk(
            () => throw new InvalidOperationException("Alertmanager must not be asked"),
            null!,
            null!,
            null!,
            provider.GetRequiredService<AlertNews>(),
            audit,
            provider.GetRequiredService<TimeProvider>()
        ));
        var form = page.Render<SilenceForm>(p =>
            p.Add(x => x.Tenant, Rentguy).Add(x => x.Alert, Firing("Down", "critical"))
        );
        Assert.Equal(
            "alertname=\"Down\"\ninstance=\"vps-1:9100\"\nservice=\"api\"",
            form.Find("textarea").GetAttribute("value")
        );
        form.Find("textarea").Change("alertname=\"Down\"\nthe api");
        form.Find("form").Submit();
        form.WaitForAssertion(() =>
            Assert.Contains("Line 2 is no matcher", form.Find("[role=alert]").TextContent, StringComparison.Ordinal)
        );
        Assert.Contains("the api", form.Find("textarea").GetAttribute("value"), StringComparison.Ordinal);
        // Quiet without a reason is what nobody understands at night.
        form.Find("textarea").Change("alertname=\"Down\"");
        form.Find("form").Submit();
        form.WaitForAssertion(() =>
            Assert.Contains("comment", form.Find("[role=alert]").TextContent, StringComparison.OrdinalIgnoreCase)
        );
        await audit.DidNotReceiveWithAnyArgs().AppendAsync(default!, default);
    }

    [Fact]
    public async Task A_draft_shows_on_which_days_it_would_have_fired()
    {
        await using var page = Page();
        var from = UiContext.Now.AddDays(-29);
        var history = new DraftHistory(
            from,
            UiContext.Now,
            60,
            [
                new DraftEpisode(
                    new Dictionary<string, string> { ["service"] = "api" },
                    from.AddDays(3),
                    from.AddDays(3).AddMinutes(5),
                    from.AddDays(3).AddMinutes(20),
                    0.25
                ),
                new DraftEpisode(
                    new Dictionary<string, string>(),
                    UiContext.Now.AddHours(-3),
                    UiContext.Now.AddHours(-2),
                    null,
                    7
                ),
            ],
            Pending: 4,
            FiringSeconds: 8100,
            "sum(rate(x[5m])) > 1",
            [],
            Cut: false
        );
        var shown = page.Render<DraftResult>(p => p.Add(x => x.Tenant, Rentguy).Add(x => x.History, history));
        Assert.Contains("It would have fired 2 times", shown.Markup, StringComparison.Ordinal);
        Assert.Equal(30, shown.FindAll(".draft-days i").Count);
        Assert.Single(shown.FindAll(".draft-days i.warn"));
        Assert.Single(shown.FindAll(".draft-days i.crit"));
        Assert.Contains("would fire still", shown.FindAll("tbody tr")[1].TextContent, StringComparison.Ordinal);
        Assert.Equal("15 min", shown.FindAll("tbody tr")[0].QuerySelector("[data-label=For]")!.TextContent);
        Assert.Equal("sum(rate(x[5m])) > 1", shown.Find("code").TextContent);

        var never = page.Render<DraftResult>(p =>
            p.Add(x => x.Tenant, Rentguy).Add(x => x.History, history with { Episodes = [], FiringSeconds = 0 })
        );
        Assert.Contains("4 times the expression yielded something", never.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objectives_stand_by_trouble_with_their_budget()
    {
        ServiceLevel Level(string name, LevelState state, double share, double left) =>
            new(
                new Objective(
                    name,
                    "rentguy",
                    "api",
                    name,
                    IndicatorKind.Availability,
                    0.999,
                    null,
                    null,
                    30,
                    true,
                    "olga",
                    UiContext.Now
                ),
                state,
                share,
                left,
                120_000,
                [new BurnRate("critical", "1h", "5m", 14.4, 20, 18)],
                null,
                UiContext.Now
            );
        var levels = Substitute.For<IServiceLevels>();
        levels
            .OfAsync(default!, default!, default)
            .ReturnsForAnyArgs([
                Level("well", LevelState.Kept, 0.9999, 0.9),
                Level("gone", LevelState.Missed, 0.99, -9),
                Level("near", LevelState.AtRisk, 0.9991, 0.1),
            ]);
        await using var page = Page(levels: levels);
        var rows = page.Render<LevelRows>(p => p.Add(x => x.Tenant, Rentguy).Add(x => x.Scope, Scope));
        rows.WaitForAssertion(() =>
            Assert.Equal(["gone", "near", "well"], rows.FindAll("tbody tr b").Select(name => name.TextContent))
        );
        Assert.Contains("2 of 3 at risk or missed", rows.Markup, StringComparison.Ordinal);
        var gone = rows.FindAll("tbody tr")[0];
        Assert.Contains("width: 0%", gone.QuerySelector(".meter i")!.GetAttribute("style"), StringComparison.Ordinal);
        Assert.Equal("20×", gone.QuerySelector("[data-label='Speed, 1 h']")!.TextContent);
        Assert.Empty(rows.FindAll("a[aria-label^=Change]"));
    }
}
