using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Containers.Watch;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Containers.Kinds;
using Sevensa.Dashboard.Tests.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Features.Containers.Watch;

/// <summary>What is seen after a change is told and kept, whatever else fails meanwhile.</summary>
public sealed class ActionWatchTests : IAsyncLifetime
{
    private readonly IProposals proposals = Substitute.For<IProposals>();
    private readonly IMetrics metrics = Substitute.For<IMetrics>();
    private readonly Yard yard;
    private readonly ActionWatch watch;
    private readonly List<string> asked = [];
    private bool away;
    private Proposal first = null!;
    private Proposal second = null!;

    /// <summary>What the undo of an action comes to, by what is asked for.</summary>
    private Func<ProposalRequest, Proposal> undo = _ => throw new CannotPlanException("not now");

    public ActionWatchTests()
    {
        metrics
            .ServicesRangeAsync(
                Arg.Any<TenantScope>(),
                Arg.Any<ServiceMetric>(),
                Arg.Any<DateTimeOffset>(),
                Arg.Any<DateTimeOffset>(),
                Arg.Any<TimeSpan>(),
                Arg.Any<CancellationToken>()
            )
            .Returns(Task.FromResult<IReadOnlyList<MetricSeries>>([]));
        yard = new Yard(services => services.AddSingleton(metrics));
        var stores = new StoreFactory<Store>(
            yard.Shop.Services.GetRequiredService<IDbContextFactory<Store>>(),
            () =>
            {
                if (away)
                {
                    throw new StoreUnavailableException(StoreFault.LockedByAnother);
                }
            }
        );
        watch = ActivatorUtilities.CreateInstance<ActionWatch>(
            yard.Shop.Services,
            proposals,
            Substitute.For<IApprovedUndo>(),
            ActivatorUtilities.CreateInstance<WatchFigures>(yard.Shop.Services),
            new WatchStore(stores)
        );
        proposals
            .ProposeAsync(Arg.Any<Caller>(), Arg.Any<ProposalRequest>(), Arg.Any<CancellationToken>())
            .Returns(call =>
            {
                var request = call.Arg<ProposalRequest>();
                asked.Add(request.Reason);
                return Task.FromResult(undo(request));
            });
    }

