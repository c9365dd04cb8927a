using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Actions.Steps;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>One container in another's place, and back, whatever dies at whatever moment.</summary>
public class ReplacementTests
{
    private const string Image = "sha256:1111";
    private const string OtherImage = "sha256:2222222222222222";

    private static ContainerFacts Api(Desk desk, string name = "rentguy-api-1", string policy = "unless-stopped")
    {
        desk.Works.AddImage(Image, "rentguy/api:2.4.1");
        desk.Works.AddImage(OtherImage, "rentguy/api:2.4.0");
        var container = desk.Engine.Add(name);
        desk.Works.Describe(
            container.Id,
            new JsonObject
            {
                ["Image"] = Image,
                ["Config"] = new JsonObject
                {
                    ["Image"] = "rentguy/api:2.4.1",
                    ["Hostname"] = container.Id[..12],
                    ["Env"] = new JsonArray("DB_PASSWORD=hunter2"),
                    ["Labels"] = new JsonObject { ["sevensa.tenant"] = "rentguy" },
                },
                ["HostConfig"] = new JsonObject
                {
                    ["NetworkMode"] = "none",
                    ["RestartPolicy"] = new JsonObject { ["Name"] = policy },
                },
            }
        );
        return container;
    }

    private static ActionPlan Recreate(string id, RecreateArguments arguments, params ContainerFacts[] containers) =>
        Samples.Plan(
            id,
            "service.deploy",
            [
                .. containers.Select(
                    (container, index) =>
                        new PlanStep(
                            index + 1,
                            StepVerbs.ContainerRecreate,
                            container.Id,
                            $"Re-create {container.Name}",
                            StepJson.Of(arguments)
                        )
                ),
            ],
            new PlanVerification(VerificationKinds.Running, 5, "running"),
            new PlanUndo(UndoKinds.Reverse, "the former containers are put back"),
            containers
        );

    private static readonly RecreateArguments Deploy = new(Image: OtherImage, GraceSeconds: 3, SteadySeconds: 0);

    [Fact]
    public async Task The_new_one_has_the_name_and_the_old_one_is_gone_only_when_all_has_held()
    {
        await using var desk = new Desk();
        var old = Api(desk);
        var outcome = await desk.RunAsync(Recreate("p1", Deploy, old));
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        var now = Assert.Single(desk.Engine.Containers.Values);
        Assert.Equal(("rentguy-api-1", "running"), (now.Name, now.State));
        Assert.NotEqual(old.Id, now.Id);
        Assert.Equal(now.Id, Assert.Single(outcome.After!).Id);
        var config = desk.Works.BodyOf(now.Id)["Config"]!;
        Assert.Equal("rentguy/api:2.4.0", config["Image"]!.GetValue<string>());
        Assert.Null(config["Hostname"]);
        Assert.Equal("DB_PASSWORD=hunter2", config["Env"]![0]!.GetValue<string>());
        // The old one may not be started by an engine that is started anew.
        Assert.Equal(
            [
                "create sevensa-new-p1-1",
                $"update {old.Id} {{\"RestartPolicy\":{{\"Name\":\"no\"}}}}",
                $"stop {old.Id} 3",
                $"rename {old.Id} sevensa-old-p1-1",
                $"rename {now.Id} rentguy-api-1",
                $"start {now.Id}",
                $"remove {old.Id}",
            ],
            desk.Engine.Calls
        );
    }

