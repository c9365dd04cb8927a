using System.Net.Http.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Features.Workflows;
using Sevensa.Dashboard.Features.Workflows.Running;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Sandbox.N8n;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Alerts.AlertsApi;

namespace Sevensa.Dashboard.Tests.Features.Workflows;

/// <summary>Several n8n beside each other: the one that the section itself names, and one with a name.</summary>
public sealed class N8nInstancesTests : IAsyncLifetime
{
    private N8nGround main = null!;
    private N8nGround crm = null!;
    private N8nInstances both = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (main, crm) = (await N8nGround.OpenAsync(), await N8nGround.OpenAsync("crm"));
        both = new N8nInstances([main.Instance, crm.Instance]);
    }

    public async ValueTask DisposeAsync()
    {
        await main.DisposeAsync();
        await crm.DisposeAsync();
    }

    private Task<PlanDraft> PlanAsync(string target, Caller? caller = null, string tenant = "rentguy") =>
        N8nGround
            .KindOf(both)
            .PlanAsync(
                new PlanRequest(
                    $"01jd{Guid.NewGuid():N}",
                    new TenantScope([tenant]),
                    tenant,
                    target,
                    System.Text.Json.JsonElement.Parse("""{"waitSeconds": 5}"""),
                    caller ?? N8nGround.Person()
                ),
                Stop
            );

    [Fact]
    public async Task Workflows_of_both_are_told_each_with_its_instance()
    {
        // The same file imported into both has one id in both.
        var flow = main.Flow("nightly", "rentguy");
        var same = crm.N8n.Add(flow.Id, "nightly", [], [], []);
        crm.N8n.Tag(same, "tenant:rentguy");
        crm.N8n.Run(same, null, null, "trigger");
        var desk = N8nGround.DeskOf(both);
        var all = await desk.ListAsync(N8nGround.Person("rentguy"), Stop);
        Assert.Equal(
            [("crm", $"crm:{flow.Id}"), ("main", flow.Id)],
            all.Select(workflow => (workflow.Instance, workflow.Id)).Order()
        );
        Assert.Single(await desk.RunsAsync(N8nGround.Person("rentguy"), $"crm:{flow.Id}", Stop));
        Assert.Empty(await desk.RunsAsync(N8nGround.Person("rentguy"), flow.Id, Stop));
        Assert.Empty(await desk.RunsAsync(N8nGround.Person("rentguy"), $"main:{flow.Id}", Stop));
        await Assert.ThrowsAsync<UnknownWorkflowException>(() =>
            desk.RunsAsync(N8nGround.Person("witcom"), $"crm:{flow.Id}", Stop)
        );
        await Assert.ThrowsAsync<UnknownWorkflowException>(() =>
            desk.RunsAsync(N8nGround.Person("rentguy"), $"other:{flow.Id}", Stop)
        );
    }

    [Fact]
    public async Task A_run_goes_to_the_instance_that_its_plan_names_and_to_no_other()
    {
        main.Flow("nightly", "rentguy");
        var flow = crm.Flow("nightly", "rentguy");
        var several = await Assert.ThrowsAsync<CannotPlanException>(() => PlanAsync("nightly"));
        Assert.Contains($"(crm:{flow.Id})", several.Message, StringComparison.Ordinal);
        foreach (var target in (string[])[$"crm:{flow.Id}", "crm:nightly"])
        {
            var plan = (await PlanAsync(target)).Plan;
            Assert.Contains(plan.Changes, change => change.After == "crm");
            Assert.All(plan.Steps, step => Assert.Equal($"crm:{flow.Id}", step.On));
            var outcome = await new RunWorkflowExecutor(N8nGround.KindOf(both), both, TimeProvider.System).ExecuteAsync(
                new SignedAction(
                    1,
                    plan.ProposalId,
                    "",
                    TimeProvider.System.GetUtcNow(),
                    TimeProvider.System.GetUtcNow().AddHours(1),
                    "",
                    plan,
                    []
                ),
                _ => Task.CompletedTask,
                Stop
            );
            Assert.Equal(ProposalState.Succeeded, outcome.State);
        }
        Assert.Equal((0, 2), (main.N8n.Runs.Count, crm.N8n.Runs.Count));
    }

    [Fact]
    public async Task A_plan_of_an_instance_that_is_gone_is_not_run_by_another()
    {
        var flow = crm.Flow("nightly", "rentguy");
        var plan = (await PlanAsync($"crm:{flow.Id}")).Plan;
        Assert.Empty(await N8nGround.KindOf(both).DifferencesAsync(plan, Stop));
        Assert.Contains(
            "no n8n crm in the settings",
            Assert.Single(await main.Kind.DifferencesAsync(plan, Stop)),
            StringComparison.Ordinal
        );
        var outcome = await main.RunAsync(plan);
        Assert.Equal(ProposalState.Failed, outcome.State);
        Assert.EndsWith("Nothing was begun.", outcome.Text, StringComparison.Ordinal);
        Assert.Equal((0, 0), (main.Calls, crm.Calls));
    }

    [Fact]
    public async Task A_tag_names_only_tenants_that_the_instance_is_for()
    {
        crm.Set.Tenants = ["witcom"];
        var theirs = crm.Flow("sync", "witcom");
        crm.Flow("not theirs", "rentguy");
        var desk = N8nGround.DeskOf(both);
        Assert.Equal(
            [$"crm:{theirs.Id}"],
            (await desk.ListAsync(N8nGround.Person("witcom", "rentguy"), Stop)).Select(workflow => workflow.Id)
        );
        var foreign = (await desk.ListAsync(N8nGround.Person(), Stop)).Single(one => one.Name == "not theirs");
        Assert.Null(foreign.Tenant);
        Assert.Contains("a tenant that this n8n is not for", foreign.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_instance_that_is_one_tenants_the_workflows_without_a_tag_are_theirs()
    {
        (crm.Set.Tenants, crm.Set.Tenant) = (["witcom"], "witcom");
        var flow = crm.Flow("sync", null);
        main.Flow("export", null);
        var seen = await N8nGround.DeskOf(both).ListAsync(N8nGround.Person("witcom"), Stop);
        Assert.Equal($"crm:{flow.Id}", Assert.Single(seen).Id);
        var plan = await PlanAsync("sync", N8nGround.Person("witcom"), "witcom");
        Assert.False(plan.Estimate.OfNobody);
    }

    [Fact]
    public async Task While_one_is_away_the_others_are_shown_and_no_list_looks_whole()
    {
        var flow = main.Flow("nightly", "rentguy");
        crm.Set.SandboxKey = "another key";
        var desk = N8nGround.DeskOf(both);
        var seen = await desk.LookAsync(N8nGround.Person(), Stop);
        Assert.Equal(flow.Id, Assert.Single(seen.Workflows).Id);
        var (name, why) = Assert.Single(seen.Away);
        Assert.Equal(("crm", "n8n crm"), (name, why.Upstream));
        Assert.Contains("KeyFile of crm in N8n:Instances", why.Remedy, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UpstreamException>(() => desk.ListAsync(N8nGround.Person(), Stop));
        Assert.Single(await desk.ListAsync(N8nGround.Person(), Stop, "main"));
        // A name may be one there too; an id is where it is.
        await Assert.ThrowsAsync<CannotPlanException>(() => PlanAsync("nightly"));
        Assert.Equal("nightly", (await PlanAsync(flow.Id)).Plan.Target);
    }

    [Fact]
    public async Task The_settings_name_them_and_the_api_tells_which_has_what()
    {
        var key = Path.GetTempFileName();
        await File.WriteAllTextAsync(key, N8nStandIn.Key, Stop);
        try
        {
            var flow = crm.Flow("sync contacts", "witcom");
            await using var app = await ConfiguredApp.StartAsync(
                ("N8n:Instances:0:Name", "crm"),
                ("N8n:Instances:0:Url", crm.Set.Url!),
                ("N8n:Instances:0:KeyFile", key)
            );
            using var admin = await app.ApiAsAsync("admin");
            var all = (await GetAsync(admin, "/api/v1/workflows"))["items"]!.AsArray();
            Assert.Contains(all, one => (string?)one!["instance"] == "main" && (string?)one["name"] == "Contact sync");
            var own = Assert.Single((await GetAsync(admin, "/api/v1/workflows?instance=crm"))["items"]!.AsArray())!;
            Assert.Equal($"crm:{flow.Id}", (string?)own["id"]);
            Assert.Empty((await GetAsync(admin, $"/api/v1/workflows/{(string?)own["id"]}/runs"))["items"]!.AsArray());

            var proposal = await ProposeAsync(
                admin,
                "n8n.workflow.run",
                "witcom",
                $"crm:{flow.Id}",
                new { waitSeconds = 5 }
            );
            await SandboxApp.GoodAsync(
                admin.PostAsJsonAsync(
                    $"/api/v1/proposals/{(string?)proposal["id"]}/approve",
                    new { planHash = (string?)proposal["planHash"] },
                    Stop
                )
            );
            await Eventually.TrueAsync("the run", _ => Task.FromResult(crm.N8n.Runs.Count == 1));
            var states = await admin.GetStringAsync("/readyz", Stop);
            Assert.Contains("\"n8n crm\"", states, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(key);
        }
    }
}
