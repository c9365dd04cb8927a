using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>Actions that the dashboard carries out itself: the same journal, reports and at-most-once as on a host.</summary>
public class DashboardExecutionTests
{
    internal const string KindName = "secret.test";

    private sealed class Rotation : IDashboardExecutor, IDashboardReconciler
    {
        public string Kind => "secret.test";
        public int Runs;
        public SignedAction? Last { get; private set; }
        public int Asked;
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Finish { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public ActionOutcome? Found { get; set; }

        public async Task<ActionOutcome> ExecuteAsync(
            SignedAction action,
            Func<ActionReport, Task> report,
            CancellationToken cancellation
        )
        {
            Interlocked.Increment(ref Runs);
            Last = action;
            await report(new ActionReport("", 0, default, "step", 1, "started"));
            Begun.TrySetResult();
            try
            {
                await Finish.Task.WaitAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                return new ActionOutcome(ProposalState.Cancelled, "cancelled between steps");
            }
            return new ActionOutcome(ProposalState.Succeeded, "rotated");
        }

        public Task<ActionOutcome?> ReconcileAsync(
            ActionPlan plan,
            DateTimeOffset dispatchedAt,
            CancellationToken cancellation
        )
        {
            Asked++;
            return Task.FromResult(Found);
        }
    }

    internal static IActionKind Kind()
    {
        var kind = Substitute.For<IActionKind>();
        kind.Name.Returns("secret.test");
        kind.Risk.Returns(Risk.Medium);
        kind.Title(Arg.Any<string>()).Returns("Rotate it");
        kind.TitleOf(Arg.Any<ActionPlan>()).Returns("Rotate it");
        kind.ToldInTitle.Returns([]);
        kind.ParametersSchema.Returns(System.Text.Json.JsonDocument.Parse("{}").RootElement);
        kind.DifferencesAsync(default!, default).ReturnsForAnyArgs([]);
        kind.PlanAsync(default!, default)
            .ReturnsForAnyArgs(call =>
            {
                var request = call.Arg<PlanRequest>();
                return new PlanDraft(
                    new ActionPlan(
                        request.ProposalId,
                        "secret.test",
                        request.Tenant,
                        request.Target,
                        request.Parameters,
                        new PlanExecutor(PlanExecutor.Dashboard),
                        [],
                        [],
                        [new PlanStep(1, "secret.write", request.Target, "Write a new version")],
                        [],
                        new PlanVerification("version", 10, "the new version is there"),
                        PlanUndo.None("the old version stays"),
                        "w"
                    ),
                    new PlanEstimate(null, [], null, default)
                );
            });
        return kind;
    }

    private static Workshop With(Rotation rotation, Workshop? sharing = null, bool reconciles = true) =>
        new(
            services =>
            {
                services.AddSingleton(Kind());
                services.AddSingleton<IDashboardExecutor>(rotation);
                if (reconciles)
                {
                    services.AddSingleton<IDashboardReconciler>(rotation);
                }
            },
            sharing: sharing
        );

    [Fact]
    public async Task What_is_begun_after_its_time_does_nothing()
    {
        var rotation = new Rotation();
        await using var shop = With(rotation);
        var proposal = await shop.ProposeAsync("secret.test", "apps/key");
        await shop.ApproveAsync(proposal);
        rotation.Finish.SetResult();
        await shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        var execution = shop.Services.GetRequiredService<DashboardExecution>();
        await execution.StopAsync(TestContext.Current.CancellationToken);

        var row = (
            await shop
                .Services.GetRequiredService<ProposalStore>()
                .FindAsync(proposal.Id, TestContext.Current.CancellationToken)
        )!;
        execution.Begin(proposal.Id, rotation.Last! with { ExpiresAt = default }, row.LeaseEpoch);
        await execution.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, rotation.Runs);
    }

