using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>One thing is asked for once, whoever asks: who asks for the same again is answered with what is open.</summary>
public class SameProposalTests : OnAStore
{
    [Fact]
    public async Task The_same_again_is_answered_with_what_is_open()
    {
        await using var shop = await ShopAsync();
        var first = await shop.ProposeAsync();
        shop.Time.Advance(TimeSpan.FromMinutes(1));
        var again = await shop.ProposeAsync();
        Assert.Equal((first.Id, first.PlanHash, true), (again.Id, again.PlanHash, again.AskedBefore));
        Assert.False(first.AskedBefore);
        await shop.ApproveAsync(first);
        Assert.Equal(first.Id, (await shop.ProposeAsync()).Id);
        Assert.Single(shop.Audit.Entries, entry => entry.Action == "proposal.created");
    }

    [Fact]
    public async Task What_differs_in_kind_parameters_or_target_is_another()
    {
        await using var shop = await ShopAsync();
        var ids = new[]
        {
            await shop.ProposeAsync(),
            await shop.ProposeAsync(parameters: """{"graceSeconds":11}"""),
            await shop.ProposeAsync("container.stop"),
            await shop.ProposeAsync(target: "rentguy-db"),
        };
        Assert.Equal(ids.Length, ids.Select(proposal => proposal.Id).Distinct().Count());
        // A default that is written out is the same.
        Assert.Equal(ids[0].Id, (await shop.ProposeAsync(parameters: """{"graceSeconds":10}""")).Id);
    }

    [Fact]
    public async Task Somebody_elses_is_the_answer_too_and_what_is_said_for_it_is_kept()
    {
        await using var shop = await ShopAsync();
        var first = await shop.ProposeAsync(reason: "It leaks.");
        var again = await shop.ProposeAsync(caller: Callers.Admin, reason: "The disk is full.");
        Assert.Equal((first.Id, true), (again.Id, again.AskedBefore));
        Assert.Equal("It leaks.", again.Reason);
        // Once more in the same words, and in the words that were there first: nothing to add.
        await shop.ProposeAsync(caller: Callers.Admin, reason: "The disk is full.");
        await shop.ProposeAsync(reason: "It leaks.");
        await shop.ProposeAsync(reason: "It leaks again.");

        var said = await shop.EventsOfAsync(first.Id);
        Assert.Equal(
            [(Callers.Admin.Name, "The disk is full."), (Callers.Operator.Name, "It leaks again.")],
            said.Where(told => told.Data.TryGetProperty("askedAgain", out _))
                .Select(told => told.Data.GetProperty("askedAgain"))
                .Select(asked => (asked.GetProperty("by").GetString()!, asked.GetProperty("reason").GetString()!))
        );
        var rows = shop.Audit.Entries.Where(entry => entry.Action == "proposal.askedAgain").ToList();
        Assert.Equal(2, rows.Count);
        Assert.Equal(Callers.Admin.Subject, rows[0].Actor.Id);
        Assert.Contains("The disk is full.", rows[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_may_not_read_is_not_shown_what_somebody_else_asked()
    {
        await using var shop = await ShopAsync();
        var first = await shop.ProposeAsync();
        var blind = Callers.Admin with { Scopes = ApiScopes.Propose };
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(caller: blind));
        Assert.Contains("asked for by somebody else", refused.Message, StringComparison.Ordinal);
        Assert.Equal(first.Id, Assert.Single(await shop.Proposals.ListAsync(Callers.Admin, new(), default)).Id);
    }

    [Fact]
    public async Task A_reason_is_refused_when_it_is_too_long_whichever_way_it_comes()
    {
        await using var shop = await ShopAsync();
        var whole = new string('x', ProposalRequest.LongestWords);
        Assert.Equal(whole, (await shop.ProposeAsync(reason: whole)).Reason);
        var refused = await Assert.ThrowsAsync<TextTooLongException>(() => shop.ProposeAsync(reason: whole + "x"));
        Assert.Contains("4000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_it_ended_or_its_time_is_over_it_is_asked_for_anew()
    {
        await using var shop = await ShopAsync();
        var first = await shop.ProposeAsync();
        await shop.Proposals.RejectAsync(Callers.Approver, first.Id, "no", default);
        var second = await shop.ProposeAsync();
        Assert.NotEqual(first.Id, second.Id);
        shop.Time.Advance(TimeSpan.FromHours(2));
        var third = await shop.ProposeAsync();
        Assert.NotEqual(second.Id, third.Id);
        Assert.Equal(ProposalState.Expired, (await shop.FindAsync(second.Id)).State);
    }

    [Fact]
    public async Task In_a_changed_world_the_plan_is_another()
    {
        await using var shop = await ShopAsync();
        var first = await shop.ProposeAsync();
        shop.Fleet.Change(new string('a', 64), facts => facts with { ConfigHash = "beef" });
        Assert.NotEqual(first.Id, (await shop.ProposeAsync()).Id);
    }

    [Fact]
    public async Task Of_many_at_once_on_two_dashboards_one_is_made()
    {
        await using var shop = await ShopAsync();
        await using var other = new Workshop(sharing: shop);
        var made = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    Task.Run(() =>
                        (n % 2 == 0 ? shop : other).ProposeAsync(
                            caller: n % 4 < 2 ? Callers.Operator : Callers.Admin,
                            reason: n % 4 < 2 ? "It leaks." : "The disk is full."
                        )
                    )
                )
        );
        Assert.Single(made.Select(proposal => proposal.Id).Distinct());
        Assert.Single(made, proposal => !proposal.AskedBefore);
        Assert.Single(await shop.Proposals.ListAsync(Callers.Admin, new ProposalFilter(), default));
        // Each of the two is there with their reason, once.
        Assert.Single(await shop.EventsOfAsync(made[0].Id), told => told.Data.TryGetProperty("askedAgain", out _));
    }
}

public class PostgresSameProposalTests(PostgresCluster cluster) : SameProposalTests, IClassFixture<PostgresCluster>
{
    protected override Task<string?> DatabaseAsync() => DatabaseAsync(cluster);
}
