using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Workflows;
using Sevensa.Dashboard.Features.Workflows.Components;
using Sevensa.Dashboard.Features.Workflows.Pages;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Workflows;

/// <summary>Workflows in the browser.</summary>
public sealed class WorkflowComponentTests
{
    private static WorkflowView Workflow(string? tenant, WorkflowRun? run, string? block = null) =>
        new(
            "w1",
            "Mails <b>of</b> RentGuy",
            tenant,
            [],
            WorkflowState.DraftDiffers,
            "The draft differs from what runs",
            [new WorkflowTrigger("Webhook", "webhook", "POST", "mails", "none")],
            UiContext.Now,
            0,
            run,
            run is null ? "n8n keeps no run of it" : null,
            block,
            "https://n8n.example.org/workflow/w1"
        );

    private static WorkflowRun Crashed() =>
        new(
            "43",
            RunState.Crashed,
            "webhook",
            UiContext.Now.AddHours(-1),
            null,
            UiContext.Now.AddHours(-1),
            false,
            null,
            null,
            "When is not known",
            "https://n8n.example.org/workflow/w1/executions/43"
        );

    private static async Task<string> PageAsync(N8nGround n8n, string address, string until)
    {
        await using var page = UiContext.Create().Page;
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(default).ReturnsForAnyArgs(N8nGround.Person());
        var names = Substitute.For<ITenantNames>();
        IReadOnlyList<TenantName> all = [new TenantName("rentguy", "RentGuy")];
        names.NamesAsync(default).ReturnsForAnyArgs(all);
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton(names);
        page.Services.AddSingleton(n8n.Desk);
        page.Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        var shown = page.Render<WorkflowsPage>();
        shown.WaitForAssertion(() => Assert.Contains(until, shown.Markup, StringComparison.Ordinal));
        return shown.Markup;
    }

    [Fact]
    public async Task The_page_lists_what_n8n_has_and_the_runs_of_the_chosen_one()
    {
        await using var n8n = await N8nGround.OpenAsync();
        var flow = n8n.Flow("mails", "rentguy", "throw new Error('no such host');");
        n8n.Flow("nobodys", null, active: false);
        n8n.N8n.Run(flow, null, null, "webhook");
        var shown = await PageAsync(n8n, $"/workflows?workflow={flow.Id}", "Runs of mails");
        Assert.Contains("RentGuy", shown, StringComparison.Ordinal);
        Assert.Contains("the platform's own", System.Net.WebUtility.HtmlDecode(shown), StringComparison.Ordinal);
        Assert.Contains("Inactive", shown, StringComparison.Ordinal);
        Assert.Contains("Failed", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_n8n_that_refuses_or_is_not_there_is_a_state_in_its_words()
    {
        await using var n8n = await N8nGround.OpenAsync();
        n8n.Set.SandboxKey = "another-key";
        var refused = await PageAsync(n8n, "/workflows", "Unauthorized");
        Assert.Contains("N8n:KeyFile", refused, StringComparison.Ordinal);
        n8n.Set.Url = null;
        Assert.Contains(
            "N8n:Url",
            await PageAsync(n8n, "/workflows", "n8n is not connected"),
            StringComparison.Ordinal
        );
    }

    private static async Task<string> RenderAsync(WorkflowView workflow, bool may = true)
    {
        await using var page = UiContext.Create().Page;
        return page.Render<WorkflowRows>(parameters =>
            parameters
                .Add(one => one.Workflows, [workflow])
                .Add(one => one.Names, [new TenantName("rentguy", "RentGuy")])
                .Add(one => one.MayPropose, may)
                .Add(one => one.Address, open => $"/workflows?workflow={open}")
                .Add(one => one.TenantOf, shown => shown.Tenant ?? "platform")
        ).Markup;
    }

    [Fact]
    public async Task A_row_tells_state_last_run_and_leads_to_n8n_and_to_a_plan()
    {
        var shown = await RenderAsync(Workflow("rentguy", Crashed()));
        Assert.Contains("Active, draft differs", shown, StringComparison.Ordinal);
        Assert.Contains("The draft differs from what runs.", shown, StringComparison.Ordinal);
        Assert.Contains("Crashed", shown, StringComparison.Ordinal);
        Assert.Contains("When is not known", shown, StringComparison.Ordinal);
        Assert.Contains("Mails &lt;b&gt;of&lt;/b&gt; RentGuy", shown, StringComparison.Ordinal);
        Assert.Contains("href=\"https://n8n.example.org/workflow/w1\"", shown, StringComparison.Ordinal);
        Assert.Contains(
            "/tenants/rentguy/propose?kind=n8n.workflow.run&amp;target=w1",
            shown,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_run_is_offered_where_it_can_be_planned_and_to_those_who_may()
    {
        Assert.DoesNotContain(
            "propose?",
            await RenderAsync(Workflow("rentguy", null), may: false),
            StringComparison.Ordinal
        );
        var blocked = await RenderAsync(Workflow("rentguy", null, "It is not active"));
        Assert.DoesNotContain("propose?", blocked, StringComparison.Ordinal);
        Assert.Contains("It is not active", blocked, StringComparison.Ordinal);
        Assert.Contains("n8n keeps no run of it", blocked, StringComparison.Ordinal);
        var own = await RenderAsync(Workflow(null, null));
        Assert.Contains("/tenants/platform/propose?", own, StringComparison.Ordinal);
        Assert.Contains("the platform's own", System.Net.WebUtility.HtmlDecode(own), StringComparison.Ordinal);
    }
}
