using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>Containers whose network others live in: the others are named, go along in the right order, and are verified.</summary>
public sealed class SharedNamespacePlanTests
{
    private static readonly string Api = new('a', 64);
    private static readonly string Child = new('1', 64);
    private static readonly string Grandchild = new('2', 64);

    private static Workshop Shop(string tenant = "rentguy", string state = "running")
    {
        var shop = new Workshop();
        shop.Fleet.Change(Api, facts => facts with { Settings = StubFleet.Plain });
        shop.Fleet.PutSharer(tenant, "sidecar", Api, Child, state);
        return shop;
    }

    [Fact]
    public async Task A_restart_takes_along_who_lives_in_its_network_and_after_it()
    {
        await using var shop = Shop();
        shop.Fleet.Put("rentguy", "probe", "probe", Grandchild);
        shop.Fleet.Change(
            Grandchild,
            facts => facts with { Settings = StubFleet.Plain with { PidMode = "container:sidecar" } }
        );

        var proposal = await shop.ProposeAsync(target: "rentguy-api");

        Assert.Equal([Api, Child, Grandchild], proposal.Plan.Steps.Select(step => step.On));
        Assert.All(proposal.Plan.Steps, step => Assert.Equal(StepVerbs.ContainerRestart, step.Verb));
        Assert.Equal([Api, Child, Grandchild], proposal.Plan.Containers.Select(container => container.Id));
        Assert.Contains(proposal.Plan.Changes, change => change.What == "process of sidecar");
        Assert.Contains("lives in the network of rentguy-api", proposal.Plan.Steps[1].Title, StringComparison.Ordinal);
        Assert.Contains("shares the processes of sidecar", proposal.Plan.Steps[2].Title, StringComparison.Ordinal);
        Assert.DoesNotContain(
            proposal.Plan.Untouched,
            text =>
                text.Contains("sidecar", StringComparison.Ordinal) || text.Contains("probe", StringComparison.Ordinal)
        );
        Assert.Equal("Restart rentguy-api with sidecar, probe", proposal.Title);
    }

    [Fact]
    public async Task A_stop_ends_who_lives_there_first_and_its_undo_starts_it_last()
    {
        await using var shop = Shop();

        var plan = (await shop.ProposeAsync("container.stop", "rentguy-api")).Plan;

        Assert.Equal([Child, Api], plan.Steps.Select(step => step.On));
        Assert.Equal([1, 2], plan.Steps.Select(step => step.Number));
        // The runner starts them again in this order.
        Assert.Equal([Api, Child], plan.Containers.Select(container => container.Id));
        Assert.Equal(StepVerbs.ContainerStart, plan.Undo.Kind);
    }

    [Fact]
    public async Task A_start_restarts_who_has_lost_its_network_meanwhile()
    {
        await using var shop = Shop();
        shop.Fleet.Change(Api, facts => facts with { State = "exited" });

        var plan = (await shop.ProposeAsync("container.start", "rentguy-api", "{}")).Plan;

        Assert.Equal(
            [(StepVerbs.ContainerStart, Api), (StepVerbs.ContainerRestart, Child)],
            plan.Steps.Select(step => (step.Verb, step.On))
        );
        Assert.Equal(UndoKinds.Reverse, plan.Undo.Kind);
    }

