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
            var idle = after.Actions.IdleAsync();
            while (!idle.IsCompleted)
            {
                after.Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
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
        var idle = desk.Actions.IdleAsync();
        while (!idle.IsCompleted)
        {
            desk.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.Equal(ProposalState.Succeeded, desk.Journal.Find("p1")!.Outcome!.Outcome!.State);
        Assert.Single(desk.Engine.Calls);
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
