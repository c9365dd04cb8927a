using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

public class DecisionTests
{
    private static Workshop WithHighRisk(int approvals = 1) =>
        new(
            services => services.AddSingleton<IActionKind>(new HighRiskKind()),
            options => options.ApprovalsForHighRisk = approvals
        );

    private static async Task ConflictsAsync(string code, Func<Task> deed)
    {
        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(deed);
        Assert.Equal(code, conflict.Code);
    }

    private static async Task ForbiddenAsync(string code, Func<Task> deed)
    {
        var forbidden = await Assert.ThrowsAsync<ForbiddenException>(deed);
        Assert.Equal(code, forbidden.Code);
    }

    [Fact]
    public async Task An_approval_dispatches_and_the_same_approval_again_changes_nothing()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        var approved = await shop.ApproveAsync(proposal);
        Assert.Equal(ProposalState.Dispatched, approved.State);
        Assert.Equal("approver", Assert.Single(approved.Approvals).ByName);
        var again = await shop.ApproveAsync(proposal);
        Assert.Single(again.Approvals);
        await shop.UntilAsync(proposal.Id, ProposalState.Dispatched);
        var row = Assert.Single(shop.Audit.Entries, entry => entry.Action == "proposal.approved");
        Assert.Contains(proposal.PlanHash, row.Detail);
    }

    [Fact]
    public async Task Another_hash_is_planMismatch_and_in_the_record()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        await ConflictsAsync("planMismatch", () => shop.ApproveAsync(proposal, hash: new string('0', 64)));
        Assert.Equal(ProposalState.Proposed, (await shop.FindAsync(proposal.Id)).State);
        Assert.Empty(shop.Link.Delivered);
        Assert.Contains(
            shop.Audit.Entries,
            entry => entry.Outcome == AuditOutcome.Refused && entry.Detail!.Contains("planMismatch")
        );
    }

    [Fact]
    public async Task A_plan_altered_in_the_store_does_not_pass_under_the_old_hash()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        var other = await shop.ProposeAsync("container.stop", "db");
        await ConflictsAsync("planMismatch", () => shop.ApproveAsync(proposal, hash: other.PlanHash));
    }

    [Theory]
    [InlineData("image", "sha256:2")]
    [InlineData("state", "exited")]
    [InlineData("config", "beef")]
    [InlineData("gone", "is gone")]
    public async Task A_changed_world_is_worldChanged_and_says_what(string what, string word)
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        var id = new string('a', 64);
        switch (what)
        {
            case "image":
                shop.Fleet.Change(id, facts => facts with { ImageDigest = "sha256:2" });
                break;
            case "state":
                shop.Fleet.Change(id, facts => facts with { State = "exited" });
                break;
            case "config":
                shop.Fleet.Change(id, facts => facts with { ConfigHash = "beef" });
                word = "configuration";
                break;
            default:
                shop.Fleet.Remove(id);
                break;
        }
        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(() => shop.ApproveAsync(proposal));
        Assert.Equal("worldChanged", conflict.Code);
        Assert.Contains(word, Assert.Single(conflict.Differences));
        Assert.Empty(shop.Link.Delivered);
    }

    [Fact]
    public async Task A_restart_meanwhile_is_no_change_of_the_world()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        shop.Fleet.Change(
            new string('a', 64),
            facts => facts with { StartedAtUnixMs = 99, RestartCount = 4, Health = "starting" }
        );
        Assert.Equal(ProposalState.Dispatched, (await shop.ApproveAsync(proposal)).State);
    }

    [Fact]
    public async Task A_new_replica_of_the_service_is_a_change()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync(target: "worker");
        shop.Fleet.Put("rentguy", "worker", "rentguy-worker-3", id: new string('6', 64));
        await ConflictsAsync("worldChanged", () => shop.ApproveAsync(proposal));
    }

    [Fact]
    public async Task Expired_by_the_clock_even_before_the_sweep()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        shop.Time.Advance(TimeSpan.FromHours(1));
        await ConflictsAsync("expired", () => shop.ApproveAsync(proposal));
        Assert.Equal(ProposalState.Expired, (await shop.FindAsync(proposal.Id)).State);
        await ConflictsAsync("expired", () => shop.ApproveAsync(proposal, Callers.Admin));
        Assert.Contains(shop.Audit.Entries, entry => entry.Action == "proposal.expired");
    }

    [Fact]
    public async Task The_sweep_ends_what_nobody_decided()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        shop.Time.Advance(TimeSpan.FromMinutes(59));
        await shop.SweepAsync();
        Assert.Equal(ProposalState.Proposed, (await shop.FindAsync(proposal.Id)).State);
        shop.Time.Advance(TimeSpan.FromMinutes(1));
        await shop.SweepAsync();
        Assert.Equal(ProposalState.Expired, (await shop.FindAsync(proposal.Id)).State);
    }

    [Fact]
    public async Task Who_may_not_decide_is_told_by_a_code_and_written_down()
    {
        await using var shop = WithHighRisk();
        var low = await shop.ProposeAsync();
        var high = await shop.ProposeAsync("test.high", caller: Callers.Admin);
        await ForbiddenAsync("notReviewer", () => shop.ApproveAsync(low, Callers.Viewer));
        await ForbiddenAsync("notReviewer", () => shop.ApproveAsync(low, Callers.Program));
        await ForbiddenAsync(
            "notReviewer",
            () => shop.ApproveAsync(low, Callers.Operator with { Scopes = ApiScopes.Read })
        );
        await ForbiddenAsync("notReviewer", () => shop.ApproveAsync(high, Callers.Operator));
        await ForbiddenAsync("selfApproval", () => shop.ApproveAsync(high, Callers.Admin));
        await ForbiddenAsync("notReviewer", () => shop.Proposals.RejectAsync(Callers.Viewer, low.Id, "no", default));
        await Assert.ThrowsAsync<UnknownProposalException>(() => shop.ApproveAsync(low, Callers.Stranger));
        await Assert.ThrowsAsync<UnknownProposalException>(() => shop.ApproveAsync(low, Callers.Client));
        // Those who were told that it does not exist are in the record too.
        Assert.Equal(8, shop.Audit.Entries.Count(entry => entry.Outcome == AuditOutcome.Refused));
        Assert.Empty(shop.Link.Delivered);
        Assert.Equal(ProposalState.Dispatched, (await shop.ApproveAsync(high)).State);
        Assert.Equal(ProposalState.Dispatched, (await shop.ApproveAsync(low, Callers.Operator)).State);
    }

    [Fact]
    public async Task A_session_in_doubt_approves_nothing_and_its_refusal_is_recorded()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        shop.StepUp.Doubt = "This session is in doubt.";
        await ForbiddenAsync("stepUpRequired", () => shop.ApproveAsync(proposal));
        Assert.Contains(shop.Audit.Entries, entry => entry.Outcome == AuditOutcome.Refused);
        Assert.Empty(shop.Link.Delivered);
        shop.StepUp.Doubt = null;
        Assert.Equal(ProposalState.Dispatched, (await shop.ApproveAsync(proposal)).State);
    }

    [Fact]
    public async Task A_session_in_doubt_stops_dispatching_and_does_not_resume_it()
    {
        await using var shop = new Workshop();
        shop.StepUp.Doubt = "This session is in doubt.";
        await shop.Stop.StopAsync(Callers.Admin, "look first", default);
        await ForbiddenAsync("stepUpRequired", () => shop.Stop.ResumeAsync(Callers.Admin, null, default));
        Assert.NotNull(shop.Stop.Current);
        Assert.Contains(
            shop.Audit.Entries,
            entry => entry is { Action: "dispatch.resume", Outcome: AuditOutcome.Refused }
        );
        shop.StepUp.Doubt = null;
        await shop.Stop.ResumeAsync(Callers.Admin, null, default);
        Assert.Null(shop.Stop.Current);
    }

    [Fact]
    public async Task Two_are_needed_where_two_are_set()
    {
        await using var shop = WithHighRisk(approvals: 2);
        var proposal = await shop.ProposeAsync("test.high");
        Assert.Equal(ProposalState.Proposed, (await shop.ApproveAsync(proposal)).State);
        Assert.Equal(ProposalState.Proposed, (await shop.ApproveAsync(proposal)).State);
        Assert.Empty(shop.Link.Delivered);
        var done = await shop.ApproveAsync(proposal, Callers.Admin);
        Assert.Equal((ProposalState.Dispatched, 2), (done.State, done.Approvals.Count));
    }

    [Fact]
    public async Task A_no_wins_over_an_approval_that_was_not_carried_out()
    {
        await using var shop = new Workshop();
        shop.Link.Connected = false;
        var proposal = await shop.ProposeAsync();
        Assert.Equal(ProposalState.Approved, (await shop.ApproveAsync(proposal)).State);
        var rejected = await shop.Proposals.RejectAsync(Callers.Admin, proposal.Id, "not now", default);
        Assert.Equal(ProposalState.Rejected, rejected.State);
        Assert.Equal(
            ProposalState.Rejected,
            (await shop.Proposals.RejectAsync(Callers.Admin, proposal.Id, "not now", default)).State
        );
        shop.Link.Connected = true;
        await shop.SweepAsync();
        Assert.Empty(shop.Link.Delivered);
        await ConflictsAsync(
            "alreadyDecided",
            () => shop.ApproveAsync(proposal, Callers.Person("other", Role.Approver, "rentguy"))
        );
    }

    [Fact]
    public async Task Withdrawing_is_for_who_asked_and_administrators_until_it_is_dispatched()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        await ForbiddenAsync("forbidden", () => shop.Proposals.WithdrawAsync(Callers.Approver, proposal.Id, default));
        Assert.Equal(
            ProposalState.Withdrawn,
            (await shop.Proposals.WithdrawAsync(Callers.Operator, proposal.Id, default)).State
        );
        Assert.Equal(
            ProposalState.Withdrawn,
            (await shop.Proposals.WithdrawAsync(Callers.Operator, proposal.Id, default)).State
        );
        await ConflictsAsync("alreadyDecided", () => shop.ApproveAsync(proposal));
        var other = await shop.ProposeAsync();
        await shop.ApproveAsync(other);
        await ConflictsAsync("alreadyDecided", () => shop.Proposals.WithdrawAsync(Callers.Admin, other.Id, default));
    }

    [Fact]
    public async Task Cancel_goes_to_the_executor_once()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        await ConflictsAsync(
            "alreadyDecided",
            () => shop.Proposals.CancelAsync(Callers.Operator, proposal.Id, default)
        );
        await shop.ApproveAsync(proposal);
        await ForbiddenAsync("notReviewer", () => shop.Proposals.CancelAsync(Callers.Viewer, proposal.Id, default));
        await shop.Proposals.CancelAsync(Callers.Operator, proposal.Id, default);
        await shop.Proposals.CancelAsync(Callers.Operator, proposal.Id, default);
        Assert.Equal([proposal.Id], shop.Link.Cancelled);
        await shop.ReportAsync(
            proposal.Id,
            1,
            "outcome",
            outcome: new ActionOutcome(ProposalState.Cancelled, "cancelled")
        );
        Assert.Equal(
            ProposalState.Cancelled,
            (await shop.Proposals.CancelAsync(Callers.Operator, proposal.Id, default)).State
        );
    }

    [Fact]
    public async Task Nothing_happens_while_the_record_cannot_be_written()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        shop.Audit.Broken = true;
        await Assert.ThrowsAsync<AuditUnavailableException>(() => shop.ProposeAsync("container.stop"));
        await Assert.ThrowsAsync<AuditUnavailableException>(() => shop.ApproveAsync(proposal));
        await Assert.ThrowsAsync<AuditUnavailableException>(() => shop.ApproveAsync(proposal, Callers.Viewer));
        await Assert.ThrowsAsync<AuditUnavailableException>(() =>
            shop.Proposals.RejectAsync(Callers.Admin, proposal.Id, "no", default)
        );
        await Assert.ThrowsAsync<AuditUnavailableException>(() =>
            shop.Proposals.WithdrawAsync(Callers.Operator, proposal.Id, default)
        );
        await Assert.ThrowsAsync<AuditUnavailableException>(() => shop.Stop.StopAsync(Callers.Admin, null, default));
        Assert.Null(shop.Stop.Current);
        Assert.Single(await shop.Proposals.ListAsync(Callers.Admin, new ProposalFilter(), default));
        Assert.Equal(ProposalState.Proposed, (await shop.FindAsync(proposal.Id)).State);
        Assert.Empty(shop.Link.Delivered);

        shop.Audit.Broken = false;
        await shop.ApproveAsync(proposal);
        shop.Audit.Broken = true;
        await Assert.ThrowsAsync<AuditUnavailableException>(() =>
            shop.ReportAsync(proposal.Id, 1, "outcome", outcome: new ActionOutcome(ProposalState.Succeeded, "done"))
        );
        shop.Audit.Broken = false;
        await shop.ReportAsync(proposal.Id, 1, "outcome", outcome: new ActionOutcome(ProposalState.Succeeded, "done"));
        Assert.Equal(ProposalState.Succeeded, (await shop.FindAsync(proposal.Id)).State);
    }

    [Fact]
    public async Task What_waits_is_counted_for_those_who_could_decide()
    {
        await using var shop = WithHighRisk();
        await shop.ProposeAsync();
        await shop.ProposeAsync("test.high", caller: Callers.Admin);
        Assert.Equal(1, await shop.Proposals.WaitingForAsync(Callers.Operator, default));
        Assert.Equal(2, await shop.Proposals.WaitingForAsync(Callers.Approver, default));
        Assert.Equal(1, await shop.Proposals.WaitingForAsync(Callers.Admin, default));
        Assert.Equal(0, await shop.Proposals.WaitingForAsync(Callers.Viewer, default));
        Assert.Equal(0, await shop.Proposals.WaitingForAsync(Callers.Stranger, default));
    }

    [Fact]
    public async Task Lists_show_ones_own_tenants_newest_first_by_pages()
    {
        await using var shop = new Workshop();
        var ids = new List<string>();
        for (var count = 0; count < 5; count++)
        {
            ids.Insert(0, (await shop.ProposeAsync(parameters: $$"""{"graceSeconds":{{count}}}""")).Id);
            shop.Time.Advance(TimeSpan.FromSeconds(1));
        }
        var first = await shop.Proposals.ListAsync(Callers.Viewer, new ProposalFilter(Most: 3), default);
        var rest = await shop.Proposals.ListAsync(
            Callers.Viewer,
            new ProposalFilter(Most: 3, Before: first[^1].Id),
            default
        );
        Assert.Equal(ids, first.Concat(rest).Select(found => found.Id));
        Assert.Empty(await shop.Proposals.ListAsync(Callers.Stranger, new ProposalFilter(), default));
        Assert.Empty(await shop.Proposals.ListAsync(Callers.Client, new ProposalFilter(), default));
        Assert.Null(await shop.Proposals.FindAsync(Callers.Stranger, ids[0], default));
    }
}
