using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>What crashes again and again runs and is started again by turns: a plan for it holds all the while.</summary>
public class CrashLoopPlanTests
{
    private static readonly string Api = new('a', 64);

    [Theory]
    [InlineData("running", "restarting")]
    [InlineData("restarting", "running")]
    public async Task It_is_approved_and_sent_in_whichever_of_the_two_it_is_by_then(string planned, string approved)
    {
        await using var shop = new Workshop();
        shop.Fleet.Change(Api, facts => facts with { State = planned });
        var proposal = await shop.ProposeAsync();
        shop.Fleet.Change(Api, facts => facts with { State = approved });
        Assert.Equal(ProposalState.Dispatched, (await shop.ApproveAsync(proposal)).State);
    }

    [Theory]
    [InlineData("restarting", "exited")]
    [InlineData("exited", "restarting")]
    public async Task What_ended_for_good_or_came_back_is_another_world(string planned, string now)
    {
        await using var shop = new Workshop();
        shop.Fleet.Change(Api, facts => facts with { State = planned });
        var proposal = await shop.ProposeAsync();
        shop.Fleet.Change(Api, facts => facts with { State = now });
        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(() => shop.ApproveAsync(proposal));
        Assert.Contains($"state was {planned} and is {now}", conflict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_replica_that_has_come_since_is_told_though_it_crashes_too()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync(target: "service:worker");
        shop.Fleet.Put("rentguy", "worker", "rentguy-worker-3", new string('9', 64));
        shop.Fleet.Change(new string('9', 64), facts => facts with { State = "restarting" });
        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(() => shop.ApproveAsync(proposal));
        Assert.Contains("rentguy-worker-3 has come to worker since", conflict.Message, StringComparison.Ordinal);
    }
}
