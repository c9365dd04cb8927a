using CsCheck;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

public class RaceTests : OnAStore
{
    private static readonly ActionOutcome Done = new(ProposalState.Succeeded, "done");

    [Fact]
    public async Task Many_approve_at_once_on_two_dashboards_and_it_is_sent_once()
    {
        await using var shop = await ShopAsync();
        await using var other = new Workshop(sharing: shop);
        for (var round = 0; round < 5; round++)
        {
            var proposal = await shop.ProposeAsync();
            var deeds = Enumerable
                .Range(0, 8)
                .Select(number =>
                    Task.Run(async () =>
                    {
                        try
                        {
                            var where = number % 2 == 0 ? shop : other;
                            await where.ApproveAsync(proposal, Callers.Person($"p{number}", Role.Approver, "rentguy"));
                            return "approved";
                        }
                        catch (DecisionConflictException conflict)
                        {
                            return conflict.Code;
                        }
                    })
                );
            var answers = await Task.WhenAll(deeds);
            Assert.Single(answers, answer => answer == "approved");
            Assert.Equal(7, answers.Count(answer => answer == "alreadyDecided"));
            await shop.ReportAsync(proposal.Id, 1, "outcome", outcome: Done);
            Assert.Single((await shop.FindAsync(proposal.Id)).Approvals);
        }
        await WaitForAsync(() => shop.Link.Delivered.Count == 5);
        Assert.Equal(5, shop.Link.Delivered.Select(action => action.ActionId).Distinct().Count());
    }

    [Fact]
    public async Task Approve_against_withdraw_and_reject_has_one_winner()
    {
        await using var shop = await ShopAsync();
        for (var round = 0; round < 10; round++)
        {
            var proposal = await shop.ProposeAsync();
            var before = shop.Link.Delivered.Count;
            var deeds = new Func<Task<Proposal>>[]
            {
                () => shop.ApproveAsync(proposal),
                () => shop.Proposals.WithdrawAsync(Callers.Operator, proposal.Id, default),
                () => shop.Proposals.RejectAsync(Callers.Admin, proposal.Id, "no", default),
            };
            var won = await Task.WhenAll(
                deeds.Select(deed =>
                    Task.Run(async () =>
                    {
                        try
                        {
                            await deed();
                            return true;
                        }
                        catch (DecisionConflictException)
                        {
                            return false;
                        }
                    })
                )
            );
            Assert.Single(won, true);
            if (won[0])
            {
                await WaitForAsync(() => shop.Link.Delivered.Count == before + 1);
                await shop.ReportAsync(proposal.Id, 1, "outcome", outcome: Done);
            }
            else
            {
                Assert.Equal(before, shop.Link.Delivered.Count);
                Assert.True((await shop.FindAsync(proposal.Id)).Ended);
            }
        }
    }

    [Fact]
    public async Task The_same_report_from_two_connections_is_stored_once()
    {
        await using var shop = await ShopAsync();
        await using var other = new Workshop(sharing: shop);
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        for (var sequence = 1; sequence <= 5; sequence++)
        {
            var number = sequence;
            await Task.WhenAll(
                Enumerable
                    .Range(0, 4)
                    .Select(at =>
                        Task.Run(() => (at % 2 == 0 ? shop : other).ReportAsync(proposal.Id, number, "step", "done"))
                    )
            );
        }
        var events = await shop.EventsOfAsync(proposal.Id);
        Assert.Equal(5, events.Count(told => told.Type == "step"));
        Assert.Equal(events.Select((_, index) => index + 1L), events.Select(told => told.Id));
    }

    /// <summary>Whatever people, hosts, the clock and the sweep do in any order: no illegal transition, no second dispatch.</summary>
    [Fact]
    public async Task No_order_of_things_breaks_the_states()
    {
        await Gen.Int[0, 11]
            .List[5, 25]
            .SampleAsync(
                async steps =>
                {
                    await using var shop = await ShopAsync();
                    shop.Link.OnRecall = id =>
                        shop.Link.Delivered.Any(action => action.ActionId == id)
                            ? Workshop.Bytes(new ActionReport(id, 0, shop.Time.GetUtcNow(), "progress"))
                            : null;
                    var proposal = await shop.ProposeAsync();
                    var sequence = 0;
                    foreach (var step in steps)
                    {
                        try
                        {
                            await DoAsync(shop, proposal, step, ++sequence);
                        }
                        catch (Exception exception) when (exception is DecisionConflictException or ForbiddenException)
                        { }
                        // What is on its way arrives first: whether it was lost is another question, and its answer is Unknown.
                        await WaitForAsync(() => !Services<Dispatcher>(shop).IsSending(proposal.Id));
                    }
                    await WaitForAsync(() => !Services<Dispatcher>(shop).IsSending(proposal.Id));
                    var states = (await shop.EventsOfAsync(proposal.Id))
                        .Where(told => told.Type == "state")
                        .Select(told => Enum.Parse<ProposalState>(told.Data.GetProperty("state").GetString()!, true))
                        .ToList();
                    Assert.All(
                        states.Zip(states.Skip(1)),
                        pair =>
                            Assert.True(
                                ProposalStates.MayBecome(pair.First, pair.Second),
                                $"{pair.First} → {pair.Second}"
                            )
                    );
                    Assert.Equal(states[^1], (await shop.FindAsync(proposal.Id)).State);
                    Assert.InRange(shop.Link.Delivered.Count, 0, 1);
                    Assert.True(shop.Link.Delivered.Count == states.Count(state => state == ProposalState.Dispatched));
                },
                iter: 30,
                threads: 1
            );
    }

    private static T Services<T>(Workshop shop)
        where T : class => (T)shop.Services.GetService(typeof(T))!;

    private static async Task DoAsync(Workshop shop, Proposal proposal, int step, int sequence)
    {
        switch (step)
        {
            case 0 or 1:
                await shop.ApproveAsync(proposal);
                break;
            case 2:
                await shop.Proposals.RejectAsync(Callers.Admin, proposal.Id, "no", default);
                break;
            case 3:
                await shop.Proposals.WithdrawAsync(Callers.Operator, proposal.Id, default);
                break;
            case 4:
                shop.Time.Advance(TimeSpan.FromMinutes(25));
                break;
            case 5:
                shop.Link.Connected = !shop.Link.Connected;
                break;
            case 6 or 7:
                await shop.SweepAsync();
                break;
            case 8 when shop.Link.Delivered.Count > 0:
                await shop.ReportAsync(proposal.Id, sequence, "step", "started");
                break;
            case 9 when shop.Link.Delivered.Count > 0:
                await shop.ReportAsync(proposal.Id, sequence, "outcome", outcome: Done);
                break;
            case 10:
                await (
                    shop.Stop.Current is null
                        ? shop.Stop.StopAsync(Callers.Admin, null, default)
                        : shop.Stop.ResumeAsync(Callers.Admin, null, default)
                );
                break;
            case 11:
                await shop.Proposals.CancelAsync(Callers.Operator, proposal.Id, default);
                break;
        }
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}

public class PostgresRaceTests(PostgresCluster cluster) : RaceTests, IClassFixture<PostgresCluster>
{
    protected override Task<string?> DatabaseAsync() => DatabaseAsync(cluster);
}
