using System.Text.Json;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Components;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Actions.Pages;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>The card and the inbox over the real service and store.</summary>
public class ProposalCardTests
{
    private static readonly TimeSpan Patience = E2E.Fixtures.Patience.Usual;

    internal static BunitContext PageFor(Workshop shop, Caller caller)
    {
        var (page, _) = UiContext.Create();
        page.Services.AddSingleton<TimeProvider>(shop.Time);
        page.Services.AddSingleton(shop.Proposals);
        page.Services.AddSingleton(shop.Stop);
        foreach (var looks in shop.Services.GetServices<IEvidenceAgain>())
        {
            page.Services.AddSingleton(looks);
        }
        page.Services.AddSingleton<ICurrentCaller>(new FixedCaller(caller));
        page.Services.AddSingleton<IStepUp>(new StubStepUp());
        page.Services.AddSingleton<ITenants, OneTenant>();
        return page;
    }

    private sealed class FixedCaller(Caller caller) : ICurrentCaller
    {
        public ValueTask<Caller> GetAsync(CancellationToken cancellation = default) => ValueTask.FromResult(caller);
    }

    private sealed class OneTenant : ITenants
    {
        public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) =>
            ValueTask.FromResult<IReadOnlyList<Tenant>>([new Tenant("rentguy", "RentGuy", "#000000", [], [])]);

