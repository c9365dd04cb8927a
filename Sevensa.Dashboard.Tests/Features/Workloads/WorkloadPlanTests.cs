using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Workloads.Kinds;

namespace Sevensa.Dashboard.Tests.Features.Workloads;

/// <summary>Plans for workloads, made of objects that a real cluster told.</summary>
public sealed class WorkloadPlanTests
{
    private const string Digest = "@sha256:1111111111111111111111111111111111111111111111111111111111111111";

    private readonly Harbour harbour = new Harbour().Has();

    [Fact]
    public async Task A_plan_binds_the_object_and_the_template_that_it_was_made_for()
    {
        var plan = (await Restart()).Plan;
        var step = Assert.Single(plan.Steps);
        Assert.Equal(Harbour.Web.Uid, step.On);
        Assert.Equal(Harbour.Web.Uid, Assert.Single(plan.Containers).Id);
        Assert.Equal(Harbour.Web.ResourceVersion, step.Arguments!.Value.GetProperty("resourceVersion").GetString());
        Assert.Equal("Deployment/rentguy/web", plan.Target);
        Assert.Equal(UndoKinds.Reverse, plan.Undo.Kind);
        Assert.Empty(harbour.Planner.Differences(plan));
    }

    [Fact]
    public async Task Another_template_makes_it_stale_and_a_mere_status_does_not()
    {
        var plan = (await Restart()).Plan;
        harbour.Has(Harbour.Web with { ResourceVersion = "9999", Available = 1 });
        Assert.Empty(harbour.Planner.Differences(plan));
        harbour.Has(Harbour.Workload("rollout failed"));
        Assert.NotEmpty(harbour.Planner.Differences(plan));
    }

