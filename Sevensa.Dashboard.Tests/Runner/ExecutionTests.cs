using System.Text.Json;

namespace Sevensa.Dashboard.Tests.Runner;

public class ExecutionTests
{
    [Fact]
    public async Task A_restart_is_one_call_with_the_planned_grace_and_its_steps_are_told_in_order()
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("rentguy-api-1");
        var outcome = await desk.RunAsync(Samples.Restart("p1", container));
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        Assert.Equal([$"restart {container.Id} 7"], desk.Engine.Calls);
        Assert.Equal("running", Assert.Single(outcome.After!).State);
        var reports = desk.Journal.Find("p1")!.Reports;
        Assert.Equal(
            ["step started", "step done", "progress ", "outcome "],
            reports.Select(report => $"{report.Type} {report.Status}")
        );
        Assert.Equal([1L, 2, 3, 4], reports.Select(report => report.Sequence));
    }

    [Fact]
    public async Task Replayed_it_is_not_run_again_and_the_outcome_is_told_again()
    {
        await using var desk = new Desk();
        var envelope = Samples.Envelope(desk.Signed(Samples.Restart("p1", desk.Engine.Add("rentguy-api-1"))), desk.Key);
        Assert.True((await desk.Actions.DeliverAsync(envelope)).Accepted);
        await desk.Actions.IdleAsync();
        var sent = new List<ActionReport>();
        using var connection = new CancellationTokenSource();
        var outcomes = new SemaphoreSlim(0);
        var sending = desk.Outbox.RunAsync(
            (bytes, _) =>
            {
                sent.Add(JsonSerializer.Deserialize(bytes, ActionJson.Default.ActionReport)!);
                if (sent[^1].Outcome is not null)
                {
                    outcomes.Release();
                }
                return Task.CompletedTask;
            },
            connection.Token
        );
        await outcomes.WaitAsync(TestContext.Current.CancellationToken);
        desk.Time.Advance(TimeSpan.FromHours(1));
        Assert.True((await desk.Actions.DeliverAsync(envelope)).Accepted);
        await outcomes.WaitAsync(TestContext.Current.CancellationToken);
        await connection.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Single(desk.Engine.Calls);
        Assert.Equal(sent[^2].Sequence, sent[^1].Sequence);
        Assert.Empty(desk.Journal.Unacknowledged());
    }

    [Fact]
    public async Task The_same_delivery_many_times_at_once_is_run_once()
    {
        await using var desk = new Desk();
        var envelope = Samples.Envelope(desk.Signed(Samples.Restart("p1", desk.Engine.Add("rentguy-api-1"))), desk.Key);
        var deliveries = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => Task.Run(() => desk.Actions.DeliverAsync(envelope)))
        );
        await desk.Actions.IdleAsync();
        Assert.All(deliveries, delivery => Assert.True(delivery.Accepted, delivery.Refusal));
        Assert.Single(desk.Engine.Calls);
    }

    [Fact]
    public async Task A_container_that_does_not_stay_up_fails_with_its_exit_code()
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("rentguy-api-1");
        desk.Engine.Started = facts => facts with { State = "exited", ExitCode = 3 };
        Assert.True(
            (
                await desk.DeliverAsync(
                    Samples.Restart("p1", container) with
                    {
                        Verification = new PlanVerification("running", 0, "running"),
                    }
                )
            ).Accepted
        );
        await desk.Actions.IdleAsync();
        var outcome = desk.Journal.Find("p1")!.Outcome!.Outcome!;
        Assert.Equal((ProposalState.Failed, "none"), (outcome.State, outcome.Undo));
        Assert.Contains("exited", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_is_awaited_by_news_not_by_the_clock()
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("rentguy-api-1", facts => facts with { Health = "healthy" });
        desk.Engine.Started = facts => facts with { State = "running", Health = "starting" };
        var plan = Samples.Restart("p1", container) with
        {
            Verification = new PlanVerification("healthy", 60, "healthy within 60 s"),
        };
        Assert.True((await desk.DeliverAsync(plan)).Accepted);
        while (desk.Journal.Find("p1")!.Last is not { Type: "progress" })
        {
            await Task.Yield();
        }
        var idle = desk.Actions.IdleAsync();
        Assert.False(idle.IsCompleted);
        desk.Engine.Containers[container.Id] = desk.Engine.Containers[container.Id] with { Health = "healthy" };
        // The clock stands still: only a signal can end the wait.
        while (!idle.IsCompleted)
        {
            desk.Signals.Tell(container.Id);
            await Task.Yield();
        }
        Assert.Equal(ProposalState.Succeeded, desk.Journal.Find("p1")!.Outcome!.Outcome!.State);
    }

    [Fact]
    public async Task Dockers_refusal_is_kept_in_its_words_and_what_was_done_is_undone()
    {
        await using var desk = new Desk();
        var (api, web) = (desk.Engine.Add("rentguy-api-1"), desk.Engine.Add("rentguy-web-1"));
        desk.Engine.OnCall = call =>
            call.StartsWith($"stop {web.Id}", StringComparison.Ordinal)
                ? throw FakeEngine.Refusal("cannot stop container: permission denied")
                : Task.CompletedTask;
        var outcome = await desk.RunAsync(Samples.Stop("p1", api, web));
        Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
        Assert.Contains("permission denied", outcome.Text, StringComparison.Ordinal);
        Assert.Equal("running", desk.Engine.Containers[api.Id].State);
    }

    [Fact]
    public async Task An_undo_that_fails_is_said()
    {
        await using var desk = new Desk();
        var (api, web) = (desk.Engine.Add("rentguy-api-1"), desk.Engine.Add("rentguy-web-1"));
        desk.Engine.OnCall = call =>
            call.StartsWith($"stop {web.Id}", StringComparison.Ordinal)
            || call.StartsWith("start", StringComparison.Ordinal)
                ? throw FakeEngine.Refusal("no space left on device")
                : Task.CompletedTask;
        var outcome = await desk.RunAsync(Samples.Stop("p1", api, web));
        Assert.Equal((ProposalState.Failed, "failed"), (outcome.State, outcome.Undo));
    }

    [Fact]
    public async Task A_first_step_that_changed_nothing_needs_no_undo()
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("rentguy-api-1");
        desk.Engine.OnCall = _ => throw FakeEngine.Refusal("server error");
        var outcome = await desk.RunAsync(Samples.Stop("p1", container));
        Assert.Equal((ProposalState.Failed, "none"), (outcome.State, outcome.Undo));
        Assert.Single(desk.Engine.Calls);
    }

    [Fact]
    public async Task Cancelled_between_steps_the_rest_is_not_done_and_the_first_is_undone()
    {
        await using var desk = new Desk();
        var (api, web) = (desk.Engine.Add("rentguy-api-1"), desk.Engine.Add("rentguy-web-1"));
        var (begun, held) = (new TaskCompletionSource(), new TaskCompletionSource());
        desk.Engine.OnCall = _ =>
        {
            begun.TrySetResult();
            return held.Task;
        };
        Assert.True((await desk.DeliverAsync(Samples.Stop("p1", api, web))).Accepted);
        await begun.Task.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        Assert.True(desk.Actions.Cancel("p1"));
        held.SetResult();
        await desk.Actions.IdleAsync();
        var outcome = desk.Journal.Find("p1")!.Outcome!.Outcome!;
        Assert.Equal((ProposalState.Cancelled, "done"), (outcome.State, outcome.Undo));
        Assert.Equal([$"stop {api.Id} 7", $"start {api.Id}", $"start {web.Id}"], desk.Engine.Calls);
        Assert.False(desk.Actions.Cancel("p1"));
    }

    [Fact]
    public async Task A_report_the_dashboard_can_not_store_is_kept_and_sent_again_in_order()
    {
        await using var desk = new Desk();
        await desk.RunAsync(Samples.Restart("p1", desk.Engine.Add("rentguy-api-1")));
        var stored = new List<long>();
        var (failed, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var down = true;
        using var connection = new CancellationTokenSource();
        var sending = desk.Outbox.RunAsync(
            (bytes, _) =>
            {
                if (down)
                {
                    failed.TrySetResult();
                    throw new Sevensa.Dashboard.Runner.Actions.ReportRefusedException("store down", new IOException());
                }
                var report = JsonSerializer.Deserialize(bytes, ActionJson.Default.ActionReport)!;
                stored.Add(report.Sequence);
                if (report.Outcome is not null)
                {
                    ended.SetResult();
                }
                return Task.CompletedTask;
            },
            connection.Token
        );
        await failed.Task.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        Assert.Equal(4, desk.Journal.Unacknowledged().Count);
        down = false;
        while (!ended.Task.IsCompleted)
        {
            desk.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.Equal([1L, 2, 3, 4], stored);
        await connection.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }
}
