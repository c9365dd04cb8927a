using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Kubernetes;
using Sevensa.Dashboard.Runner.Kubernetes.Steps;
using Sevensa.Dashboard.Runner.Releases;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Runner.Kubernetes;

/// <summary>Steps of a cluster's plans, against what a real API server answered.</summary>
public sealed class WorkloadVerbTests : IAsyncLifetime
{
    private const string Uid = "65ac5866-24c0-48a2-bce0-72a8261acefe";
    private const string Standing = "undone";
    private const string Image = "registry.example/rentguy/web:1.2.0-missing";

    private readonly string folder = Directory.CreateTempSubdirectory("cluster-").FullName;
    private readonly SwiftTime time = new();
    private readonly ClusterState state = new(new Dictionary<string, string> { ["rentguy"] = "rentguy" });
    private readonly List<string> told = [];
    private StateFolder files = null!;
    private Journal journal = null!;
    private ScriptedCluster cluster = null!;

    public async ValueTask InitializeAsync()
    {
        files = StateFolder.Open(folder);
        journal = Journal.Open(files, time);
        cluster = await ScriptedCluster.StartAsync();
        state.Put(WorkloadKinds.Deployment, ScriptedCluster.Body("rollout done"));
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        journal.Dispose();
        files.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_failing_deploy_is_taken_back_with_the_whole_template_of_before()
    {
        cluster.Reads(
            "rollout done",
            "rollout failing, before the deadline",
            "rollout failed",
            "rollout failed",
            Standing
        );
        cluster.Answers("rollout that fails, deadline 6 s", "undo: the whole template of revision 2 put in place");
        cluster.Pods("pods of the failed rollout");
        var verb = Verb(WorkloadVerbs.Deploy);
        var work = Begin(WorkloadVerbs.Deploy, Deploying());

        var failed = await Assert.ThrowsAsync<StepException>(() => verb.DoAsync(work, Ending));

        Assert.Equal("rollout", failed.Code);
        Assert.Contains("gave its rollout up", failed.Message);
        Assert.Contains(Image, failed.Message);
        var (query, media, body) = Assert.Single(cluster.Asked);
        Assert.Contains("fieldValidation=Strict", query);
        Assert.Equal(KubeApi.StrategicMerge, media);
        Assert.Equal("515", (string?)body["metadata"]!["resourceVersion"]);
        var container = body["spec"]!["template"]!["spec"]!["containers"]![0]!.AsObject();
        Assert.Equal(["image", "name"], container.Select(member => member.Key).Order(StringComparer.Ordinal));

        cluster.ReadyPods(2);
        Assert.Contains("its former template again", await verb.UndoAsync(work, Ending));
        var back = cluster.Asked[1];
        Assert.Equal(KubeApi.JsonPatch, back.Media);
        var template = back.Body.AsArray().Single(one => (string?)one!["path"] == "/spec/template")!["value"]!;
        Assert.NotNull(template["spec"]!["containers"]![0]!["readinessProbe"]);
        Assert.NotNull(template["spec"]!["containers"]![0]!["resources"]);
        Assert.Equal("registry.example/rentguy/web:1.1.0", (string?)template["spec"]!["containers"]![0]!["image"]);
    }

    [Fact]
    public async Task What_the_controller_has_not_seen_yet_is_not_taken_for_done()
    {
        cluster.Reads("rollout done", "just after the undo", Standing);
        cluster.Answers("undo: the whole template of revision 2 put in place");
        cluster.ReadyPods(2);
        Assert.Contains(
            "stands",
            await Verb(WorkloadVerbs.Restart).DoAsync(Begin(WorkloadVerbs.Restart, Plain()), Ending)
        );
        Assert.NotEmpty(told);
    }

    [Fact]
    public async Task Pods_that_are_not_ready_by_their_own_condition_do_not_stand_whatever_the_numbers_say()
    {
        cluster.Reads("rollout done", Standing);
        cluster.Answers("undo: the whole template of revision 2 put in place");
        cluster.ReadyPods(1);
        var failed = await Assert.ThrowsAsync<StepException>(() =>
            Verb(WorkloadVerbs.Restart)
                .DoAsync(Begin(WorkloadVerbs.Restart, Plain() with { WithinSeconds = 2 }), Ending)
        );
        Assert.Contains("1 of 2 pods are ready by their own conditions", failed.Message);
    }

    [Fact]
    public async Task At_a_conflict_it_is_read_again_and_done_where_nothing_that_matters_differs()
    {
        cluster.Reads("rollout done", "rollout done", Standing);
        cluster.Answers(
            "the same change again with the old resource version",
            "undo: the whole template of revision 2 put in place"
        );
        cluster.ReadyPods(2);
        var arguments = Deploying() with { ResourceVersion = "466" };
        await Verb(WorkloadVerbs.Deploy).DoAsync(Begin(WorkloadVerbs.Deploy, arguments), Ending);
        Assert.Equal(
            ["466", "515"],
            cluster.Asked.Select(asked => (string?)asked.Body["metadata"]!["resourceVersion"])
        );
    }

    [Fact]
    public async Task At_a_conflict_with_another_template_nothing_is_done()
    {
        cluster.Reads("rollout done", "rollout failed");
        cluster.Answers("the same change again with the old resource version");
        var stale = await Assert.ThrowsAsync<StepException>(() =>
            Verb(WorkloadVerbs.Deploy).DoAsync(Begin(WorkloadVerbs.Deploy, Deploying()), Ending)
        );
        Assert.Equal("stale", stale.Code);
        Assert.Single(cluster.Asked);
    }

    [Fact]
    public async Task What_is_so_already_makes_no_pod_and_is_said()
    {
        cluster.Reads("rollout done");
        cluster.Answers("strategic patch that changes nothing");
        var same = await Assert.ThrowsAsync<StepException>(() =>
            Verb(WorkloadVerbs.Deploy).DoAsync(Begin(WorkloadVerbs.Deploy, Deploying()), Ending)
        );
        Assert.Equal("sameTemplate", same.Code);
    }

    [Fact]
    public async Task A_paused_one_is_refused_before_anything_is_asked_for()
    {
        state.Put(WorkloadKinds.Deployment, ScriptedCluster.Body("paused deployment"));
        cluster.Reads("paused deployment");
        var paused = ScriptedCluster.Body("paused deployment").GetProperty("metadata").GetProperty("uid").GetString()!;
        var work = Begin(WorkloadVerbs.Restart, Plain() with { Key = "Deployment/rentguy/api" }, paused);
        var refused = await Assert.ThrowsAsync<StepException>(() => Verb(WorkloadVerbs.Restart).DoAsync(work, Ending));
        Assert.Equal("paused", refused.Code);
        Assert.Empty(cluster.Asked);
        Assert.Null(work.Phase);
    }

    [Fact]
    public async Task Other_replicas_than_planned_are_stale()
    {
        cluster.Reads("rollout done");
        var arguments = Plain() with { ReplicasBefore = 3, Replicas = 5 };
        var stale = await Assert.ThrowsAsync<StepException>(() =>
            Verb(WorkloadVerbs.Scale).DoAsync(Begin(WorkloadVerbs.Scale, arguments), Ending)
        );
        Assert.Equal("stale", stale.Code);
        Assert.Contains("2 replicas", stale.Message);
    }

    [Fact]
    public async Task Nothing_written_down_is_nothing_to_take_back()
    {
        cluster.Reads("rollout done");
        Assert.Null(await Verb(WorkloadVerbs.Deploy).UndoAsync(Begin(WorkloadVerbs.Deploy, Deploying()), Ending));
        Assert.Empty(cluster.Asked);
    }

    /// <summary>Each refusal that was recorded is told in the server's words, and never with the object that was sent.</summary>
    [Fact]
    public void Refusals_are_told_in_words_and_without_objects()
    {
        var refused = Recorded
            .Of("kubernetes")
            .Where(exchange => exchange.Status >= 400)
            .Select(exchange =>
                (
                    exchange.Name,
                    Told: WorkloadDoor.Told(
                        KubeException.Of((System.Net.HttpStatusCode)exchange.Status, exchange.Body, null)
                    )
                )
            )
            .ToList();
        Assert.NotEmpty(refused);
        Assert.All(
            refused,
            one =>
            {
                Assert.NotEmpty(one.Told.Message);
                Assert.DoesNotContain("\"apiVersion\"", one.Told.Message);
                Assert.InRange(one.Told.Message.Length, 10, 600);
            }
        );
    }

    [Fact]
    public async Task A_preview_tells_what_the_server_would_store()
    {
        cluster.Reads("rollout done");
        cluster.Answers("rollout that fails, deadline 6 s");
        var step = new PlanStep(1, WorkloadVerbs.Deploy, Uid, "Deploy", WorkloadJson.Of(Deploying()));
        var preview = await new StepPreview(
            new WorkloadDoor(cluster.Api, state),
            new AutoscalerVerb(cluster.Api),
            time
        ).AskAsync(step, Ending);
        Assert.Null(preview.Trouble);
        Assert.Contains(
            preview.Changes,
            change =>
                change.Path == "spec.template.spec.containers[web].image"
                && change.Before == "registry.example/rentguy/web:1.1.0"
                && change.After == Image
        );
        var (query, _, _) = Assert.Single(cluster.Asked);
        Assert.Contains("dryRun=All", query);
        Assert.Contains("fieldValidation=Strict", query);
    }

    [Fact]
    public async Task A_preview_that_is_refused_says_why()
    {
        cluster.Reads("rollout done");
        cluster.Answers("restart refused by the policy");
        var step = new PlanStep(1, WorkloadVerbs.Restart, Uid, "Restart", WorkloadJson.Of(Plain()));
        var preview = await new StepPreview(
            new WorkloadDoor(cluster.Api, state),
            new AutoscalerVerb(cluster.Api),
            time
        ).AskAsync(step, Ending);
        Assert.Contains("ValidatingAdmissionPolicy", preview.Trouble);
    }

    [Fact]
    public async Task An_autoscalers_bounds_are_set_and_others_than_planned_are_stale()
    {
        const string before = "autoscaler of a workload at zero";
        cluster.Reads(before, before, before, "autoscaler edited", before);
        cluster.Answers(
            "the same change again with the old resource version",
            "autoscaler edited",
            "autoscaler edited, minimum above maximum"
        );
        var arguments = new AutoscalerArguments(
            "Deployment/witcom/shop",
            "shop",
            "0426182b-d6af-4dda-adf2-c8955e570a38",
            2,
            6,
            2,
            8
        );
        var verb = new AutoscalerVerb(cluster.Api);
        var step = new PlanStep(1, verb.Verb, Uid, "", WorkloadJson.Of(arguments));
        var work = Begin(step);
        Assert.Contains("2 to 8", await verb.DoAsync(work, Ending));
        Assert.Equal(2, cluster.Asked.Count);
        Assert.Equal(8, (int?)cluster.Asked[1].Body["spec"]!["maxReplicas"]);
        var stale = await Assert.ThrowsAsync<StepException>(() => verb.DoAsync(work, Ending));
        Assert.Contains("were 2 to 6 and are 2 to 8", stale.Message);
        var refused = await Assert.ThrowsAsync<Sevensa.Dashboard.Runner.Docker.EngineException>(() =>
            verb.DoAsync(work, Ending)
        );
        Assert.Contains("422", refused.Message);
    }

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    private static WorkloadArguments Plain() => new(ScriptedCluster.Key, "515", 3600);

    private static WorkloadArguments Deploying() =>
        Plain() with
        {
            Images = new Dictionary<string, string> { ["web"] = Image },
        };

    private IStepVerb Verb(string name) =>
        WorkloadVerb
            .All(cluster.Api, state, new KeptTemplates(SpecificationStore.Open(files)), time)
            .Single(verb => verb.Verb == name);

    private StepWork Begin(string verb, WorkloadArguments arguments, string uid = Uid) =>
        Begin(new PlanStep(1, verb, uid, verb, WorkloadJson.Of(arguments)));

    private StepWork Begin(PlanStep step)
    {
        var plan = Samples.Plan(
            "p1",
            step.Verb,
            [step],
            new PlanVerification(VerificationKinds.None, 60, ""),
            new PlanUndo(UndoKinds.Reverse, ""),
            Samples.Container("web")
        );
        Assert.True(journal.TryBegin(Samples.Signed(plan, time.GetUtcNow())));
        return new StepWork(plan, step, journal, (_, _, _, text) => told.Add(text ?? ""));
    }
}
