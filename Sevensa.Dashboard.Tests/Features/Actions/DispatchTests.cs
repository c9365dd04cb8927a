using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Actions;

public class DispatchTests : OnAStore
{
    private static readonly ActionOutcome Done = new(ProposalState.Succeeded, "done", DurationSeconds: 1.5);

    [Fact]
    public async Task What_goes_to_the_runner_is_the_approved_plan_with_its_approvals()
    {
        await using var shop = await ShopAsync();
        var sent = new TaskCompletionSource<SignedAction>();
        shop.Link.OnDeliver = action =>
        {
            sent.SetResult(action);
            return Task.FromResult(new Delivery(true));
        };
        var proposal = await shop.ProposeAsync();
        await shop.Proposals.ApproveAsync(Callers.Approver, proposal.Id, proposal.PlanHash, "go", default);
        var action = await sent.Task.WaitAsync(Patience.Usual);
        Assert.Equal(
            (proposal.Id, "h1", proposal.PlanHash, proposal.ExpiresAt),
            (action.ActionId, action.HostId, action.PlanHash, action.ExpiresAt)
        );
        Assert.Equal(RunnerProtocol.Current, action.Protocol);
        Assert.Equal(proposal.PlanHash, CanonicalJson.Hash(action.Plan, ActionJson.Default.ActionPlan));
        var approval = Assert.Single(action.Approvals);
        Assert.Equal(("id-approver", "approver", "go"), (approval.ById, approval.ByName, approval.Comment));
    }

    [Fact]
    public async Task However_many_begin_to_send_it_at_once_it_is_sent_once()
    {
        await using var shop = await ShopAsync();
        var dispatcher = shop.Services.GetRequiredService<Dispatcher>();
        var store = shop.Services.GetRequiredService<ProposalStore>();
        for (var round = 1; round <= 10; round++)
        {
            var proposal = await shop.ProposeAsync(target: round % 2 == 0 ? "rentguy-api" : "rentguy-db");
            var row = (await store.FindAsync(proposal.Id, default))!;
            var answer = new TaskCompletionSource<Delivery>();
            shop.Link.OnDeliver = _ => answer.Task;
            using var together = new Barrier(8);
            await Task.WhenAll(
                Enumerable
                    .Range(0, 8)
                    .Select(_ =>
                        Task.Factory.StartNew(
                            () =>
                            {
                                together.SignalAndWait(TestContext.Current.CancellationToken);
                                dispatcher.Begin(row);
                            },
                            TestContext.Current.CancellationToken,
                            TaskCreationOptions.LongRunning,
                            TaskScheduler.Default
                        )
                    )
            );
            await Eventually.TrueAsync("it is sent", _ => Task.FromResult(Sent(proposal.Id) > 0));
            answer.SetResult(new Delivery(true));
            // Until whoever began it has ended.
            await Eventually.TrueAsync("the sending to end", _ => Task.FromResult(!dispatcher.IsSending(proposal.Id)));
            Assert.Equal(1, Sent(proposal.Id));
            await shop.Proposals.WithdrawAsync(Callers.Operator, proposal.Id, default);
        }
        // A second one that came late has come by now.
        Assert.Equal(10, shop.Link.Delivered.Count);

        int Sent(string id) => shop.Link.Delivered.Count(sent => sent.ActionId == id);
    }