    [Fact]
    public async Task Who_does_not_run_is_left_and_named()
    {
        await using var shop = Shop(state: "exited");

        var proposal = await shop.ProposeAsync(target: "rentguy-api");

        Assert.Equal([Api], proposal.Plan.Steps.Select(step => step.On));
        Assert.Contains(
            proposal.Estimate.Notes!,
            note => note.Contains("sidecar, which lives in", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Nothing_is_started_in_a_network_that_is_not_there()
    {
        await using var shop = Shop();
        shop.Fleet.Change(Api, facts => facts with { State = "exited" });

        var refused = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(target: "sidecar"));

        Assert.Contains("Start rentguy-api first", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_tenants_container_is_not_cut_off_and_not_named()
    {
        await using var shop = Shop("witcom");

        var refused = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(target: "rentguy-api"));

        Assert.Contains("not rentguy's", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("witcom", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sidecar", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_comes_to_live_there_after_it_was_planned_makes_the_plan_stale()
    {
        await using var shop = Shop();
        var proposal = await shop.ProposeAsync(target: "rentguy-api");
        shop.Fleet.PutSharer("rentguy", "late", "rentguy-api", Grandchild);

        var changed = await Assert.ThrowsAsync<DecisionConflictException>(() => shop.ApproveAsync(proposal));

        Assert.Contains(
            changed.Differences,
            words => words.Contains("late has come to share", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_older_runner_that_does_not_tell_is_named()
    {
        await using var shop = new Workshop();

        var proposal = await shop.ProposeAsync(target: "rentguy-api");

        Assert.Contains(
            proposal.Estimate.Notes!,
            note => note.Contains("older than this dashboard", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_removes_itself_is_gone_when_it_is_stopped_and_the_plan_says_so()
    {
        await using var shop = new Workshop();
        shop.Fleet.Change(
            Api,
            facts =>
                facts with
                {
                    Mounts = ["data:/data", $"{new string('0', 64)}:/cache"],
                    Settings = StubFleet.Plain with { AutoRemove = true, AnonymousVolumes = ["/cache"] },
                }
        );

        var proposal = await shop.ProposeAsync("container.stop", "rentguy-api");

        Assert.Equal(Risk.High, proposal.Risk);
        Assert.Equal("Stop rentguy-api, which removes it", proposal.Title);
        Assert.Equal(
            (UndoKinds.None, VerificationKinds.Gone),
            (proposal.Plan.Undo.Kind, proposal.Plan.Verification.Kind)
        );
        Assert.Contains("gone", proposal.Plan.Changes[0].After, StringComparison.Ordinal);
        Assert.Contains(
            proposal.Plan.Changes,
            change => change.Before == "/cache" && change.After!.StartsWith("gone", StringComparison.Ordinal)
        );
        Assert.Contains("volumes: data:/data", proposal.Plan.Untouched);
        // A restart keeps it: Docker removes it only when it ends for good.
        Assert.Equal(Risk.Low, (await shop.ProposeAsync(target: "rentguy-api")).Risk);
    }

    [Fact]
    public async Task Nothing_is_done_to_a_container_that_can_t_be_read()
    {
        await using var shop = new Workshop();
        shop.Fleet.Change(Api, facts => facts with { Unread = "Docker's description of it can't be read." });

        var refused = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(target: "rentguy-api"));

        Assert.Contains("can't be read", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_stop_and_a_start_do_not_promise_is_noted()
    {
        await using var shop = new Workshop();
        var stop = await shop.ProposeAsync("container.stop", "rentguy-api");
        Assert.Contains(
            stop.Estimate.Notes!,
            note => note.Contains("Docker itself is started anew", StringComparison.Ordinal)
        );
        shop.Fleet.Change(Api, facts => facts with { State = "exited", ExitCode = 0, RestartPolicy = "no" });
        var start = await shop.ProposeAsync("container.start", "rentguy-api", "{}");
        Assert.Contains(
            start.Estimate.Notes!,
            note => note.Contains("a job that does its work", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Plans_that_differ_read_differently()
    {
        await using var shop = new Workshop();
        var titles = new[]
        {
            await shop.ProposeAsync(target: "rentguy-api"),
            await shop.ProposeAsync(target: "rentguy-api", parameters: """{"graceSeconds": 30}"""),
            await shop.ProposeAsync(target: "worker"),
            await shop.ProposeAsync("container.stop", "worker"),
        }.Select(proposal => proposal.Title);
        Assert.Equal(
            [
                "Restart rentguy-api",
                "Restart rentguy-api (grace seconds 30)",
                "Restart rentguy/worker",
                "Stop rentguy/worker",
            ],
            titles
        );
    }
}