    public async ValueTask InitializeAsync()
    {
        yard.Shop.Link.OnResolve = reference => new ResolvedImage(reference, null, Yard.Digest("2.4.2"), null);
        var deployed = await yard.ProposeAsync("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.2" });
        first = deployed with
        {
            Title = "The first",
            State = ProposalState.Succeeded,
            DispatchedAt = yard.Shop.Time.GetUtcNow(),
            EndedAt = yard.Shop.Time.GetUtcNow(),
        };
        second = first with { Id = "second", Title = "The second" };
        Found(first, second);
        // Nothing of it runs: each look is a bad one.
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { State = "exited" });
    }

    public ValueTask DisposeAsync()
    {
        watch.Dispose();
        return yard.DisposeAsync();
    }

    private async Task LookAsync(int times)
    {
        for (var time = 0; time < times; time++)
        {
            yard.Shop.Time.Advance(TimeSpan.FromSeconds(30));
            await watch.LookAsync(CancellationToken.None);
        }
    }

    private async Task<AftermathReport> ReportAsync(Proposal proposal) =>
        (await watch.OfAsync(proposal, CancellationToken.None))!;

    [Fact]
    public async Task A_host_that_answers_with_an_error_hides_no_breach_and_keeps_nobody_from_the_others()
    {
        undo = request =>
            request.Reason.Contains("The first", StringComparison.Ordinal)
                ? throw new UpstreamException("Docker on vps-1", UpstreamFault.Failed, "layer not known")
                : second with
                {
                    Id = "undo",
                };
        await LookAsync(3);
        var (failed, done) = (await ReportAsync(first), await ReportAsync(second));
        Assert.Contains("does not run as it should", failed.Text, StringComparison.Ordinal);
        Assert.Contains("layer not known", failed.Text, StringComparison.Ordinal);
        Assert.Equal(("breached", "undo"), (done.State, done.UndoId));
        await LookAsync(20);
        Assert.Equal("breached", (await ReportAsync(first)).State);
    }

    [Fact]
    public async Task What_nobody_foresaw_hides_no_breach_either()
    {
        undo = request =>
            request.Reason.Contains("The first", StringComparison.Ordinal)
                ? throw new NotSupportedException("a defect")
                : second with
                {
                    Id = "undo",
                };
        await LookAsync(3);
        var failed = await ReportAsync(first);
        Assert.Contains("does not run as it should", failed.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("a defect", failed.Text, StringComparison.Ordinal);
        Assert.Equal("breached", (await ReportAsync(second)).State);
    }

    [Fact]
    public async Task An_end_that_could_not_be_stored_is_stored_later_and_the_undo_is_proposed_once()
    {
        undo = request =>
        {
            away = true;
            return first with { Id = "undo" };
        };
        await LookAsync(3);
        Assert.Equal(1, asked.Count(reason => reason.Contains("The first", StringComparison.Ordinal)));
        (away, undo) = (false, _ => first with { Id = "undo" });
        // It runs again by now; the breach was all the same.
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { State = "running" });
        // Long after its time was over.
        yard.Shop.Time.Advance(TimeSpan.FromMinutes(20));
        await LookAsync(1);
        var stored = await new WatchStore(yard.Shop.Services.GetRequiredService<IDbContextFactory<Store>>()).FindAsync(
            first.Id,
            CancellationToken.None
        );
        Assert.Equal(("breached", "undo"), (stored!.State, stored.UndoId));
        Assert.Equal(1, asked.Count(reason => reason.Contains("The first", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_what_migrated_the_database_is_taken_back_as_code_alone(bool migrated)
    {
        // Of high risk it waits for a person whatever was approved beforehand.
        var choices = new List<string?>();
        undo = request =>
        {
            choices.Add(request.Parameters.GetProperty("afterMigration").GetString());
            return migrated && choices[^1] == "refuse"
                ? throw new CannotPlanException("It migrated.", new MigratedSinceException())
                : first with
                {
                    Id = "undo",
                };
        };
        Found(first);
        await LookAsync(3);
        Assert.Equal(("breached", "undo"), ((await ReportAsync(first)).State, (await ReportAsync(first)).UndoId));
        string?[] expected = migrated ? ["refuse", "codeOnly"] : ["refuse"];
        Assert.Equal(expected, choices);
    }

    [Theory]
    [InlineData(Risk.Medium, true)]
    [InlineData(Risk.High, false)]
    public async Task An_undo_of_higher_risk_than_what_an_operator_approved_waits_for_a_person(Risk risk, bool goes)
    {
        var cancel = TestContext.Current.CancellationToken;
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { State = "running" });
        var deploy = await yard.ProposeAsync(
            "service.deploy",
            "api",
            new { image = "sevensa/rentguy-api:2.4.2", onBreach = "undo" }
        );
        Assert.Equal(Risk.Medium, deploy.Risk);
        var watcher = new Caller(
            WatchCaller.Subject,
            "Watch",
            Role.Operator,
            false,
            TenantSet.Of(["rentguy"]),
            ApiScopes.Read | ApiScopes.Propose
        );
        var back = await yard.ProposeAsync("container.restart", "rentguy-api", caller: watcher);
        var now = yard.Shop.Time.GetUtcNow();
        await using (
            var store = await yard
                .Shop.Services.GetRequiredService<IDbContextFactory<Store>>()
                .CreateDbContextAsync(cancel)
        )
        {
            store.Add(
                new ProposalDecisionRow
                {
                    ProposalId = deploy.Id,
                    ById = Callers.Operator.Subject,
                    ByName = Callers.Operator.Name,
                    Verdict = "approve",
                    At = now,
                    Counts = true,
                }
            );
            await store.SaveChangesAsync(cancel);
            await store
                .Set<ProposalRow>()
                .Where(row => row.Id == deploy.Id)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(row => row.State, ProposalState.Succeeded)
                            .SetProperty(row => row.EndedAt, (DateTimeOffset?)now),
                    cancel
                );
            await store
                .Set<ProposalRow>()
                .Where(row => row.Id == back.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.Risk, risk), cancel);
        }
        var carried = yard.Shop.Services.GetRequiredService<IApprovedUndo>();
        Assert.Equal(goes, await carried.ApproveAsync(deploy.Id, back.Id, cancel));
        // Neither carried out nor refused: somebody can still decide on it.
        Assert.Equal(goes, (await yard.Shop.FindAsync(back.Id)).State != ProposalState.Proposed);
    }

    [Fact]
    public async Task What_was_changed_again_since_is_not_taken_back_with_it()
    {
        undo = _ => second with { Id = "undo" };
        // Planned before the first had ended, and done after it.
        second = second with
        {
            EndedAt = first.EndedAt!.Value.AddSeconds(20),
        };
        Found(first, second);
        await LookAsync(3);
        var (former, last) = (await ReportAsync(first), await ReportAsync(second));
        Assert.Equal((ActionWatch.Unknown, null), (former.State, former.UndoId));
        Assert.Contains("\"The second\" changed it since", former.Text, StringComparison.Ordinal);
        Assert.Equal((ActionWatch.Breached, "undo"), (last.State, last.UndoId));
        Assert.Single(asked);
    }

    [Fact]
    public async Task Answers_that_are_slower_under_a_load_that_grows_take_back_no_scaling_up()
    {
        undo = _ => second with { Id = "undo" };
        await ScaledAsync(replicas: 2);
        yard.Shop.Fleet.Put("rentguy", "api", "rentguy-api-2", new string('2', 64));
        await LookAsync(12);
        Assert.Contains("p95 is 900 ms (before 400 ms)", (await ReportAsync(first)).Text, StringComparison.Ordinal);
        await LookAsync(12);
        var report = await ReportAsync(first);
        Assert.Equal((ActionWatch.Unknown, null), (report.State, report.UndoId));
        Assert.Contains("nothing is undone", report.Text, StringComparison.Ordinal);
        Assert.Empty(asked);
    }

    [Fact]
    public async Task A_container_that_was_added_and_does_not_run_is_taken_back_and_one_that_was_there_is_not_blamed_on_it()
    {
        undo = _ => second with { Id = "undo" };
        await ScaledAsync(replicas: 2);
        yard.Shop.Fleet.Put("rentguy", "api", "rentguy-api-2", new string('2', 64));
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { State = "exited" });
        await LookAsync(5);
        Assert.Empty(asked);
        yard.Shop.Fleet.Change(new string('2', 64), facts => facts with { State = "exited" });
        await LookAsync(3);
        Assert.Equal(ActionWatch.Breached, (await ReportAsync(first)).State);
        Assert.Single(asked);
    }

    [Fact]
    public async Task A_container_that_was_added_and_is_gone_is_missed_once_its_host_has_had_the_time_to_tell_of_it()
    {
        undo = _ => throw new CannotPlanException("api runs 1 container already.");
        await ScaledAsync(replicas: 3);
        // The first look comes before anything can have been told.
        yard.Shop.Time.Advance(TimeSpan.FromSeconds(2));
        await watch.LookAsync(CancellationToken.None);
        Assert.DoesNotContain("gone", (await ReportAsync(first)).Text, StringComparison.Ordinal);
        yard.Shop.Fleet.Put("rentguy", "api", "rentguy-api-2", new string('2', 64));
        yard.Shop.Fleet.Put("rentguy", "api", "rentguy-api-3", new string('3', 64));
        await LookAsync(2);
        Assert.DoesNotContain("gone", (await ReportAsync(first)).Text, StringComparison.Ordinal);
        yard.Shop.Fleet.Remove(new string('3', 64));
        await LookAsync(3);
        Assert.Contains("api lacks containers (1 of 2 gone)", Assert.Single(asked), StringComparison.Ordinal);
        // What can't be taken back, as it is gone, is no less wrong.
        await LookAsync(20);
        Assert.Equal(
            (ActionWatch.Breached, null),
            ((await ReportAsync(first)).State, (await ReportAsync(first)).UndoId)
        );
    }

    [Fact]
    public async Task One_of_several_that_a_deploy_made_and_that_is_gone_is_missed()
    {
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { State = "running" });
        yard.Shop.Fleet.Put("rentguy", "api", "rentguy-api-2", new string('2', 64));
        var now = yard.Shop.Time.GetUtcNow();
        first = await yard.ProposeAsync(
            "service.deploy",
            "service:api",
            new { image = "sevensa/rentguy-api:2.4.2" }
        ) with
        {
            State = ProposalState.Succeeded,
            DispatchedAt = now,
            EndedAt = now,
        };
        Found(first);
        await LookAsync(2);
        Assert.DoesNotContain("gone", (await ReportAsync(first)).Text, StringComparison.Ordinal);
        yard.Shop.Fleet.Remove(new string('2', 64));
        await LookAsync(1);
        Assert.Contains(
            "api lacks containers (1 of 2 gone)",
            (await ReportAsync(first)).Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Answers_that_are_slower_after_scaling_down_are_its_doing()
    {
        undo = request =>
        {
            Assert.Equal(2, request.Parameters.GetProperty("replicas").GetInt32());
            return second with { Id = "undo" };
        };
        yard.Shop.Fleet.Put("rentguy", "api", "rentguy-api-2", new string('2', 64));
        await ScaledAsync(replicas: 1);
        yard.Shop.Fleet.Remove(new string('2', 64));
        await LookAsync(8);
        Assert.Equal(ActionWatch.Breached, (await ReportAsync(first)).State);
    }

    /// <summary>It was scaled, all of it runs, and what it answers became slower.</summary>
    private async Task ScaledAsync(int replicas)
    {
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { State = "running" });
        var (now, scaled) = (
            yard.Shop.Time.GetUtcNow(),
            await yard.ProposeAsync("service.scale", "service:api", new { replicas, shareVolumes = true })
        );
        first = scaled with
        {
            Title = "The scaling",
            State = ProposalState.Succeeded,
            DispatchedAt = now,
            EndedAt = now,
        };
        Found(first);
        metrics
            .ServicesRangeAsync(
                Arg.Any<TenantScope>(),
                Arg.Is(ServiceMetric.LatencyP95),
                Arg.Any<DateTimeOffset>(),
                Arg.Any<DateTimeOffset>(),
                Arg.Any<TimeSpan>(),
                Arg.Any<CancellationToken>()
            )
            .Returns(call =>
                Task.FromResult<IReadOnlyList<MetricSeries>>([
                    new MetricSeries(
                        new Dictionary<string, string> { ["service"] = "api" },
                        [now.AddMinutes(-5).ToUnixTimeSeconds(), call.ArgAt<DateTimeOffset>(3).ToUnixTimeSeconds()],
                        [0.4, 0.9]
                    ),
                ])
            );
    }

    private void Found(params Proposal[] all) =>
        proposals
            .ListAsync(Arg.Any<Caller>(), Arg.Any<ProposalFilter>(), Arg.Any<CancellationToken>())
            .Returns(Task.FromResult<IReadOnlyList<Proposal>>(all));

    [Fact]
    public async Task A_host_that_answers_a_planner_with_an_error_is_told_in_its_words()
    {
        yard.Shop.Link.OnResources = () =>
            throw new UpstreamException("Docker on vps-1", UpstreamFault.Failed, "layer not known");
        await yard.WithReleasesAsync();
        var bench = yard.Shop.Services.GetRequiredService<PlanBench>();
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() => bench.ResourcesAsync("h1", default));
        Assert.Contains("layer not known", refused.Message, StringComparison.Ordinal);
    }
}
