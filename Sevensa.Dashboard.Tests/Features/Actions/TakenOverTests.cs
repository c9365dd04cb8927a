using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>What one dashboard began and another took over is the other's: whoever lost it tells and does nothing more of it.</summary>
public class TakenOverTests
{
    /// <summary>Does two steps; between them it waits to be let on, as in a pause of its process.</summary>
    private sealed class Saga : IResumingExecutor
    {
        public string Kind => DashboardExecutionTests.KindName;
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public bool DidSecondStep { get; private set; }

        public bool Resumes(ActionPlan plan) => true;

        public Task<ActionOutcome> ExecuteAsync(
            SignedAction action,
            Func<ActionReport, Task> report,
            CancellationToken cancellation
        ) => ResumeAsync(action, [], report, cancellation);

        public async Task<ActionOutcome> ResumeAsync(
            SignedAction action,
            IReadOnlyList<ActionReport> told,
            Func<ActionReport, Task> report,
            CancellationToken cancellation
        )
        {
            try
            {
                await using var stop = cancellation.Register(Stopped.SetResult);
                await report(new ActionReport("", 0, default, "step", 1, "started"));
                Begun.TrySetResult();
                await GoOn.Task;
                await report(new ActionReport("", 0, default, "step", 1, "done"));
                DidSecondStep = true;
                return new ActionOutcome(ProposalState.Succeeded, "done");
            }
            finally
            {
                Ended.TrySetResult();
            }
        }
    }

    private static Workshop With(Saga saga, Workshop? sharing = null) =>
        new(
            services =>
            {
                services.AddSingleton(DashboardExecutionTests.Kind());
                services.AddSingleton<IDashboardExecutor>(saga);
            },
            sharing: sharing
        );

    [Fact]
    public async Task Whoever_lost_it_goes_no_further_and_ends_nothing()
    {
        var (first, second) = (new Saga(), new Saga());
        await using var shop = With(first);
        await using var other = With(second, shop);
        var proposal = await shop.ProposeAsync(DashboardExecutionTests.KindName, "apps/key");
        await shop.ApproveAsync(proposal);
        await first.Begun.Task.WaitAsync(Patience.Usual);

        // The first did not renew in time, and lives.
        await shop.AbandonAsync(proposal.Id);
        await other.SweepAsync();
        await second.Begun.Task.WaitAsync(Patience.Usual);
        var store = shop.Services.GetRequiredService<ProposalStore>();
        var taken = (await store.FindAsync(proposal.Id, TestContext.Current.CancellationToken))!;
        Assert.False(
            await store.RenewLeaseAsync(
                proposal.Id,
                taken.LeaseEpoch - 1,
                taken.LeaseUntil!.Value.AddHours(1),
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal(
            taken.LeaseUntil,
            (await store.FindAsync(proposal.Id, TestContext.Current.CancellationToken))!.LeaseUntil
        );
        first.GoOn.SetResult();
        await first.Ended.Task.WaitAsync(Patience.Usual);
        Assert.False(first.DidSecondStep, "both did it");
        Assert.Equal(ProposalState.Running, (await shop.FindAsync(proposal.Id)).State);

        second.GoOn.SetResult();
        await other.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Single(shop.Audit.Entries, entry => entry.Action == "action.step.done");
    }

    [Fact]
    public async Task Whoever_can_not_renew_it_is_stopped_and_makes_nothing_of_the_others_unknown()
    {
        var (first, second) = (new Saga(), new Saga());
        await using var shop = With(first);
        await using var other = With(second, shop);
        var proposal = await shop.ProposeAsync(DashboardExecutionTests.KindName, "apps/key");
        await shop.ApproveAsync(proposal);
        await first.Begun.Task.WaitAsync(Patience.Usual);
        await shop.AbandonAsync(proposal.Id);
        await other.SweepAsync();
        await second.Begun.Task.WaitAsync(Patience.Usual);

        shop.Time.Advance(DashboardExecution.Lease / 3);
        await first.Stopped.Task.WaitAsync(Patience.Usual);
        Assert.False(second.Stopped.Task.IsCompleted);
        first.GoOn.SetException(new InvalidOperationException("nobody foresaw it"));
        var running = shop.Services.GetRequiredService<DashboardExecution>();
        await running.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Patience.Usual);
        Assert.Equal(ProposalState.Running, (await shop.FindAsync(proposal.Id)).State);

        second.GoOn.SetResult();
        await other.UntilAsync(proposal.Id, ProposalState.Succeeded);
    }
}