    [Fact]
    public async Task Reports_become_events_once_and_end_with_the_outcome()
    {
        await using var shop = await ShopAsync();
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        for (var time = 0; time < 2; time++)
        {
            await shop.ReportAsync(proposal.Id, 1, "step", "started");
            await shop.ReportAsync(proposal.Id, 2, "step", "done");
            await shop.ReportAsync(proposal.Id, 3, "outcome", outcome: Done);
        }
        var ended = await shop.FindAsync(proposal.Id);
        Assert.Equal((ProposalState.Succeeded, 1.5), (ended.State, ended.Outcome!.DurationSeconds));
        Assert.NotNull(ended.EndedAt);
        var events = await shop.EventsOfAsync(proposal.Id);
        Assert.Equal(
            ["state", "state", "state", "state", "step", "step", "state", "outcome"],
            events.Select(told => told.Type)
        );
        Assert.Equal(
            ["proposed", "approved", "dispatched", "running", "succeeded"],
            events.Where(told => told.Type == "state").Select(told => told.Data.GetProperty("state").GetString())
        );
        Assert.Equal(Enumerable.Range(1, 8).Select(id => (long)id), events.Select(told => told.Id));
        Assert.Equal("Restart rentguy-api (10 s grace)", events[4].Data.GetProperty("title").GetString());
        Assert.Single(
            shop.Audit.Entries,
            entry => entry.Action == "action.succeeded" && entry.Actor is { Kind: "runner", Id: "h1" }
        );
    }

    [Fact]
    public async Task A_report_from_another_host_or_of_nothing_known_changes_nothing()
    {
        await using var shop = await ShopAsync();
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.ReportAsync(proposal.Id, 1, "outcome", outcome: Done, host: "h2");
        await shop.ReportAsync("nothing", 1, "outcome", outcome: Done);
        await shop.Hub.OnReportAsync("h1", "not json"u8.ToArray(), default);
        Assert.Equal(ProposalState.Dispatched, (await shop.FindAsync(proposal.Id)).State);
    }