    [Fact]
    public async Task Scaling_says_what_the_autoscaler_makes_of_it()
    {
        harbour.Has(autoscalers: [Harbour.Autoscaler("web", 2, 6)]);
        Assert.Contains(await Notes(9), note => note.Contains("makes 6 of 9", StringComparison.Ordinal));
        Assert.Contains(await Notes(4), note => note.Contains("leaves 4", StringComparison.Ordinal));
        Assert.Contains(await Notes(0), note => note.Contains("is off", StringComparison.Ordinal));
        harbour.Has(autoscalers: [Harbour.Autoscaler("a", 2, 6), Harbour.Autoscaler("b", 1, 3)]);
        Assert.Contains(await Notes(4), note => note.Contains("stops both", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scaling_says_what_the_quota_leaves_and_what_budgets_want()
    {
        harbour.Has(
            quotas: [Harbour.Quota("5", "4")],
            budgets:
            [
                new DisruptionBudgetFacts(
                    "rentguy",
                    "web",
                    "rentguy",
                    Harbour.Web.Selector,
                    "minAvailable 2",
                    2,
                    2,
                    2,
                    0
                ),
            ]
        );
        Assert.Contains(
            await Notes(4),
            note => note.Contains("room for 1 more pods, and 2 are needed", StringComparison.Ordinal)
        );
        Assert.Contains(await Notes(1), note => note.Contains("minAvailable 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scaling_to_nothing_is_of_high_risk_and_rests_on_the_number_that_was_there()
    {
        var draft = await Scale(0);
        Assert.Equal(Risk.High, draft.AtLeast);
        harbour.Has(Harbour.Web with { Wanted = 3 });
        Assert.Contains("replicas were 2 and are 3", Assert.Single(harbour.Planner.Differences(draft.Plan)));
    }

    [Fact]
    public async Task The_servers_refusal_and_warnings_are_told_in_its_words()
    {
        harbour.Link.OnPreview = _ => new WorkloadPreview(
            null,
            [new PreviewedChange("x", "1", "2")],
            ["memory is odd"]
        );
        Assert.Contains(
            (await Restart()).Estimate.Notes!,
            note => note.EndsWith("memory is odd", StringComparison.Ordinal)
        );
        harbour.Link.OnPreview = _ => new WorkloadPreview(null, [], [], "denied request: no");
        Assert.Contains("denied request: no", (await Assert.ThrowsAsync<CannotPlanException>(Restart)).Message);
        harbour.Link.OnPreview = _ => new WorkloadPreview(null, [], []);
        Assert.Contains("so already", (await Assert.ThrowsAsync<CannotPlanException>(Restart)).Message);
    }

    [Theory]
    [InlineData("paused")]
    [InlineData("no replicas")]
    [InlineData("product's own")]
    [InlineData("may not")]
    [InlineData("no workload")]
    public async Task What_can_not_be_done_is_refused_with_the_reason(string words)
    {
        var web = Harbour.Web;
        _ = words switch
        {
            "paused" => harbour.Has(web with { Paused = true }),
            "no replicas" => harbour.Has(web with { Wanted = 0 }),
            "product's own" => harbour.Has(web with { SelfOf = "dashboard" }),
            "may not" => harbour.Has(
                missing:
                [
                    new MissingRight("rentguy", "patch deployments.apps", "No restarts.", [WorkloadVerbs.Restart]),
                ]
            ),
            _ => harbour.Has(web with { Name = "other", Service = "other" }),
        };
        Assert.Contains(words, (await Assert.ThrowsAsync<CannotPlanException>(Restart)).Message);
    }

    [Fact]
    public async Task The_gate_is_asked_for_the_digest_and_its_objection_stops_the_deploy()
    {
        var gate = Substitute.For<IImageGate>();
        var image = $"registry.example/rentguy/web:2{Digest}";
        gate.ObjectionAsync(Arg.Any<Caller>(), "rentguy", image, Arg.Any<CancellationToken>()).Returns("CVE-2026-1");
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() => Deploy(image, gate));
        Assert.Contains("CVE-2026-1", refused.Message);
    }

    [Fact]
    public async Task A_tag_is_what_pods_run_under_it_or_has_to_be_named_by_digest()
    {
        const string tag = "registry.example/rentguy/web:9";
        Assert.Contains("by its digest", (await Assert.ThrowsAsync<CannotPlanException>(() => Deploy(tag))).Message);
        harbour.Has(
            pods:
            [
                Harbour.Pod("web-1", true) with
                {
                    Containers =
                    [
                        new PodContainer(
                            "web",
                            tag,
                            $"registry.example/rentguy/web{Digest}",
                            "running",
                            "",
                            "",
                            null,
                            "",
                            0,
                            true,
                            0
                        ),
                    ],
                },
            ]
        );
        var step = Assert.Single((await Deploy(tag)).Plan.Steps);
        Assert.Equal(tag + Digest, step.Arguments!.Value.GetProperty("images").GetProperty("web").GetString());
    }

    [Fact]
    public async Task An_autoscalers_bounds_are_changed_with_what_becomes_of_the_pods()
    {
        harbour.Has(autoscalers: [Harbour.Autoscaler("web", 2, 6)]);
        var kind = new EditAutoscaler(harbour.Planner);
        var draft = await kind.PlanAsync(Harbour.Request("""{"minimum":3}"""), Ending);
        Assert.Contains(draft.Estimate.Notes!, note => note.Contains("makes 3 of them", StringComparison.Ordinal));
        Assert.Equal(("2 to 6 pods", "3 to 6 pods"), (draft.Plan.Changes[0].Before, draft.Plan.Changes[0].After));
        Assert.Empty(harbour.Planner.Differences(draft.Plan));
        foreach (
            var (parameters, words) in new[]
            {
                ("""{"minimum":7}""", "can't both be"),
                ("""{"maximum":6}""", "already"),
            }
        )
        {
            var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
                kind.PlanAsync(Harbour.Request(parameters), Ending)
            );
            Assert.Contains(words, refused.Message);
        }
    }

    [Fact]
    public async Task Resources_name_one_container_and_at_least_one_wish()
    {
        var kind = new ResizeWorkload(harbour.Planner);
        await Assert.ThrowsAsync<CannotPlanException>(() => kind.PlanAsync(Harbour.Request(), Ending));
        var draft = await kind.PlanAsync(Harbour.Request("""{"memoryLimit":"512Mi"}"""), Ending);
        var wishes = Assert.Single(draft.Plan.Steps).Arguments!.Value.GetProperty("resources");
        Assert.Equal("512Mi", wishes.GetProperty("memoryLimit").GetString());
        Assert.False(wishes.TryGetProperty("cpuLimit", out _));
    }

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private Task<PlanDraft> Restart() => new RestartWorkload(harbour.Planner).PlanAsync(Harbour.Request(), Ending);

    private Task<PlanDraft> Scale(int replicas) =>
        new ScaleWorkload(harbour.Planner).PlanAsync(
            Harbour.Request(FormattableString.Invariant($$"""{"replicas":{{replicas}}}""")),
            Ending
        );

    private async Task<IReadOnlyList<string>> Notes(int replicas) => (await Scale(replicas)).Estimate.Notes ?? [];

    private Task<PlanDraft> Deploy(string image, params IImageGate[] gates) =>
        new DeployWorkload(harbour.Planner, gates).PlanAsync(Harbour.Request($$"""{"image":"{{image}}"}"""), Ending);
}
