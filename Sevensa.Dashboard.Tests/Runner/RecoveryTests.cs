using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>A runner that died in the middle finds out what became of it, and never does it again.</summary>
public class RecoveryTests
{
    /// <summary>Begins an action, lets the runner die before any Docker call returned, changes the world, and starts it again.</summary>
    private static async Task<(IReadOnlyList<ActionOutcome> Outcomes, IReadOnlyList<string> Calls)> AfterAsync(
        Func<ContainerFacts, ActionPlan> plan,
        Func<ContainerFacts, long, ContainerFacts> meanwhile,
        TimeSpan away
    )
    {
        await using var before = new Desk();
        var container = before.Engine.Add("rentguy-api-1");
        var action = before.Signed(plan(container));
        before.Journal.TryBegin(action);
        before.Journal.Dispose();
        var begun = before.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var folder = Directory.CreateTempSubdirectory("runner-").FullName;
        File.Copy(Path.Combine(before.Folder, "journal.jsonl"), Path.Combine(folder, "journal.jsonl"));
        before.Time.Advance(away);
        before.Engine.Containers[container.Id] = meanwhile(container, begun);
        try
        {
            await using var after = new Desk(folder, before.Key, before.Engine, before.Time);
            after.Actions.Recover();
            await after.IdleAsync();
            return (
                [
                    .. after
                        .Journal.Find(action.ActionId)!
                        .Reports.Where(report => report.Outcome is not null)
                        .Select(report => report.Outcome!),
                ],
                [.. after.Engine.Calls]
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_restart_that_docker_carried_out_is_found_out()
    {
        var (outcomes, calls) = await AfterAsync(
            container => Samples.Restart("p1", container),
            (container, begun) => container with { StartedAtUnixMs = begun + 900 },
            TimeSpan.FromMinutes(1)
        );
        Assert.Equal([ProposalState.Unknown, ProposalState.Succeeded], outcomes.Select(outcome => outcome.State));
        Assert.Equal("running", Assert.Single(outcomes[0].After!).State);
        Assert.Empty(calls);
    }

    [Fact]
    public async Task A_restart_that_never_reached_docker_failed_and_changed_nothing()
    {
        var (outcomes, calls) = await AfterAsync(
            container => Samples.Restart("p1", container),
            (container, _) => container,
            TimeSpan.FromMinutes(1)
        );
        Assert.Equal((ProposalState.Failed, "none"), (outcomes[^1].State, outcomes[^1].Undo));
        Assert.Empty(calls);
    }

    [Fact]
    public async Task A_world_left_half_way_is_brought_back_by_the_plans_undo_not_by_its_steps()
    {
        var (outcomes, calls) = await AfterAsync(
            container =>
                Samples.Restart("p1", container) with
                {
                    Steps =
                    [
                        Samples.Step(1, StepVerbs.ContainerStop, container),
                        Samples.Step(2, StepVerbs.ContainerStart, container),
                    ],
                    Undo = new PlanUndo(StepVerbs.ContainerStart, "started again"),
                },
            (container, begun) => container with { State = "exited", ExitCode = 0, FinishedAtUnixMs = begun + 500 },
            TimeSpan.FromMinutes(1)
        );
        Assert.Equal((ProposalState.RolledBack, "done"), (outcomes[^1].State, outcomes[^1].Undo));
        Assert.Equal("start", Assert.Single(calls).Split(' ')[0]);
    }

    [Fact]
    public async Task A_stop_that_docker_carried_out_is_found_out()
    {
        var (outcomes, _) = await AfterAsync(
            container => Samples.Stop("p1", container),
            (container, begun) => container with { State = "exited", ExitCode = 0, FinishedAtUnixMs = begun + 500 },
            TimeSpan.FromSeconds(1)
        );
        Assert.Equal(ProposalState.Succeeded, outcomes[^1].State);
    }

    [Fact]
    public async Task What_docker_fell_silent_in_is_unknown_until_it_answers()
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("rentguy-api-1");
        desk.Engine.OnCall = _ =>
        {
            desk.Engine.Silent = true;
            return Task.CompletedTask;
        };
        Assert.True((await desk.DeliverAsync(Samples.Restart("p1", container))).Accepted);
        while (desk.Journal.Find("p1")!.Outcome is null)
        {
            await Task.Yield();
        }
        Assert.Equal(ProposalState.Unknown, desk.Journal.Find("p1")!.Outcome!.Outcome!.State);
        desk.Engine.Containers[container.Id] = container with
        {
            StartedAtUnixMs = desk.Time.GetUtcNow().ToUnixTimeMilliseconds() + 1,
        };
        desk.Engine.Silent = false;
        await desk.IdleAsync();
        var outcome = desk.Journal.Find("p1")!.Outcome!.Outcome!;
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        // Why its end was not seen at once stays with it.
        Assert.Contains("Docker fell silent in step 1", outcome.Text, StringComparison.Ordinal);
        Assert.Single(desk.Engine.Calls);
    }

    [Fact]
    public async Task What_docker_falls_silent_in_once_more_is_found_out_all_the_same()
    {
        await using var desk = new Desk();
        var container = desk.Engine.Add("rentguy-api-1");
        desk.Engine.OnCall = _ =>
        {
            desk.Engine.OnCall = _ => Task.CompletedTask;
            throw new EngineException(null, "connection refused");
        };
        // By then it has been waited for as long as it may take; the next thing is to look how far it came.
        var late = desk.Time.GetUtcNow().AddSeconds(61.5);
        var silences = 2;
        desk.Engine.OnInspect = id =>
            desk.Time.GetUtcNow() > late && Interlocked.Decrement(ref silences) >= 0
                ? throw new EngineException(null, "connection refused")
                : Task.FromResult(desk.Engine.Containers.GetValueOrDefault(id));
        var plan = Samples.Stop("p1", container);
        Assert.True(
            (
                await desk.DeliverAsync(
                    plan with
                    {
                        Verification = new PlanVerification("stopped", 55, "stopped within 55 s"),
                        Undo = PlanUndo.None("it is left as it is"),
                    }
                )
            ).Accepted
        );
        await desk.IdleAsync();
        Assert.True(Volatile.Read(ref silences) < 0);
        var outcome = desk.Journal.Find("p1")!.Outcome!.Outcome!;
        Assert.Equal((ProposalState.Failed, "none"), (outcome.State, outcome.Undo));
        Assert.Contains("The containers are as they were", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recall_tells_the_last_that_is_known_and_nothing_of_what_never_came()
    {
        await using var desk = new Desk();
        await desk.RunAsync(Samples.Restart("p1", desk.Engine.Add("rentguy-api-1")));
        var report = System.Text.Json.JsonSerializer.Deserialize(
            desk.Actions.Recall("p1")!,
            ActionJson.Default.ActionReport
        )!;
        Assert.Equal(ProposalState.Succeeded, report.Outcome!.State);
        Assert.Null(desk.Actions.Recall("p9"));
    }
}