    [Fact]
    public async Task Events_resume_where_a_reader_left_off_and_end_after_the_outcome()
    {
        await using var shop = await ShopAsync();
        var proposal = await shop.ProposeAsync();
        var seen = new List<long>();
        var reached = new TaskCompletionSource();
        var reading = Task.Run(async () =>
        {
            await foreach (
                var told in shop.Proposals.EventsAsync(
                    Callers.Viewer,
                    proposal.Id,
                    0,
                    TestContext.Current.CancellationToken
                )
            )
            {
                seen.Add(told.Id);
                reached.TrySetResult();
            }
        });
        await reached.Task.WaitAsync(Patience.Usual);
        await shop.ApproveAsync(proposal);
        await shop.ReportAsync(proposal.Id, 1, "step", "started");
        await shop.ReportAsync(proposal.Id, 2, "outcome", outcome: Done);
        await reading.WaitAsync(Patience.Usual);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], seen);
        var rest = new List<string>();
        await foreach (
            var told in shop.Proposals.EventsAsync(
                Callers.Viewer,
                proposal.Id,
                5,
                TestContext.Current.CancellationToken
            )
        )
        {
            rest.Add($"{told.Id} {told.Type}");
        }
        Assert.Equal(["6 state", "7 outcome"], rest);
        await Assert.ThrowsAsync<UnknownProposalException>(async () =>
        {
            await foreach (
                var _ in shop.Proposals.EventsAsync(
                    Callers.Stranger,
                    proposal.Id,
                    0,
                    TestContext.Current.CancellationToken
                )
            ) { }
        });
    }

    [Fact]
    public async Task A_refusal_ends_it_with_code_and_differences()
    {
        await using var shop = await ShopAsync();
        shop.Link.OnDeliver = _ => Task.FromResult(new Delivery(false, "stale", "The world has changed."));
        shop.Link.OnRecall = id =>
            Workshop.Bytes(
                new ActionReport(
                    id,
                    1,
                    shop.Time.GetUtcNow(),
                    "outcome",
                    Outcome: new ActionOutcome(
                        ProposalState.Refused,
                        "The world has changed.",
                        "stale",
                        Differences: ["image was a and is b"]
                    )
                )
            );
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        var refused = await shop.UntilAsync(proposal.Id, ProposalState.Refused);
        Assert.Equal("stale", refused.Outcome!.Code);
        Assert.Equal(["image was a and is b"], refused.Outcome.Differences);
    }

    [Fact]
    public async Task An_approved_action_waits_for_its_host_and_goes_once_it_is_back()
    {
        await using var shop = await ShopAsync();
        shop.Link.Connected = false;
        var proposal = await shop.ProposeAsync();
        var approved = await shop.ApproveAsync(proposal);
        Assert.Equal(ProposalState.Approved, approved.State);
        Assert.Contains("vps-1 is not connected", approved.Waiting);
        await shop.SweepAsync();
        Assert.Empty(shop.Link.Delivered);
        shop.Link.Connected = true;
        await shop.Hub.OnConnectedAsync("h1", default);
        await shop.SweepAsync();
        await shop.UntilAsync(proposal.Id, ProposalState.Dispatched);
        Assert.Contains(shop.Audit.Entries, entry => entry.Action == "action.dispatched");
    }

    [Fact]
    public async Task What_a_host_has_not_told_of_yet_is_not_taken_for_gone()
    {
        await using var shop = await ShopAsync();
        var proposal = await shop.ProposeAsync();
        // As after a restart of the dashboard: the host is back, its inventory is on its way.
        var api = shop.Fleet.Find(new string('a', 64))!;
        shop.Fleet.Remove(api.Facts.Id);
        shop.Fleet.Told = false;
        Assert.Equal(ProposalState.Approved, (await shop.ApproveAsync(proposal)).State);
        await shop.SweepAsync();
        Assert.Empty(shop.Link.Delivered);
        Assert.Contains("has not told yet", (await shop.FindAsync(proposal.Id)).Waiting);
        shop.Fleet.Put("rentguy", "api", "rentguy-api", api.Facts.Id, health: "healthy");
        shop.Fleet.Told = true;
        await shop.SweepAsync();
        await shop.UntilAsync(proposal.Id, ProposalState.Dispatched);
        // It is sent after it was marked, beside whoever looks.
        await Eventually.TrueAsync("it is sent", _ => Task.FromResult(shop.Link.Delivered.Count > 0));
        Assert.Single(shop.Link.Delivered);
    }

    [Fact]
    public async Task What_waited_too_long_expires()
    {
        await using var shop = await ShopAsync();
        shop.Link.Connected = false;
        var approved = await shop.ProposeAsync();
        await shop.ApproveAsync(approved);
        var undecided = await shop.ProposeAsync("container.stop", "api");
        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Link.Connected = true;
        await shop.SweepAsync();
        Assert.Equal(ProposalState.Expired, (await shop.FindAsync(approved.Id)).State);
        Assert.Equal(ProposalState.Expired, (await shop.FindAsync(undecided.Id)).State);
        Assert.Empty(shop.Link.Delivered);
    }

    [Fact]
    public async Task What_waited_into_another_world_is_refused_as_stale()
    {
        await using var shop = await ShopAsync();
        shop.Link.Connected = false;
        var stale = await shop.ProposeAsync();
        await shop.ApproveAsync(stale);
        shop.Fleet.Change(new string('a', 64), facts => facts with { ImageDigest = "sha256:2" });
        shop.Link.Connected = true;
        await shop.SweepAsync();
        var refused = await shop.FindAsync(stale.Id);
        Assert.Equal((ProposalState.Refused, "stale"), (refused.State, refused.Outcome!.Code));
        Assert.Contains("sha256:2", Assert.Single(refused.Outcome.Differences!));
        Assert.Empty(shop.Link.Delivered);
    }

    [Fact]
    public async Task The_emergency_stop_holds_every_instance_and_resuming_dispatches_what_waits()
    {
        await using var shop = await ShopAsync();
        await using var other = new Workshop(sharing: shop);
        await Assert.ThrowsAsync<ForbiddenException>(() => shop.Stop.StopAsync(Callers.Operator, null, default));
        await shop.Stop.StopAsync(Callers.Admin, "fire drill", default);
        var first = shop.Stop.Current;
        // Whoever presses it again takes nothing away from it.
        await shop.Stop.StopAsync(Callers.Admin, null, default);
        Assert.Equal(first, shop.Stop.Current);
        var here = await shop.ProposeAsync();
        var there = await shop.ProposeAsync("container.stop", "db");
        Assert.Equal(ProposalState.Approved, (await shop.ApproveAsync(here)).State);
        // This instance has not heard of the stop, and its dispatch is held by the store all the same.
        Assert.Null(other.Stop.Current);
        Assert.Equal(ProposalState.Approved, (await other.ApproveAsync(there)).State);
        await shop.SweepAsync();
        await other.SweepAsync();
        Assert.Equal("fire drill", other.Stop.Current!.Reason);
        Assert.Empty(shop.Link.Delivered);
        Assert.Contains("stopped by admin", (await shop.FindAsync(here.Id)).Waiting);

        await shop.Stop.ResumeAsync(Callers.Admin, null, default);
        await shop.SweepAsync();
        await shop.UntilAsync(here.Id, ProposalState.Dispatched);
        await shop.UntilAsync(there.Id, ProposalState.Dispatched);
        Assert.Equal(
            ["dispatch.stop", "dispatch.stopped", "dispatch.stopped", "dispatch.resumed"],
            shop.Audit.Entries.Where(entry => entry.Action.StartsWith("dispatch", StringComparison.Ordinal))
                .Select(entry => entry.Action)
        );
    }

    [Fact]
    public async Task The_stop_survives_a_restart()
    {
        await using var shop = await ShopAsync();
        await shop.Stop.StopAsync(Callers.Admin, null, default);
        var since = shop.Stop.Current!.At;
        // Whoever says why is shown with what they say.
        await shop.Stop.StopAsync(Callers.Admin with { Name = "Bea" }, "the switch burns", default);
        await using var restarted = new Workshop(sharing: shop);
        var proposal = await restarted.ProposeAsync();
        await restarted.SweepAsync();
        Assert.Equal(new EmergencyStopState("Bea", since, "the switch burns"), restarted.Stop.Current);
        Assert.Equal(ProposalState.Approved, (await restarted.ApproveAsync(proposal)).State);
    }

    [Fact]
    public async Task One_action_at_a_time_on_one_container()
    {
        await using var shop = await ShopAsync();
        var first = await shop.ProposeAsync();
        var second = await shop.ProposeAsync("container.stop");
        var elsewhere = await shop.ProposeAsync(target: "db");
        await shop.ApproveAsync(first);
        var waiting = await shop.ApproveAsync(second);
        Assert.Equal(ProposalState.Approved, waiting.State);
        Assert.Contains("Restart rentguy-api", waiting.Waiting);
        Assert.Equal(ProposalState.Dispatched, (await shop.ApproveAsync(elsewhere)).State);
        await shop.ReportAsync(first.Id, 1, "outcome", outcome: Done);
        await shop.SweepAsync();
        Assert.Equal(ProposalState.Dispatched, (await shop.FindAsync(second.Id)).State);
    }

    [Fact]
    public async Task No_answer_is_unknown_until_the_host_tells_from_its_journal()
    {
        await using var shop = await ShopAsync();
        shop.Link.OnDeliver = _ => throw new RunnerUnreachableException("no answer in 10 s");
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        shop.Link.OnRecall = id => Workshop.Bytes(new ActionReport(id, 2, shop.Time.GetUtcNow(), "step", 1, "started"));
        await shop.SweepUntilAsync(proposal.Id, ProposalState.Running);
        await shop.ReportAsync(proposal.Id, 3, "outcome", outcome: Done);
        Assert.Equal(ProposalState.Succeeded, (await shop.FindAsync(proposal.Id)).State);
        Assert.Single(shop.Link.Delivered);
    }

    [Fact]
    public async Task What_never_arrived_is_sent_again_and_only_then()
    {
        await using var shop = await ShopAsync();
        var broken = true;
        shop.Link.OnDeliver = _ =>
        {
            if (broken)
            {
                throw new RunnerUnreachableException("gone");
            }
            // From here the host's journal has it, as a runner's would.
            shop.Link.OnRecall = id =>
                Workshop.Bytes(new ActionReport(id, 1, shop.Time.GetUtcNow(), "step", 1, "started"));
            return Task.FromResult(new Delivery(true));
        };
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        shop.Link.Connected = false;
        await shop.SweepAsync();
        Assert.Single(shop.Link.Delivered);
        (broken, shop.Link.Connected) = (false, true);
        await shop.SweepUntilAsync(() => shop.Link.Delivered.Count == 2);
        Assert.Equal(shop.Link.Delivered[0].PlanHash, shop.Link.Delivered[1].PlanHash);
        await shop.ReportAsync(proposal.Id, 2, "outcome", outcome: Done);
        await shop.SweepAsync();
        Assert.Equal(2, shop.Link.Delivered.Count);
    }

    [Fact]
    public async Task What_never_arrived_in_its_time_expires()
    {
        await using var shop = await ShopAsync();
        shop.Link.OnDeliver = _ => throw new RunnerUnreachableException("gone");
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        shop.Time.Advance(TimeSpan.FromHours(2));
        await shop.SweepUntilAsync(proposal.Id, ProposalState.Expired);
        Assert.Single(shop.Link.Delivered);
    }

    [Fact]
    public async Task Why_a_host_could_not_begin_it_is_told_and_stays_with_its_end()
    {
        await using var shop = await ShopAsync();
        shop.Link.OnDeliver = _ =>
            throw new UpstreamException("The runner on vps-1", UpstreamFault.Failed, "No space left on device");
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        Assert.Contains(
            await shop.EventsOfAsync(proposal.Id),
            told =>
                told.Data.TryGetProperty("text", out var text)
                && text.GetString()!.Contains("could not begin it: No space left on device.", StringComparison.Ordinal)
        );
        shop.Time.Advance(TimeSpan.FromHours(2));
        await shop.SweepUntilAsync(proposal.Id, ProposalState.Expired);
        var words = (await shop.FindAsync(proposal.Id)).Outcome!.Text;
        Assert.Contains("No space left on device", words, StringComparison.Ordinal);
        Assert.DoesNotContain("never reached", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_has_come_and_is_still_looked_at_is_neither_sent_again_nor_called_cancelled_or_expired()
    {
        await using var shop = await ShopAsync();
        shop.Link.OnDeliver = _ => throw new RunnerUnreachableException("no answer in 10 s");
        shop.Link.OnRecall = id =>
            Workshop.Bytes(
                new ActionReport(id, 0, shop.Time.GetUtcNow(), "progress", Status: ActionReport.Arriving, Text: "…")
            );
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        await shop.Proposals.CancelAsync(Callers.Operator, proposal.Id, default);
        shop.Time.Advance(TimeSpan.FromHours(2));
        await shop.SweepUntilAsync(() => shop.Link.Cancelled.Count > 1);
        Assert.Equal(ProposalState.Unknown, (await shop.FindAsync(proposal.Id)).State);
        Assert.Single(shop.Link.Delivered);
        // It went away before it began it: then it was never begun.
        shop.Link.OnRecall = _ => null;
        await shop.SweepUntilAsync(proposal.Id, ProposalState.Expired);
    }

    [Fact]
    public async Task What_is_told_of_an_ended_action_changes_nothing_of_it_and_its_steps_are_on_record()
    {
        await using var shop = await ShopAsync();
        shop.Link.OnDeliver = _ => throw new RunnerUnreachableException("gone");
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        shop.Time.Advance(TimeSpan.FromHours(2));
        await shop.SweepUntilAsync(proposal.Id, ProposalState.Expired);
        var before = await shop.EventsOfAsync(proposal.Id);
        await shop.ReportAsync(proposal.Id, 1, "step", "started");
        await shop.ReportAsync(proposal.Id, 2, "step", "done");
        await shop.ReportAsync(proposal.Id, 3, "outcome", outcome: Done);
        Assert.Equal(ProposalState.Expired, (await shop.FindAsync(proposal.Id)).State);
        Assert.Equal(before.Count, (await shop.EventsOfAsync(proposal.Id)).Count);
        Assert.Contains(
            "after the action had been called ended",
            Assert.Single(shop.Audit.Entries, entry => entry.Action == "action.step.done").Detail,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(5, "running", ProposalState.Succeeded)]
    [InlineData(-600, "running", ProposalState.Failed)]
    [InlineData(5, "exited", ProposalState.Failed)]
    public async Task An_interrupted_action_is_told_from_Docker_and_never_done_again(
        int startedSeconds,
        string state,
        ProposalState expected
    )
    {
        await using var shop = await ShopAsync();
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.UntilAsync(proposal.Id, ProposalState.Dispatched);
        var unknown = new ActionReport(
            proposal.Id,
            2,
            shop.Time.GetUtcNow(),
            "outcome",
            Outcome: new ActionOutcome(ProposalState.Unknown, "The runner was interrupted.")
        );
        var started = shop.Time.GetUtcNow().AddSeconds(startedSeconds).ToUnixTimeMilliseconds();
        shop.Link.OnRecall = _ => Workshop.Bytes(unknown);
        shop.Link.OnInspect = id => shop.Fleet.Find(id)!.Facts with { State = state, StartedAtUnixMs = started };
        await shop.Hub.OnReportAsync("h1", Workshop.Bytes(unknown), default);
        Assert.Equal(ProposalState.Unknown, (await shop.FindAsync(proposal.Id)).State);
        await shop.SweepAsync();
        // Its runner may still see it come to a good end: that is not judged over its head.
        shop.Time.Advance(TimeSpan.FromSeconds(60));
        await shop.SweepAsync();
        Assert.Equal(ProposalState.Unknown, (await shop.FindAsync(proposal.Id)).State);
        shop.Time.Advance(TimeSpan.FromSeconds(41));
        await shop.SweepAsync();
        var found = await shop.FindAsync(proposal.Id);
        Assert.Equal(expected, found.State);
        Assert.Contains("Docker shows", found.Outcome!.Text);
        Assert.Single(shop.Link.Delivered);
    }

    [Fact]
    public async Task A_restarted_dashboard_takes_up_what_was_under_way()
    {
        await using var shop = await ShopAsync();
        var never = new TaskCompletionSource<Delivery>();
        shop.Link.OnDeliver = _ => never.Task;
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await using var restarted = new Workshop(sharing: shop);
        shop.Link.OnRecall = id =>
            Workshop.Bytes(new ActionReport(id, 4, shop.Time.GetUtcNow(), "outcome", Outcome: Done));
        await restarted.Hub.OnConnectedAsync("h1", default);
        await restarted.SweepAsync();
        Assert.Equal(ProposalState.Succeeded, (await restarted.FindAsync(proposal.Id)).State);
        never.SetResult(new Delivery(true));
    }

    [Fact]
    public async Task A_silent_action_on_a_lost_host_becomes_unknown()
    {
        await using var shop = await ShopAsync();
        var proposal = await shop.ProposeAsync();
        await shop.ApproveAsync(proposal);
        await shop.ReportAsync(proposal.Id, 1, "step", "started");
        shop.Link.Connected = false;
        shop.Time.Advance(TimeSpan.FromSeconds(29));
        await shop.SweepAsync();
        Assert.Equal(ProposalState.Running, (await shop.FindAsync(proposal.Id)).State);
        shop.Time.Advance(TimeSpan.FromSeconds(2));
        await shop.SweepUntilAsync(proposal.Id, ProposalState.Unknown);
    }
}

internal static class Sweeping
{
    public static Task SweepUntilAsync(this Workshop shop, string id, ProposalState state) =>
        shop.SweepUntilAsync(async () => (await shop.FindAsync(id)).State == state);

    public static Task SweepUntilAsync(this Workshop shop, Func<bool> condition) =>
        shop.SweepUntilAsync(() => Task.FromResult(condition()));

    /// <summary>Sweeps while a delivery that just failed may still be on its way out.</summary>
    private static async Task SweepUntilAsync(this Workshop shop, Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (!await condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await shop.SweepAsync();
            await Task.Yield();
        }
    }
}

public class PostgresDispatchTests(PostgresCluster cluster) : DispatchTests, IClassFixture<PostgresCluster>
{
    protected override Task<string?> DatabaseAsync() => DatabaseAsync(cluster);
}
