using Bunit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability;
using Sevensa.Dashboard.Features.Reachability.Components;
using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Features.Reachability.Observed;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Reachability;

/// <summary>What a tenant could declare, out of the connections that were made.</summary>
public sealed class FlowDraftsTests : IAsyncDisposable
{
    private readonly Workshop shop = new();
    private readonly ObservedFlowStore seen;
    private readonly FlowPolicies policies;
    private readonly ObservedFlows observed;
    private readonly FlowDrafts drafts;

    public FlowDraftsTests()
    {
        var stores = shop.Services.GetRequiredService<IDbContextFactory<Store>>();
        var scopes = shop.Services.GetRequiredService<ITenantScopes>();
        var store = new FlowPolicyStore(stores);
        seen = new ObservedFlowStore(stores, shop.Time);
        policies = new FlowPolicies(
            store,
            scopes,
            shop.StepUp,
            shop.Services.GetRequiredService<IAuditLog>(),
            shop.Time
        );
        observed = new ObservedFlows(shop.Fleet, seen, shop.Time, NullLogger<ObservedFlows>.Instance);
        drafts = new FlowDrafts(observed, store, scopes, shop.Time);
    }

    public ValueTask DisposeAsync() => shop.DisposeAsync();

    private static FlowEnd Service(string tenant, string name) => new(EndKind.Service, tenant, name);

    private Task SawAsync(int daysAgo, params (FlowEnd From, FlowEnd To, int Port)[] flows)
    {
        var at = shop.Time.GetUtcNow().AddDays(-daysAgo);
        return seen.SawAsync(
            [.. flows.Select(flow => new SeenFlow(flow.From, flow.To, $"{flow.Port}/tcp", at, at))],
            default
        );
    }

