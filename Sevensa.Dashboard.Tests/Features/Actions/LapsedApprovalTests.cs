using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>An approval is worth what its giver may do when the action is sent, and the stop holds what is sent again too.</summary>
public class LapsedApprovalTests
{
    private static StubPeople People(Workshop shop) => (StubPeople)shop.Services.GetRequiredService<IPeople>();

    public static TheoryData<string> Endings => ["disabled", "viewer", "other tenant"];

    private static Caller? After(string ending) =>
        ending switch
        {
            "viewer" => Callers.Person("approver", Role.Viewer, "rentguy", "witcom"),
            "other tenant" => Callers.Person("approver", Role.Approver, "witcom"),
            _ => null,
        };

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task What_waited_longer_than_its_approvers_right_is_refused_and_not_sent(string ending)
    {
        await using var shop = new Workshop();
        shop.Link.Connected = false;
        var proposal = await shop.ProposeAsync();
        Assert.Equal(ProposalState.Approved, (await shop.ApproveAsync(proposal)).State);
        People(shop).Changed[Callers.Approver.Subject] = After(ending);
        shop.Link.Connected = true;
        await shop.SweepAsync();
        var ended = await shop.FindAsync(proposal.Id);
        Assert.Equal((ProposalState.Refused, "approvalLapsed"), (ended.State, ended.Outcome!.Code));
        Assert.Contains("approver", ended.Outcome.Text);
        Assert.Empty(shop.Link.Delivered);
        Assert.Contains(shop.Audit.Entries, entry => entry.Action == "action.refused");
    }

    [Fact]
    public async Task An_approval_by_an_account_whose_claim_nobody_looked_at_for_long_sends_nothing()
    {
        await using var shop = new Workshop();
        shop.Link.Connected = false;
        var proposal = await shop.ProposeAsync();
        Assert.Equal(ProposalState.Approved, (await shop.ApproveAsync(proposal)).State);
        People(shop).NotLookedAt[Callers.Approver.Subject] = true;
        shop.Link.Connected = true;
        await shop.SweepAsync();
        var ended = await shop.FindAsync(proposal.Id);
        Assert.Equal((ProposalState.Refused, "approvalLapsed"), (ended.State, ended.Outcome!.Code));
        Assert.Contains("twelve hours", ended.Outcome.Text);
        Assert.Empty(shop.Link.Delivered);
    }

    [Fact]
    public async Task An_approval_by_a_token_that_was_taken_back_sends_nothing()
    {
        await using var shop = new Workshop();
        shop.Link.Connected = false;
        var proposal = await shop.ProposeAsync();
        var byToken = Callers.Approver with { Client = "token:stolen", Token = "stolen" };
        Assert.Equal(ProposalState.Approved, (await shop.ApproveAsync(proposal, byToken)).State);
        People(shop).TakenBack["stolen"] = true;
        shop.Link.Connected = true;
        await shop.SweepAsync();
        var ended = await shop.FindAsync(proposal.Id);
        Assert.Equal((ProposalState.Refused, "approvalLapsed"), (ended.State, ended.Outcome!.Code));
        Assert.Contains("token or program by which approver approved it", ended.Outcome.Text);
        Assert.Empty(shop.Link.Delivered);
    }

    [Fact]
    public async Task A_second_approval_does_not_make_up_for_a_first_that_lapsed()
    {
        await using var shop = new Workshop(options: options =>
            options.ApprovalsForLowRisk = options.ApprovalsForMediumRisk = 2
        );
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        People(shop).Changed[Callers.Approver.Subject] = null;
        var second = await shop.ApproveAsync(proposal, Callers.Person("bea", Role.Approver, "rentguy"));
        Assert.Equal(ProposalState.Proposed, second.State);
        var told = (await shop.EventsOfAsync(proposal.Id)).Where(told => told.Type == "progress");
        Assert.Contains(told, one => one.Data.GetProperty("text").GetString()!.Contains("approver"));
        Assert.Empty(shop.Link.Delivered);
        var third = await shop.ApproveAsync(proposal, Callers.Person("cas", Role.Approver, "rentguy"));
        Assert.Equal(ProposalState.Dispatched, third.State);
    }

    [Fact]
    public async Task What_never_arrived_is_not_sent_again_while_dispatching_is_stopped()
    {
        await using var shop = new Workshop();
        shop.Link.OnDeliver = _ => throw new RunnerUnreachableException("no answer");
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        await shop.Stop.StopAsync(Callers.Admin, "look first", default);
        shop.Link.OnDeliver = _ => Task.FromResult(new Delivery(true));
        await shop.SweepAsync();
        Assert.Single(shop.Link.Delivered);
        Assert.Equal(ProposalState.Unknown, (await shop.FindAsync(proposal.Id)).State);
        await shop.Stop.ResumeAsync(Callers.Admin, null, default);
        await shop.SweepAsync();
        await Eventually.GetAsync(
            "it is sent again",
            _ => Task.FromResult(shop.Link.Delivered.Count == 2 ? shop.Link.Delivered : null)
        );
    }

    [Fact]
    public async Task What_never_arrived_is_not_sent_again_once_its_approval_lapsed()
    {
        await using var shop = new Workshop();
        shop.Link.OnDeliver = _ => throw new RunnerUnreachableException("no answer");
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        People(shop).Changed[Callers.Approver.Subject] = null;
        await shop.SweepAsync();
        Assert.Equal("approvalLapsed", (await shop.FindAsync(proposal.Id)).Outcome!.Code);
        Assert.Single(shop.Link.Delivered);
    }
}