        public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
            AllAsync(cancellation);
    }

    internal static IRenderedComponent<ProposalCard> Card(BunitContext page, string id)
    {
        var card = page.Render<ProposalCard>(parameters => parameters.Add(found => found.Id, id));
        card.WaitForElement(".plan", Patience);
        return card;
    }

    [Fact]
    public async Task It_shows_the_plan_who_asked_the_risk_and_the_evidence()
    {
        await using var shop = new Workshop();
        var evidence =
            """[{"title":"p95 doubled","url":"/tenants/rentguy/metrics","query":"up"},{"title":"evil","url":"javascript:alert(1)"}]""";
        var proposal = await shop.Proposals.ProposeAsync(
            Callers.Operator,
            new ProposalRequest(
                "container.restart",
                "rentguy",
                "api",
                default,
                "it leaks",
                [.. JsonDocument.Parse(evidence).RootElement.EnumerateArray()],
                "assistant"
            ),
            default
        );
        await using var page = PageFor(shop, Callers.Approver);
        var card = Card(page, proposal.Id);
        Assert.Contains("Restart rentguy-api", card.Find("h2").TextContent);
        Assert.Contains("low risk", card.Markup);
        Assert.Contains("container aaaaaaaaaaaa", card.Markup);
        Assert.Contains("through the assistant", card.Find(".asked").TextContent);
        Assert.Contains("it leaks", card.Find(".asked").TextContent);
        Assert.Equal("/tenants/rentguy/metrics", card.Find(".evidence a").GetAttribute("href"));
        Assert.DoesNotContain("javascript:", card.Markup);
        Assert.Equal("Approve restart", card.Find("[data-approve]").TextContent.Trim());
    }

    [Fact]
    public async Task Who_decides_sees_what_has_changed_of_the_evidence()
    {
        await using var shop = new Workshop(services =>
            services.AddSingleton<IEvidenceAgain>(new ApprovalPolicyTests.Changed())
        );
        var proposal = await shop.ProposeAsync();
        await using var page = PageFor(shop, Callers.Approver);
        var card = Card(page, proposal.Id);
        card.WaitForAssertion(
            () => Assert.Contains("then 212 MiB; now 480 MiB", card.Find("[data-evidence-now]").TextContent),
            Patience
        );
    }

    [Fact]
    public async Task Approving_runs_it_and_the_steps_come_in_live()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        await using var page = PageFor(shop, Callers.Approver);
        var card = Card(page, proposal.Id);
        card.Find("[data-approve]").Click();
        card.WaitForAssertion(() => Assert.Contains("sent", card.Find(".actions").TextContent), Patience);
        // The state is told before the delivery begins, on a thread of its own.
        Assert.True(SpinWait.SpinUntil(() => shop.Link.Delivered.Count == 1, Patience));
        await shop.ReportAsync(proposal.Id, 1, "step", "started");
        card.WaitForElement(".steps .running", Patience);
        await shop.ReportAsync(proposal.Id, 2, "step", "done");
        await shop.ReportAsync(
            proposal.Id,
            3,
            "outcome",
            outcome: new ActionOutcome(ProposalState.Succeeded, "Running and healthy.", DurationSeconds: 3.4)
        );
        card.WaitForAssertion(() => Assert.Contains("Running and healthy. Took 3.4 s.", card.Markup), Patience);
        Assert.Empty(card.FindAll("[data-approve], [data-reject], .steps .running"));
    }

    [Fact]
    public async Task Rejecting_asks_for_a_reason()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        await using var page = PageFor(shop, Callers.Approver);
        var card = Card(page, proposal.Id);
        card.Find("[data-reject]").Click();
        Assert.True(card.Find("button[type=submit]").HasAttribute("disabled"));
        card.Find("textarea").Input("not during the demo");
        card.Find("form").Submit();
        card.WaitForAssertion(() => Assert.Contains("Rejected by approver", card.Markup), Patience);
        Assert.Contains("not during the demo", card.Markup);
        Assert.Equal(ProposalState.Rejected, (await shop.FindAsync(proposal.Id)).State);
    }

    [Fact]
    public async Task A_viewer_reads_and_has_no_buttons()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        await using var page = PageFor(shop, Callers.Viewer);
        var card = Card(page, proposal.Id);
        Assert.Empty(card.FindAll(".plan-actions button"));
        Assert.Contains("An operator, approver or administrator decides", card.Markup);
    }

    [Fact]
    public async Task A_changed_world_says_what_changed_and_leaves_the_proposal_open()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        await using var page = PageFor(shop, Callers.Approver);
        var card = Card(page, proposal.Id);
        shop.Fleet.Change(new string('a', 64), facts => facts with { State = "exited" });
        card.Find("[data-approve]").Click();
        card.WaitForAssertion(
            () => Assert.Contains("state was running and is exited", card.Find("[role=alert]").TextContent),
            Patience
        );
        Assert.Empty(shop.Link.Delivered);
    }

    [Fact]
    public async Task A_decision_made_elsewhere_shows_by_itself()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        await using var page = PageFor(shop, Callers.Viewer);
        var card = Card(page, proposal.Id);
        await shop.Proposals.WithdrawAsync(Callers.Operator, proposal.Id, default);
        card.WaitForAssertion(() => Assert.Contains("withdrawn", card.Find(".actions").TextContent), Patience);
    }

    [Fact]
    public async Task Another_tenants_proposal_does_not_exist()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        await using var page = PageFor(shop, Callers.Stranger);
        var card = page.Render<ProposalCard>(parameters => parameters.Add(found => found.Id, proposal.Id));
        card.WaitForAssertion(() => Assert.Contains("No such proposal", card.Markup), Patience);
        Assert.DoesNotContain("rentguy", card.Markup);
    }

    [Fact]
    public async Task The_inbox_lists_what_waits_and_decides_by_key_on_what_is_shown()
    {
        await using var shop = new Workshop();
        var first = await shop.ProposeAsync();
        shop.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await shop.ProposeAsync("container.stop", "db");
        await using var page = PageFor(shop, Callers.Approver);
        var inbox = page.Render<ApprovalsPage>();
        inbox.WaitForAssertion(() => Assert.Equal(2, inbox.FindAll("tbody tr").Count), Patience);
        Assert.Equal("2", inbox.Find(".tabs a.on .count").TextContent);
        inbox.WaitForAssertion(
            () => Assert.Contains("Stop rentguy-db", inbox.Find(".chosen h2").TextContent),
            Patience
        );

        // The other row is shown first and decided on only then.
        inbox.FindAll("tbody tr")[1].KeyDown("a");
        inbox.WaitForAssertion(
            () => Assert.Contains("Restart rentguy-api", inbox.Find(".chosen h2").TextContent),
            Patience
        );
        Assert.Empty(shop.Link.Delivered);
        inbox.FindAll("tbody tr")[1].KeyDown("a");
        inbox.WaitForAssertion(() => Assert.Single(inbox.FindAll("tbody tr")), Patience);
        // The row goes when it is approved; it is delivered after that.
        inbox.WaitForAssertion(() => Assert.Equal(first.Id, Assert.Single(shop.Link.Delivered).ActionId), Patience);
        Assert.Equal(ProposalState.Proposed, (await shop.FindAsync(second.Id)).State);
    }

    [Fact]
    public async Task An_administrator_stops_and_resumes_and_everybody_sees_it()
    {
        await using var shop = new Workshop();
        await using var page = PageFor(shop, Callers.Admin);
        await using var other = PageFor(shop, Callers.Viewer);
        var mine = page.Render<EmergencyStopPanel>();
        var theirs = other.Render<EmergencyStopPanel>();
        Assert.Empty(theirs.FindAll("button"));
        mine.Find("button").Click();
        mine.Find("input").Input("drill");
        mine.Find("form").Submit();
        theirs.WaitForAssertion(() => Assert.Contains("Dispatching is stopped", theirs.Markup), Patience);
        Assert.Contains("drill", theirs.Markup);
        Assert.Empty(theirs.FindAll("button"));
        shop.Time.Advance(TimeSpan.FromSeconds(1));
        mine.WaitForElement(".stop-strip button", Patience).Click();
        theirs.WaitForAssertion(() => Assert.DoesNotContain("stopped", theirs.Markup), Patience);
    }
}
