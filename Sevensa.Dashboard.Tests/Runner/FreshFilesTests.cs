using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>Whoever is started by an action has the newest files of its secrets, one that is made anew too.</summary>
public class FreshFilesTests
{
    private const string Image = "sha256:1111";

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 30, 12, 0, 0, TimeSpan.Zero));

    private static ContainerFacts Api(Desk desk)
    {
        desk.Works.AddImage(Image, "rentguy/api:2.4.1");
        var container = desk.Engine.Add("rentguy-api-1");
        desk.Works.Describe(
            container.Id,
            new JsonObject
            {
                ["Image"] = Image,
                ["Config"] = new JsonObject
                {
                    ["Image"] = "rentguy/api:2.4.1",
                    ["Labels"] = new JsonObject { ["sevensa.tenant"] = "rentguy" },
                },
                ["HostConfig"] = new JsonObject { ["NetworkMode"] = "none" },
            }
        );
        return container;
    }

    private static ActionPlan Plan(ContainerFacts container, string verb, JsonElement arguments) =>
        Samples.Plan(
            "p1",
            "service.deploy",
            [new PlanStep(1, verb, container.Id, "do it", arguments)],
            new PlanVerification(VerificationKinds.Running, 5, "running"),
            new PlanUndo(UndoKinds.Reverse, "as it was"),
            container
        );

    private static JsonElement ArgumentsOf(string verb) =>
        verb switch
        {
            StepVerbs.ContainerRecreate => StepJson.Of(new RecreateArguments(SteadySeconds: 0)),
            StepVerbs.ContainerHarden => StepJson.Of(new HardenArguments(NoNewPrivileges: true, SteadySeconds: 0)),
            _ => StepJson.Of(new CreateArguments(Name: "rentguy-api-2", SteadySeconds: 0)),
        };

    [Theory]
    [InlineData(StepVerbs.ContainerRecreate)]
    [InlineData(StepVerbs.ContainerHarden)]
    [InlineData(StepVerbs.ContainerCreate)]
    public async Task One_that_is_made_has_them_before_it_is_started_and_before_the_former_one_ends(string verb)
    {
        var engine = new FakeEngine(time);
        await using var desk = new Desk(engine: engine, time: time, files: new HandedFilesStub(engine));
        var former = Api(desk);

        var outcome = await desk.RunAsync(Plan(former, verb, ArgumentsOf(verb)));

        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var made = Assert.Single(engine.Containers.Keys, id => id != former.Id);
        string[] told = [.. engine.Calls];
        var brought = Array.IndexOf(told, $"files {made}");
        Assert.True(brought >= 0, string.Join("\n", told));
        Assert.True(brought < Array.IndexOf(told, $"start {made}"), string.Join("\n", told));
        Assert.DoesNotContain(told[..brought], call => call.StartsWith($"stop {former.Id}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(StepVerbs.ContainerRecreate)]
    [InlineData(StepVerbs.ContainerHarden)]
    [InlineData(StepVerbs.ContainerCreate)]
    public async Task Where_they_cant_be_had_nothing_is_stopped_and_what_was_made_is_gone(string verb)
    {
        var engine = new FakeEngine(time);
        await using var desk = new Desk(
            engine: engine,
            time: time,
            files: new HandedFilesStub(engine) { IsAway = true }
        );
        var former = Api(desk);

        var outcome = await desk.RunAsync(Plan(former, verb, ArgumentsOf(verb)));

        Assert.Equal("secretUnread", outcome.Code);
        Assert.DoesNotContain(engine.Calls, call => call.StartsWith("stop", StringComparison.Ordinal));
        var left = Assert.Single(engine.Containers.Values);
        Assert.Equal((former.Id, "rentguy-api-1", "running"), (left.Id, left.Name, left.State));
    }

    [Fact]
    public async Task One_that_stays_stopped_needs_none()
    {
        var engine = new FakeEngine(time);
        await using var desk = new Desk(
            engine: engine,
            time: time,
            files: new HandedFilesStub(engine) { IsAway = true }
        );
        var former = Api(desk);
        engine.Containers[former.Id] = former = former with { State = "exited" };
        var plan = Plan(
            former,
            StepVerbs.ContainerRecreate,
            StepJson.Of(new RecreateArguments(KeepStopped: true, SteadySeconds: 0))
        );

        var outcome = await desk.RunAsync(
            plan with
            {
                Verification = new PlanVerification(VerificationKinds.Stopped, 5, "stopped"),
            }
        );

        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
    }
}
