using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Workflows;
using Sevensa.Dashboard.Features.Workflows.Running;
using Sevensa.Dashboard.Sandbox.N8n;

namespace Sevensa.Dashboard.Tests.Features.Workflows;

/// <summary>What is found out afterwards of a run whose end nobody saw, and how often n8n is asked for it.</summary>
public sealed class RunAftermathTests : IAsyncLifetime
{
    private readonly FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
    private N8nGround n8n = null!;
    private N8nFlow flow = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        n8n = await N8nGround.OpenAsync();
        flow = n8n.Flow("nightly", "rentguy");
    }

    public ValueTask DisposeAsync() => n8n.DisposeAsync();

    private RunAftermath Aftermath() => new(n8n.All, clock);

    /// <summary>A plan that runs a schedule by MCP, which takes no mark.</summary>
    private async Task<ActionPlan> ScheduledAsync()
    {
        var plan = (await n8n.PlanAsync("rentguy", "nightly")).Plan;
        var byMcp = RunOrder.Of(plan) with { By = RunBy.Mcp, TakesInput = false };
        return plan with
        {
            Steps =
            [
                .. plan.Steps.Select(step =>
                    step.Verb == RunOrder.Start
                        ? step with
                        {
                            Arguments = JsonSerializer.SerializeToElement(byMcp, RunOrder.Json),
                        }
                        : step
                ),
            ],
        };
    }

    private void Ran(string status, DateTimeOffset at) =>
        n8n.N8n.Runs.Add(
            new N8nRun(
                n8n.N8n.Runs.Count + 1,
                flow.Id,
                status,
                "trigger",
                at,
                status == "running" ? null : at.AddSeconds(2),
                null,
                status == "error" ? "no such host" : null,
                null
            )
        );

    [Fact]
    public async Task One_look_asks_n8n_for_what_is_needed_once()
    {
        var plan = (await n8n.PlanAsync("rentguy", "nightly")).Plan;
        n8n.N8n.Run(flow, null, new JsonObject { ["body"] = "somebody else's" }, "webhook");
        var before = n8n.Asked;
        var none = await Aftermath().ReconcileAsync(plan, clock.GetUtcNow().AddMinutes(-11), Stop);
        Assert.Equal(ProposalState.Failed, none!.State);
        // Runs that wait, run and ended; what the one was called with; whether the workflow keeps its runs.
        Assert.Equal(5, n8n.Asked - before);
    }

    [Fact]
    public async Task What_is_not_found_is_asked_for_more_and_more_seldom()
    {
        var plan = (await n8n.PlanAsync("rentguy", "nightly")).Plan;
        var (aftermath, sent, looks) = (Aftermath(), clock.GetUtcNow(), new List<int>());
        for (var second = 0; second < 90; second++)
        {
            var before = n8n.Asked;
            Assert.Null(await aftermath.ReconcileAsync(plan, sent, Stop));
            if (n8n.Asked > before)
            {
                looks.Add(second);
            }
            clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal([0, 5, 15, 35, 75], looks);
    }

    [Fact]
    public async Task A_number_that_was_told_is_asked_for_by_itself()
    {
        var plan = await ScheduledAsync();
        Ran("running", clock.GetUtcNow());
        Ran("error", clock.GetUtcNow());
        n8n.Instance.Lookup.Keep(plan.ProposalId, "1");
        var aftermath = Aftermath();
        Assert.Null(await aftermath.ReconcileAsync(plan, clock.GetUtcNow(), Stop));
        n8n.N8n.Runs[0] = n8n.N8n.Runs[0] with { Status = "success", StoppedAt = clock.GetUtcNow() };
        clock.Advance(TimeSpan.FromSeconds(5));
        var before = n8n.Asked;
        var found = await aftermath.ReconcileAsync(plan, clock.GetUtcNow(), Stop);
        Assert.Equal(ProposalState.Succeeded, found!.State);
        Assert.StartsWith("Run 1 of nightly succeeded", found.Text, StringComparison.Ordinal);
        Assert.Equal(1, n8n.Asked - before);
    }

    [Fact]
    public async Task Of_a_schedule_the_only_run_of_that_time_is_told_and_that_this_is_all_that_is_known()
    {
        var plan = await ScheduledAsync();
        var sent = clock.GetUtcNow().AddMinutes(-4);
        Ran("success", sent.AddHours(-1));
        Ran("error", sent.AddSeconds(3));
        var found = await Aftermath().ReconcileAsync(plan, sent, Stop);
        Assert.Equal(ProposalState.Failed, found!.State);
        Assert.StartsWith("Run 2 of nightly failed", found.Text, StringComparison.Ordinal);
        Assert.Contains(
            "the only run of nightly that began when this action was sent",
            found.Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Of_a_schedule_with_several_runs_of_that_time_nobody_is_told_which_it_was()
    {
        var plan = await ScheduledAsync();
        var sent = clock.GetUtcNow().AddMinutes(-4);
        Ran("success", sent.AddSeconds(3));
        Ran("running", sent.AddSeconds(30));
        Assert.Null(await Aftermath().ReconcileAsync(plan, sent, Stop));
        n8n.N8n.Runs[1] = n8n.N8n.Runs[1] with { Status = "success", StoppedAt = sent.AddMinutes(1) };
        var good = await Aftermath().ReconcileAsync(plan, sent, Stop);
        Assert.Equal(ProposalState.Succeeded, good!.State);
        Assert.Contains("(1 succeeded, 2 succeeded)", good.Text, StringComparison.Ordinal);
        n8n.N8n.Runs[1] = n8n.N8n.Runs[1] with { Status = "error" };
        var bad = await Aftermath().ReconcileAsync(plan, sent, Stop);
        Assert.Equal(ProposalState.Failed, bad!.State);
        Assert.Contains("which of them is its own nobody can say", bad.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_schedule_without_a_run_of_that_time_it_is_told_that_none_began()
    {
        var plan = await ScheduledAsync();
        Assert.Null(await Aftermath().ReconcileAsync(plan, clock.GetUtcNow().AddMinutes(-4), Stop));
        var none = await Aftermath().ReconcileAsync(plan, clock.GetUtcNow().AddMinutes(-11), Stop);
        Assert.Equal(ProposalState.Failed, none!.State);
        Assert.Contains("no run of nightly that began when this action was sent", none.Text, StringComparison.Ordinal);
    }
}