    [Fact]
    public async Task What_was_seen_is_added_to_what_is_declared_and_the_whole_can_be_saved()
    {
        await policies.SaveAsync(Callers.Operator, "rentguy", "# ours\nweb -> api:8080", default);
        await SawAsync(
            1,
            (Service("rentguy", "web"), Service("rentguy", "api"), 8080),
            (Service("rentguy", "api"), Service("rentguy", "db"), 5432),
            (FlowEnd.Internet, Service("rentguy", "web"), 443),
            (Service("witcom", "psra-api"), Service("rentguy", "api"), 8080),
            // Whose service is reached declares it.
            (Service("rentguy", "api"), Service("witcom", "psra-api"), 80),
            (FlowEnd.PrivateNetwork, Service("rentguy", "db"), 5432)
        );
        await SawAsync(9, (Service("rentguy", "old"), Service("rentguy", "db"), 5432));
        var draft = await drafts.OfTenantAsync(Callers.Operator, "rentguy", 7, default);
        Assert.Equal(
            """
            # ours
            web -> api:8080

            # Seen in 7 days up to 2026-03-01
            api -> db:5432
            internet -> web:443
            witcom/psra-api -> api:8080
            # a private network -> db:5432/tcp was seen; only services and the internet can be declared
            """.ReplaceLineEndings("\n"),
            draft.Text
        );
        Assert.Equal((3, 1), (draft.Added, draft.LeftOut));
        Assert.Contains(
            "old -> db:5432",
            (await drafts.OfTenantAsync(Callers.Operator, "rentguy", 30, default)).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(1, (await policies.OfTenantAsync(Callers.Operator, "rentguy", default)).Flows);
        Assert.Equal(4, (await policies.SaveAsync(Callers.Operator, "rentguy", draft.Text, default)).Flows);
        Assert.Equal(0, (await drafts.OfTenantAsync(Callers.Operator, "rentguy", 7, default)).Added);
    }

    [Fact]
    public async Task Another_tenant_s_name_is_not_drafted_for_who_does_not_see_it()
    {
        await SawAsync(1, (Service("witcom", "psra-api"), Service("rentguy", "api"), 8080));
        var draft = await drafts.OfTenantAsync(Callers.Viewer, "rentguy", 7, default);
        Assert.DoesNotContain("psra-api", draft.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("witcom", draft.Text, StringComparison.Ordinal);
        Assert.Equal((0, 1), (draft.Added, draft.LeftOut));
        await Assert.ThrowsAsync<UnknownTenantException>(() =>
            drafts.OfTenantAsync(Callers.Viewer, "witcom", 7, default)
        );
    }

    [Fact]
    public async Task A_session_in_doubt_declares_no_flow_and_takes_one_out()
    {
        await policies.SaveAsync(Callers.Operator, "rentguy", "web -> api:8080\napi -> db:5432", default);
        shop.StepUp.Doubt = "This session is in doubt.";
        var refused = await Assert.ThrowsAsync<ForbiddenException>(() =>
            policies.SaveAsync(Callers.Operator, "rentguy", "web -> api:8080\napi -> db:5433", default)
        );
        Assert.Equal("stepUpRequired", refused.Code);
        Assert.Equal(2, (await policies.OfTenantAsync(Callers.Operator, "rentguy", default)).Flows);
        var less = await policies.SaveAsync(Callers.Operator, "rentguy", "# less\napi -> db:5432", default);
        Assert.Equal(1, less.Flows);
    }

    [Theory]
    [InlineData("web\n* -> db")]
    [InlineData("web\u2028* -> db")]
    [InlineData("web #")]
    [InlineData("*")]
    [InlineData("a -> b")]
    public async Task A_name_declares_nothing_but_itself(string name)
    {
        await SawAsync(1, (Service("rentguy", name), Service("rentguy", "db"), 5432));
        var draft = await drafts.OfTenantAsync(Callers.Operator, "rentguy", 7, default);
        Assert.Empty(FlowPolicy.Read(draft.Text.ReplaceLineEndings("\n")));
        Assert.Equal((0, 1), (draft.Added, draft.LeftOut));
    }

    [Fact]
    public async Task A_draft_is_no_longer_than_a_policy_may_be()
    {
        await SawAsync(
            1,
            [
                .. Enumerable
                    .Range(1, 1200)
                    .Select(port => (Service("rentguy", "a-service-of-a-long-name"), Service("rentguy", "db"), port)),
            ]
        );
        var draft = await drafts.OfTenantAsync(Callers.Operator, "rentguy", 7, default);
        Assert.InRange(draft.Text.Length, FlowPolicy.LongestText - 100, FlowPolicy.LongestText);
        Assert.Equal(draft.Added, FlowPolicy.Read(draft.Text).Count);
        Assert.Equal(1200, draft.Added + draft.LeftOut);
    }

    [Fact]
    public async Task That_there_is_no_room_for_what_was_seen_is_told_to_whose_it_is()
    {
        var desk = new ReachabilityDesk(
            shop.Fleet,
            shop.Services.GetRequiredService<ITenantScopes>(),
            policies,
            observed,
            shop.Time
        );
        await SawAsync(
            1,
            [
                .. Enumerable
                    .Range(1, ObservedFlowStore.MostOfTenant)
                    .Select(port => (Service("rentguy", "api"), Service("witcom", "psra-api"), port)),
            ]
        );
        var full = await desk.OfTenantAsync(Callers.Operator, "rentguy", null, default);
        Assert.Contains("room for 2000 flows of rentguy", full.LeftOut, StringComparison.Ordinal);
        Assert.Null((await desk.OfTenantAsync(Callers.Operator, "witcom", null, default)).LeftOut);
    }

    private BunitContext WithForm()
    {
        var page = UiContext.Create().Page;
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(Arg.Any<CancellationToken>()).Returns(Callers.Operator);
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton(policies);
        page.Services.AddSingleton(drafts);
        return page;
    }

    [Fact]
    public async Task What_is_written_and_not_saved_stays_when_what_was_seen_is_drafted()
    {
        await policies.SaveAsync(Callers.Operator, "rentguy", "web -> api:8080", default);
        await SawAsync(
            1,
            (Service("rentguy", "web"), Service("rentguy", "api"), 8080),
            (Service("rentguy", "api"), Service("rentguy", "db"), 5432),
            (Service("rentguy", "worker"), Service("rentguy", "db"), 5432),
            (FlowEnd.PrivateNetwork, Service("rentguy", "db"), 5432)
        );
        await using var page = WithForm();
        var form = page.Render<PolicyForm>(parameters =>
            parameters
                .Add(one => one.Tenant, "rentguy")
                .Add(one => one.Text, "web -> api:8080")
                .Add(one => one.MayChange, true)
        );
        await form.Find("textarea").ChangeAsync("# mine\nworker -> db");
        await form.Find("button[type=button]").ClickAsync(new());
        const string drafted = """
            # mine
            worker -> db

            # Seen in 7 days up to 2026-03-01
            api -> db:5432
            web -> api:8080
            # a private network -> db:5432/tcp was seen; only services and the internet can be declared
            """;
        form.WaitForAssertion(() => Assert.Equal(drafted.ReplaceLineEndings("\n"), Written()));
        // What stands there already is not added once more.
        await form.Find("button[type=button]").ClickAsync(new());
        form.WaitForAssertion(() =>
            Assert.Contains("No connection was seen", form.Find("[role=status]").TextContent, StringComparison.Ordinal)
        );
        Assert.Equal(drafted.ReplaceLineEndings("\n"), Written());
        Assert.Equal(1, (await policies.OfTenantAsync(Callers.Operator, "rentguy", default)).Flows);
        await form.Find("textarea").ChangeAsync("worker db");
        await form.Find("button[type=button]").ClickAsync(new());
        form.WaitForAssertion(() =>
            Assert.Contains("Line 1", form.Find("[role=alert]").TextContent, StringComparison.Ordinal)
        );
        Assert.Equal("worker db", Written());

        string? Written() => form.Find("textarea").GetAttribute("value");
    }

    [Fact]
    public async Task The_form_is_filled_and_saves_only_when_it_is_told()
    {
        await SawAsync(1, (Service("rentguy", "api"), Service("rentguy", "db"), 5432));
        await using var page = WithForm();
        var form = page.Render<PolicyForm>(parameters =>
            parameters.Add(one => one.Tenant, "rentguy").Add(one => one.MayChange, true)
        );
        await form.Find("button[type=button]").ClickAsync(new());
        var status = await form.WaitForElementAsync("[role=status]");
        Assert.Contains("Nothing is saved yet", status.TextContent, StringComparison.Ordinal);
        Assert.Contains("api -> db:5432", form.Find("textarea").GetAttribute("value"), StringComparison.Ordinal);
        Assert.Equal(0, (await policies.OfTenantAsync(Callers.Operator, "rentguy", default)).Flows);
        await form.Find("form").SubmitAsync();
        form.WaitForAssertion(() =>
            Assert.Contains("One flow is declared", form.Find("[role=status]").TextContent, StringComparison.Ordinal)
        );
        Assert.Equal(1, (await policies.OfTenantAsync(Callers.Operator, "rentguy", default)).Flows);
    }

    [Fact]
    public async Task Seen_not_seen_and_not_told_are_read_in_the_table()
    {
        await using var page = UiContext.Create().Page;
        ReachabilityFlow flow = new("api", "db", "5432/tcp", true, true, true, false, [], UiContext.Now, UiContext.Now);
        var table = page.Render<FlowTable>(parameters =>
            parameters.Add(
                one => one.Flows,
                [
                    flow,
                    flow with
                    {
                        From = "b",
                        Observed = false,
                        ObservedLast = null,
                    },
                    flow with
                    {
                        From = "c",
                        Observed = null,
                        ObservedLast = null,
                        ObservedWhy = "It is far away.",
                    },
                ]
            )
        );
        Assert.Equal(
            ["just now", "no", "not seen: cannot be seen here It is far away."],
            table
                .FindAll("tbody tr td:nth-child(6)")
                .Select(cell => string.Join(' ', cell.Children.Select(part => part.TextContent.Trim())))
        );
    }
}
