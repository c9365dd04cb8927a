using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Workflows;
using Sevensa.Dashboard.Features.Workflows.Running;
using Sevensa.Dashboard.Sandbox.N8n;

namespace Sevensa.Dashboard.Tests.Features.Workflows;

/// <summary>A workflow is run once, whatever becomes of the answer, and its end is read from what n8n wrote down.</summary>
public sealed class RunWorkflowTests : IAsyncLifetime
{
    private N8nGround n8n = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => n8n = await N8nGround.OpenAsync();

    public ValueTask DisposeAsync() => n8n.DisposeAsync();

    /// <summary>Takes the call, runs the workflow, and loses the answer.</summary>
    private static Task LoseAsync(HttpContext context, N8nStandIn n8n) => LoseAsync(context, n8n, () => { });

    /// <param name="before">What becomes of the run before anybody learns that the answer is lost, and looks for it.</param>
    private static async Task LoseAsync(HttpContext context, N8nStandIn n8n, Action before)
    {
        context.Response.Body = new MemoryStream();
        await n8n.AnswerAsync(context);
        before();
        context.Abort();
    }

    private async Task<ActionOutcome?> LaterAsync(ActionPlan plan, DateTimeOffset dispatchedAt)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        return await new RunAftermath(n8n.All, clock).ReconcileAsync(plan, dispatchedAt, Stop);
    }

    [Fact]
    public async Task Runs_once_by_its_webhook_with_what_the_plan_shows()
    {
        n8n.Flow("nightly", "rentguy");
        var plan = (await n8n.PlanAsync("rentguy", "nightly", """{"input": {"day": 3}, "waitSeconds": 5}""")).Plan;
        Assert.Equal(("nightly", "dashboard"), (plan.Target, plan.Executor.Role));
        Assert.Contains(plan.Changes, change => change.After == "code, webhook");
        var outcome = await n8n.RunAsync(plan);
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        Assert.StartsWith("Run 1 of nightly succeeded", outcome.Text, StringComparison.Ordinal);
        var run = Assert.Single(n8n.N8n.Runs);
        Assert.Equal(3, (int)run.Input!["body"]!["day"]!);
        Assert.Equal(RunOrder.Mark(plan.ProposalId), (string)run.Input["headers"]!["x-sevensa-run"]!);
        Assert.Equal([1, 2, 3], n8n.Told.Where(told => told.Status == "done").Select(told => told.Step!.Value));
    }

    [Fact]
    public async Task An_answer_that_is_lost_is_looked_up_and_not_asked_for_again()
    {
        n8n.Flow("nightly", "rentguy");
        n8n.Instead = LoseAsync;
        var outcome = await n8n.RunAsync("rentguy", "nightly");
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        Assert.Equal((1, 1), (n8n.Calls, n8n.N8n.Runs.Count));
    }

    [Fact]
    public async Task Another_run_of_the_same_workflow_is_not_taken_for_it()
    {
        var flow = n8n.Flow("nightly", "rentguy");
        n8n.Instead = (context, standIn) =>
        {
            standIn.Run(flow, null, new JsonObject { ["body"] = "somebody else's" }, "webhook");
            context.Abort();
            return Task.CompletedTask;
        };
        var plan = (await n8n.PlanAsync("rentguy", "nightly")).Plan;
        var outcome = await n8n.RunAsync(plan);
        Assert.Equal(ProposalState.Unknown, outcome.State);
        Assert.Contains("not begun again", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(1, n8n.Calls);
        var now = TimeProvider.System.GetUtcNow();
        Assert.Null(await LaterAsync(plan, now));
        var later = await LaterAsync(plan, now.AddMinutes(-11));
        Assert.Equal(ProposalState.Failed, later!.State);
        Assert.Contains("no run of nightly that carries this action's mark", later.Text, StringComparison.Ordinal);
        Assert.Equal(1, n8n.Calls);
    }

    [Fact]
    public async Task One_that_goes_on_is_unknown_until_n8n_says_how_it_ended()
    {
        var flow = n8n.Flow("long", "rentguy");
        n8n.Instead = async (context, standIn) =>
        {
            await standIn.AnswerAsync(context);
            standIn.Runs[0] = standIn.Runs[0] with { Status = "running", StoppedAt = null };
        };
        var plan = (await n8n.PlanAsync("rentguy", "long")).Plan;
        var outcome = await n8n.RunAsync(plan);
        Assert.Equal(ProposalState.Unknown, outcome.State);
        Assert.StartsWith("Run 1 of long was begun and goes on still", outcome.Text, StringComparison.Ordinal);
        var dispatched = TimeProvider.System.GetUtcNow();
        Assert.Null(await LaterAsync(plan, dispatched));
        n8n.N8n.Runs[0] = n8n.N8n.Runs[0] with { Status = "success", StoppedAt = dispatched };
        Assert.Equal(ProposalState.Succeeded, (await LaterAsync(plan, dispatched))!.State);
        Assert.Equal((1, flow.Id), (n8n.Calls, n8n.N8n.Runs[0].Workflow));
    }

    [Fact]
    public async Task A_workflow_that_answers_404_itself_is_not_called_again()
    {
        n8n.Flow("nightly", "rentguy");
        n8n.Instead = async (context, standIn) =>
        {
            var sent = context.Response.Body;
            context.Response.Body = new MemoryStream();
            await standIn.AnswerAsync(context);
            context.Response.Body = sent;
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("""{"message": "Customer 7 is not registered"}""");
        };
        Assert.Equal(ProposalState.Succeeded, (await n8n.RunAsync("rentguy", "nightly")).State);
        Assert.Equal((1, 1), (n8n.Calls, n8n.N8n.Runs.Count));
    }

    [Theory]
    [InlineData("running")]
    [InlineData("new")]
    public async Task While_one_goes_on_that_is_not_written_down_yet_nobody_says_that_none_was_begun(string status)
    {
        n8n.Flow("long", "rentguy");
        n8n.Instead = async (context, standIn) =>
        {
            context.Response.Body = new MemoryStream();
            await standIn.AnswerAsync(context);
            standIn.Runs[0] = standIn.Runs[0] with { Status = status, StoppedAt = null, Input = null };
            context.Abort();
        };
        var plan = (await n8n.PlanAsync("rentguy", "long")).Plan;
        Assert.Equal(ProposalState.Unknown, (await n8n.RunAsync(plan)).State);
        Assert.Null(await LaterAsync(plan, TimeProvider.System.GetUtcNow().AddMinutes(-11)));
    }

    [Fact]
    public async Task Where_more_runs_began_meanwhile_than_are_looked_at_nobody_says_that_none_was_begun()
    {
        var flow = n8n.Flow("busy", "rentguy");
        var plan = (await n8n.PlanAsync("rentguy", "busy")).Plan;
        for (var run = 0; run < 50; run++)
        {
            n8n.N8n.Run(flow, null, new JsonObject { ["body"] = "somebody else's" }, "webhook");
        }
        Assert.Null(await LaterAsync(plan, TimeProvider.System.GetUtcNow().AddMinutes(-11)));
    }

    [Fact]
    public async Task A_workflow_that_loses_its_tag_while_it_is_planned_is_not_the_tenants_any_more()
    {
        var flow = n8n.Flow("nightly", "rentguy");
        n8n.Meanwhile = flow.Tags.Clear;
        await Assert.ThrowsAsync<CannotPlanException>(() =>
            n8n.PlanAsync("rentguy", "nightly", caller: N8nGround.Person("rentguy"))
        );
    }

    [Fact]
    public async Task One_that_n8n_did_not_outlive_is_told_as_cut_off()
    {
        n8n.Flow("nightly", "rentguy");
        n8n.Instead = (context, standIn) =>
            LoseAsync(
                context,
                standIn,
                () => standIn.Runs[0] = standIn.Runs[0] with { Status = "crashed", Input = null }
            );
        var plan = (await n8n.PlanAsync("rentguy", "nightly")).Plan;
        Assert.Equal(ProposalState.Unknown, (await n8n.RunAsync(plan)).State);
        var later = await LaterAsync(plan, TimeProvider.System.GetUtcNow().AddMinutes(-11));
        // It began after it was dispatched, as far as clocks that differ can say.
        Assert.Equal(ProposalState.Failed, later!.State);
        Assert.Contains("cut off when n8n ended", later.Text, StringComparison.Ordinal);
        Assert.Equal(1, n8n.Calls);
    }

    [Theory]
    [InlineData("throw new Error('no such host: vps-9');", "onReceived", "no such host: vps-9")]
    [InlineData("throw new Error('no such host: vps-9');", "lastNode", "no such host: vps-9")]
    [InlineData("return [];", "responseNode", "No Respond to Webhook node found")]
    public async Task A_run_that_fails_is_told_with_its_words_whatever_the_webhook_answered(
        string code,
        string mode,
        string words
    )
    {
        n8n.Flow("fails", "rentguy", code, mode);
        var outcome = await n8n.RunAsync("rentguy", "fails");
        Assert.Equal((ProposalState.Failed, "none"), (outcome.State, outcome.Undo));
        Assert.Contains(words, outcome.Text, StringComparison.Ordinal);
        Assert.Equal(1, n8n.Calls);
    }

    [Fact]
    public async Task One_that_waits_for_a_call_was_begun()
    {
        n8n.Flow("asks", "rentguy", kind: "wait");
        var outcome = await n8n.RunAsync("rentguy", "asks");
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        Assert.Contains("waits for a call", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Active_is_believed_when_the_webhook_answers()
    {
        var flow = n8n.Flow("fresh", "rentguy", active: false);
        // The API says active, and nothing listens for a minute.
        flow.Activate([], n8n.N8n.Now.AddMinutes(1));
        var outcome = await n8n.RunAsync("rentguy", "fresh");
        Assert.Equal(ProposalState.Failed, outcome.State);
        Assert.Contains("nothing listens at its webhook", outcome.Text, StringComparison.Ordinal);
        Assert.EndsWith("Nothing was begun.", outcome.Text, StringComparison.Ordinal);
        Assert.Equal((4, 0), (n8n.Calls, n8n.N8n.Runs.Count));

        // As long as it always is for a moment.
        flow.Deactivate(n8n.N8n.Now.AddHours(-1));
        flow.Activate([], n8n.N8n.Now);
        var again = await n8n.RunAsync("rentguy", "fresh");
        Assert.Equal(ProposalState.Succeeded, again.State);
        Assert.Single(n8n.N8n.Runs);
    }

    [Fact]
    public async Task What_changed_since_it_was_planned_is_not_run()
    {
        var flow = n8n.Flow("nightly", "rentguy");
        var plan = (await n8n.PlanAsync("rentguy", "nightly")).Plan;
        Assert.Empty(await n8n.Kind.DifferencesAsync(plan, Stop));
        flow.Save(n8n.N8n.Now);
        // A draft changes nothing of what runs.
        Assert.Empty(await n8n.Kind.DifferencesAsync(plan, Stop));
        flow.Activate([], n8n.N8n.Now.AddHours(-1));
        Assert.Contains(
            "Another version",
            Assert.Single(await n8n.Kind.DifferencesAsync(plan, Stop)),
            StringComparison.Ordinal
        );
        Assert.Equal((ProposalState.Refused, "stale"), await StateAsync(plan));

        var moved = (await n8n.PlanAsync("rentguy", "nightly")).Plan;
        flow.Tags.Clear();
        n8n.N8n.Tag(flow, "tenant:witcom");
        Assert.Equal((ProposalState.Refused, "stale"), await StateAsync(moved));
        flow.Deactivate(n8n.N8n.Now);
        Assert.Equal((ProposalState.Refused, "stale"), await StateAsync(moved));
        Assert.Equal(0, n8n.Calls);
    }

    private async Task<(ProposalState, string?)> StateAsync(ActionPlan plan)
    {
        var outcome = await n8n.RunAsync(plan);
        return (outcome.State, outcome.Code);
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_was_begun()
    {
        n8n.Flow("nightly", "rentguy");
        var plan = (await n8n.PlanAsync("rentguy", "nightly")).Plan;
        n8n.Set.WebhookUrl = $"http://127.0.0.1:{Workspace.FreePort()}";
        var outcome = await n8n.RunAsync(plan);
        Assert.Equal(ProposalState.Failed, outcome.State);
        Assert.Contains("Connection refused", outcome.Text, StringComparison.Ordinal);
        Assert.EndsWith("Nothing was begun.", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_with_a_header_is_called_with_the_one_that_is_set()
    {
        n8n.Flow("guarded", "rentguy", authentication: "headerAuth");
        Assert.Equal(ProposalState.Succeeded, (await n8n.RunAsync("rentguy", "guarded")).State);
        await File.WriteAllTextAsync(n8n.Set.WebhookSecretFile!, "another-secret", Stop);
        var refused = await n8n.RunAsync("rentguy", "guarded");
        Assert.Equal(ProposalState.Failed, refused.State);
        Assert.Contains("403: Authorization data is wrong!", refused.Text, StringComparison.Ordinal);
        Assert.Single(n8n.N8n.Runs);
    }

    [Fact]
    public async Task By_mcp_the_run_has_its_number_at_once_and_a_refusal_is_read()
    {
        n8n.WithMcp();
        var flow = n8n.Flow("nightly", "rentguy", method: "GET");
        flow.Settings["availableInMCP"] = true;
        flow.Exposed = true;
        var plan = (await n8n.PlanAsync("rentguy", "nightly", """{"input": {"a": 1}, "waitSeconds": 5}""")).Plan;
        Assert.Contains("execute_workflow", plan.Steps[1].Title, StringComparison.Ordinal);
        var outcome = await n8n.RunAsync(plan);
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        Assert.Equal(1, (int)Assert.Single(n8n.N8n.Runs).Input!["body"]!["a"]!);
        Assert.Null(n8n.Instance.Lookup.Begun(plan.ProposalId));

        flow.Exposed = false;
        var refused = await n8n.RunAsync(plan);
        Assert.Equal(ProposalState.Failed, refused.State);
        Assert.Contains("Workflow is not available in MCP", refused.Text, StringComparison.Ordinal);

        // Its answer is lost: what began is found by its mark.
        flow.Exposed = true;
        n8n.Instead = LoseAsync;
        Assert.Equal(ProposalState.Succeeded, (await n8n.RunAsync(plan)).State);
        Assert.Equal((3, 2), (n8n.Calls, n8n.N8n.Runs.Count));
    }
}