    [Fact]
    public async Task What_does_not_become_healthy_gives_its_place_back_with_all_that_was_done_before_it()
    {
        await using var desk = new Desk();
        var (first, second) = (Api(desk), Api(desk, "rentguy-api-2"));
        var starts = 0;
        desk.Engine.Started = facts =>
            facts with
            {
                State = "running",
                // The second new one is unhealthy; the former ones, started again, are as they were.
                Health = ++starts == 2 ? "unhealthy" : "none",
            };
        var outcome = await desk.RunAsync(Recreate("p1", Deploy, first, second));
        Assert.Equal((ProposalState.RolledBack, "done", "notUp"), (outcome.State, outcome.Undo, outcome.Code));
        Assert.Contains("unhealthy", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(
            [(first.Id, "rentguy-api-1", "running"), (second.Id, "rentguy-api-2", "running")],
            desk.Engine.Containers.Values.Select(facts => (facts.Id, facts.Name, facts.State)).OrderBy(c => c.Name)
        );
        Assert.Equal(
            "unless-stopped",
            desk.Works.BodyOf(first.Id)["HostConfig"]!["RestartPolicy"]!["Name"]!.GetValue<string>()
        );
    }

    [Fact]
    public async Task One_that_crashes_at_its_start_is_not_taken_for_up()
    {
        await using var desk = new Desk();
        var old = Api(desk, policy: "no");
        desk.Engine.Started = facts =>
            facts.Id == old.Id
                ? facts with
                {
                    State = "running",
                }
                : facts with
                {
                    State = "exited",
                    ExitCode = 3,
                    RestartPolicy = "no",
                };
        var outcome = await desk.RunAsync(Recreate("p1", Deploy with { SteadySeconds = 5 }, old));
        Assert.Equal(ProposalState.RolledBack, outcome.State);
        Assert.Contains("ended", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(old.Id, Assert.Single(desk.Engine.Containers.Values).Id);
    }

    [Theory]
    [InlineData("imageMissing")]
    [InlineData("networkMissing")]
    [InlineData("volumeMissing")]
    public async Task What_it_stands_on_is_looked_at_before_anything_is_touched(string code)
    {
        await using var desk = new Desk();
        var old = Api(desk);
        var inspect = desk.Works.BodyOf(old.Id);
        switch (code)
        {
            case "imageMissing":
                desk.Works.Images.Clear();
                break;
            case "networkMissing":
                inspect["NetworkSettings"] = new JsonObject
                {
                    ["Networks"] = new JsonObject { ["gone"] = new JsonObject() },
                };
                break;
            default:
                inspect["HostConfig"]!["Binds"] = new JsonArray("data:/data");
                break;
        }
        var outcome = await desk.RunAsync(Recreate("p1", Deploy, old));
        Assert.Equal((ProposalState.Failed, "none", code), (outcome.State, outcome.Undo, outcome.Code));
        Assert.Empty(desk.Engine.Calls);
    }

    public static TheoryData<int, bool> Moments()
    {
        var moments = new TheoryData<int, bool>();
        for (var call = 0; call < 7; call++)
        {
            moments.Add(call, false);
            moments.Add(call, true);
        }
        return moments;
    }

    /// <summary>The runner dies at each call to Docker, before Docker did it and after.</summary>
    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Killed_at_any_moment_one_container_runs_under_the_name_and_nothing_is_left(int call, bool done)
    {
        var before = new Desk();
        var old = Api(before);
        await DieAtAsync(before, call, done, () => before.DeliverAsync(Recreate("p1", Deploy, old)));
        var outcome = await RecoveredAsync(before, "p1");
        var now = Assert.Single(before.Engine.Containers.Values);
        Assert.Equal(("rentguy-api-1", "running"), (now.Name, now.State));
        Assert.Equal(
            "unless-stopped",
            before.Works.BodyOf(now.Id)["HostConfig"]!["RestartPolicy"]!["Name"]!.GetValue<string>()
        );
        // The seventh call removes the old one: then there is no way back, and none is needed.
        Assert.Equal(call == 6 ? ProposalState.Succeeded : ProposalState.RolledBack, outcome.State);
        Assert.Equal(call == 6, now.Id != old.Id);
    }

    /// <summary>It dies once more on its way back.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Killed_again_while_it_is_put_back_it_is_still_put_back(int call)
    {
        var first = new Desk();
        var old = Api(first);
        await DieAtAsync(first, 5, done: true, () => first.DeliverAsync(Recreate("p1", Deploy, old)));
        var second = Copy(first);
        await DieAtAsync(
            second,
            call,
            done: true,
            () =>
            {
                second.Actions.Recover();
                return Task.CompletedTask;
            }
        );
        await RecoveredAsync(second, "p1");
        var now = Assert.Single(second.Engine.Containers.Values);
        Assert.Equal((old.Id, "rentguy-api-1", "running"), (now.Id, now.Name, now.State));
    }

    [Fact]
    public async Task A_container_that_is_gone_is_made_again_from_its_record()
    {
        await using var desk = new Desk();
        var old = Api(desk);
        var specification = desk.Bench.Specifications.Keep(
            (await desk.Bench.Reader.ReadAsync(old.Id, CancellationToken.None))!
        );
        desk.Engine.Containers.Clear();
        var plan = Samples.Plan(
            "p1",
            "service.rollback",
            [
                new PlanStep(
                    1,
                    StepVerbs.ContainerCreate,
                    specification,
                    "Create",
                    StepJson.Of(new CreateArguments(SteadySeconds: 0))
                ),
            ],
            new PlanVerification(VerificationKinds.Running, 5, "running"),
            new PlanUndo(UndoKinds.Reverse, "removed"),
            old
        ) with
        {
            Containers = [],
            World = World.Fingerprint([]),
        };
        var outcome = await desk.RunAsync(plan);
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        Assert.Equal("rentguy-api-1", Assert.Single(desk.Engine.Containers.Values).Name);
    }

    [Fact]
    public async Task A_specification_of_another_tenant_or_of_nobody_knows_is_refused()
    {
        await using var desk = new Desk();
        var old = Api(desk);
        var refused = await desk.DeliverAsync(
            Recreate("p1", new RecreateArguments(Specification: new string('a', 32)), old)
        );
        Assert.Equal("unknownSpecification", refused.RefusalCode);
        var own = (await desk.Bench.Reader.ReadAsync(old.Id, CancellationToken.None))!;
        own.Config["Labels"] = new JsonObject { ["sevensa.tenant"] = "witcom" };
        refused = await desk.DeliverAsync(
            Recreate("p2", new RecreateArguments(Specification: desk.Bench.Specifications.Keep(own)), old)
        );
        Assert.Equal("wrongTenant", refused.RefusalCode);
        own.Config["Labels"] = new JsonObject { ["sevensa.role"] = "dashboard", ["sevensa.tenant"] = "rentguy" };
        refused = await desk.DeliverAsync(
            Recreate("p3", new RecreateArguments(Specification: desk.Bench.Specifications.Keep(own)), old)
        );
        Assert.Equal("ownContainer", refused.RefusalCode);
        Assert.Contains("by hand", refused.Refusal, StringComparison.Ordinal);
        Assert.Empty(desk.Engine.Calls);
    }

    [Fact]
    public async Task An_argument_that_this_runner_does_not_know_is_refused_not_passed_over()
    {
        await using var desk = new Desk();
        var old = Api(desk);
        var plan = Recreate("p1", Deploy, old);
        var refused = await desk.DeliverAsync(
            plan with
            {
                Steps =
                [
                    plan.Steps[0] with
                    {
                        Arguments = JsonSerializer.SerializeToElement(new { privileged = true }),
                    },
                ],
            }
        );
        Assert.Equal("unknownStep", refused.RefusalCode);
    }

    [Fact]
    public async Task Scaling_down_keeps_the_container_until_the_rest_has_held()
    {
        await using var desk = new Desk();
        var (first, second) = (Api(desk), Api(desk, "rentguy-api-2"));
        ActionPlan Plan(string id) =>
            Samples.Plan(
                id,
                "service.scale",
                [Samples.Step(1, StepVerbs.ContainerRemove, second, 3)],
                new PlanVerification(VerificationKinds.Running, 0, "running"),
                new PlanUndo(UndoKinds.Reverse, "started again"),
                first,
                second
            );
        desk.Engine.OnInspect = id =>
            Task.FromResult(
                id == first.Id && !desk.Engine.Calls.IsEmpty
                    ? first with
                    {
                        State = "exited",
                    }
                    : desk.Engine.Containers.GetValueOrDefault(id)
            );
        var outcome = await desk.RunAsync(Plan("p1"));
        Assert.Equal(ProposalState.RolledBack, outcome.State);
        Assert.Equal(
            ("rentguy-api-2", "running"),
            (desk.Engine.Containers[second.Id].Name, desk.Engine.Containers[second.Id].State)
        );
        desk.Engine.OnInspect = null;
        outcome = await desk.RunAsync(Plan("p2"));
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        Assert.Equal(first.Id, Assert.Single(desk.Engine.Containers.Values).Id);
    }

    private static async Task DieAtAsync(Desk desk, int call, bool done, Func<Task> begin)
    {
        var died = new TaskCompletionSource();
        var calls = 0;
        Func<string, Task> die = async _ =>
        {
            if (calls++ == call)
            {
                died.SetResult();
                await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
            }
        };
        if (done)
        {
            desk.Engine.OnDone = die;
        }
        else
        {
            desk.Engine.OnCall = die;
        }
        await begin();
        await died.Task.WaitAsync(E2E.Fixtures.Patience.Usual, TestContext.Current.CancellationToken);
        desk.Engine.OnDone = desk.Engine.OnCall = _ => Task.CompletedTask;
    }

    /// <summary>The runner as it is started again: what was on the disk, and Docker as it is.</summary>
    private static Desk Copy(Desk dead)
    {
        var folder = Directory.CreateTempSubdirectory("runner-").FullName;
        foreach (var file in Directory.EnumerateFiles(dead.Folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(dead.Folder, file));
            if (Path.GetFileName(file) == "runner.lock")
            {
                continue;
            }
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var copy = File.Create(target);
            open.CopyTo(copy);
        }
        return new Desk(folder, dead.Key, dead.Engine, dead.Time, works: dead.Works);
    }

    private static async Task<ActionOutcome> RecoveredAsync(Desk dead, string action)
    {
        await using var desk = Copy(dead);
        try
        {
            desk.Actions.Recover();
            await desk.IdleAsync();
            return desk.Journal.Find(action)!.Outcome!.Outcome!;
        }
        finally
        {
            Directory.Delete(desk.Folder, recursive: true);
        }
    }
}
