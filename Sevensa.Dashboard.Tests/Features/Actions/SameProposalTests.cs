using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>One thing is asked for once: who asks for the same again is answered with what is open.</summary>
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
    public async Task What_differs_in_parameters_target_or_asker_is_another()
    {
        await using var shop = await ShopAsync();
        var ids = new[]
        {
            await shop.ProposeAsync(),
            await shop.ProposeAsync(parameters: """{"graceSeconds":11}"""),
            await shop.ProposeAsync("container.stop"),
            await shop.ProposeAsync(target: "rentguy-db"),
            await shop.ProposeAsync(caller: Callers.Admin),
        };
        Assert.Equal(ids.Length, ids.Select(proposal => proposal.Id).Distinct().Count());
        // A default that is written out is the same.
        Assert.Equal(ids[0].Id, (await shop.ProposeAsync(parameters: """{"graceSeconds":10}""")).Id);
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
            Enumerable.Range(0, 10).Select(n => Task.Run(() => (n % 2 == 0 ? shop : other).ProposeAsync()))
        );
        Assert.Single(made.Select(proposal => proposal.Id).Distinct());
        Assert.Single(await shop.Proposals.ListAsync(Callers.Admin, new ProposalFilter(), default));
    }
}

public class PostgresSameProposalTests(PostgresCluster cluster) : SameProposalTests, IClassFixture<PostgresCluster>
{
    private static int databases;

    protected override async Task<string?> DatabaseAsync() =>
        await cluster.DatabaseAsync($"same{Interlocked.Increment(ref databases)}");
}