    [Fact]
    public async Task It_is_journalled_runs_once_and_reports_like_a_runner()
    {
        var rotation = new Rotation();
        await using var shop = With(rotation);
        var proposal = await shop.ProposeAsync("secret.test", "apps/key");
        await shop.ApproveAsync(proposal);
        await rotation.Begun.Task.WaitAsync(Patience.Usual);
        Assert.Equal(ProposalState.Running, (await shop.FindAsync(proposal.Id)).State);
        rotation.Finish.SetResult();
        var done = await shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal("rotated", done.Outcome!.Text);
        Assert.NotNull(done.Outcome.DurationSeconds);
        await shop.SweepAsync();
        Assert.Equal(1, rotation.Runs);
        Assert.Empty(shop.Link.Delivered);
        Assert.Contains(
            shop.Audit.Entries,
            entry => entry.Action == "action.succeeded" && entry.Actor.Kind == "system"
        );
    }

    [Fact]
    public async Task It_can_be_cancelled()
    {
        var rotation = new Rotation();
        await using var shop = With(rotation);
        var proposal = await shop.ProposeAsync("secret.test", "apps/key");
        await shop.ApproveAsync(proposal);
        await rotation.Begun.Task.WaitAsync(Patience.Usual);
        await shop.Proposals.CancelAsync(Callers.Operator, proposal.Id, default);
        await shop.UntilAsync(proposal.Id, ProposalState.Cancelled);
    }

    [Fact]
    public async Task It_can_be_cancelled_at_a_dashboard_that_does_not_run_it()
    {
        var rotation = new Rotation();
        await using var shop = With(rotation);
        await using var other = With(new Rotation(), shop);
        var proposal = await shop.ProposeAsync("secret.test", "apps/key");
        await shop.ApproveAsync(proposal);
        await rotation.Begun.Task.WaitAsync(Patience.Usual);
        await other.Proposals.CancelAsync(Callers.Operator, proposal.Id, default);
        // It reads of it when it renews its lease, also where the dashboards can say nothing to each other.
        shop.Time.Advance(DashboardExecution.Lease / 3);
        await shop.UntilAsync(proposal.Id, ProposalState.Cancelled);
    }

    [Fact]
    public async Task While_its_dashboard_lives_no_other_takes_it_over_and_after_that_the_world_is_asked()
    {
        var (first, second) = (new Rotation(), new Rotation());
        await using var shop = With(first);
        await using var other = With(second, shop);
        var proposal = await shop.ProposeAsync("secret.test", "apps/key");
        await shop.ApproveAsync(proposal);
        await first.Begun.Task.WaitAsync(Patience.Usual);
        await other.SweepAsync();
        Assert.Equal((0, ProposalState.Running), (second.Asked, (await other.FindAsync(proposal.Id)).State));

        // The first is dead: nobody renews.
        await shop.AbandonAsync(proposal.Id);
        await other.SweepAsync();
        Assert.Equal((1, ProposalState.Unknown), (second.Asked, (await other.FindAsync(proposal.Id)).State));
        second.Found = new ActionOutcome(ProposalState.Succeeded, "version 4 was written by it");
        await other.SweepAsync();
        Assert.Equal(ProposalState.Succeeded, (await other.FindAsync(proposal.Id)).State);
        Assert.Equal((1, 0), (first.Runs, second.Runs));
        first.Finish.SetResult();
    }

    [Fact]
    public async Task Without_a_way_to_find_out_it_stays_unknown_and_says_so()
    {
        var (first, second) = (new Rotation(), new Rotation());
        await using var shop = With(first);
        await using var other = With(second, shop, reconciles: false);
        var proposal = await shop.ProposeAsync("secret.test", "apps/key");
        await shop.ApproveAsync(proposal);
        await first.Begun.Task.WaitAsync(Patience.Usual);
        await shop.AbandonAsync(proposal.Id);
        await other.SweepAsync();
        await other.SweepAsync();
        var events = await other.EventsOfAsync(proposal.Id);
        Assert.Contains("no way to find out", events[^1].Data.GetProperty("text").GetString());
        Assert.Equal(ProposalState.Unknown, (await other.FindAsync(proposal.Id)).State);
        first.Finish.SetResult();
    }
}
