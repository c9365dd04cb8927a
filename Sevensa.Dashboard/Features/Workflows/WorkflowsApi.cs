using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>Workflows over HTTP. A run is proposed like every other action: <c>POST /api/v1/proposals</c> of the kind <c>n8n.workflow.run</c>.</summary>
internal static class WorkflowsApi
{
    private static readonly ListOrder<WorkflowView> Workflows = new ListOrder<WorkflowView>("workflows")
        .By(workflow => workflow.Name)
        .By(workflow => workflow.Id);

    private static readonly ListOrder<WorkflowRun> Runs = new ListOrder<WorkflowRun>("workflow runs")
        .ByNewest(run => run.StartedAt ?? DateTimeOffset.MaxValue)
        .By(run => run.Id);

    public static void Map(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1").RequireAuthorization(Policies.Read).WithTags("Workflows");
        api.MapGet("/workflows", ListAsync)
            .WithSummary("n8n's workflows of all tenants that the caller sees, with their state and last run");
        api.MapGet("/tenants/{tenant}/workflows", OfTenantAsync)
            .WithSummary("A tenant's workflows, told by their tag, with their state and last run");
        api.MapGet("/workflows/{id}/runs", RunsAsync)
            .WithSummary("A workflow's newest runs, those that go on among them");
    }

    private static async Task<Page<WorkflowView>> ListAsync(
        string? state,
        string? instance,
        [AsParameters] PageAsked asked,
        [FromServices] WorkflowDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        Workflows.Check(asked);
        var wanted = ValueWords.Read<WorkflowState>("state", state);
        var all = await desk.ListAsync(await callers.GetAsync(cancellation), cancellation, Named(instance));
        return Workflows.Page(Of(all, wanted), asked, workflow => workflow);
    }

    private static async Task<Page<WorkflowView>> OfTenantAsync(
        string tenant,
        string? state,
        string? instance,
        [AsParameters] PageAsked asked,
        [FromServices] WorkflowDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        Workflows.Check(asked);
        var wanted = ValueWords.Read<WorkflowState>("state", state);
        var all = await desk.OfTenantAsync(await callers.GetAsync(cancellation), tenant, cancellation, Named(instance));
        return Workflows.Page(Of(all, wanted), asked, workflow => workflow);
    }

    private static async Task<Page<WorkflowRun>> RunsAsync(
        string id,
        string? state,
        [AsParameters] PageAsked asked,
        [FromServices] WorkflowDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        Runs.Check(asked);
        var wanted = ValueWords.Read<RunState>("state", state);
        var all = await desk.RunsAsync(await callers.GetAsync(cancellation), id, cancellation);
        return Runs.Page(all.Where(run => wanted is null || run.State == wanted), asked, run => run);
    }

    private static string? Named(string? instance) => instance is { Length: > 0 } ? instance : null;

    private static IEnumerable<WorkflowView> Of(IEnumerable<WorkflowView> all, WorkflowState? wanted) =>
        all.Where(workflow => wanted is null || workflow.State == wanted);
}

/// <summary>This feature's errors as problem details.</summary>
internal sealed class WorkflowProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception is UnknownWorkflowException
            ? new ProblemDetails
            {
                Status = 404,
                Title = "No such workflow",
                Detail = exception.Message,
            }
            : null;
}
