using System.ComponentModel;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>What the assistant and MCP may ask of workflows.</summary>
internal sealed class WorkflowTools(WorkflowDesk desk) : IToolSource
{
    private const int Most = 40;

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!desk.IsConfigured || !caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description("A tenant's n8n workflows: state, last run, whether they can be run.")]
            async (
                [Description("Id of the tenant, e.g. rentguy")] string tenant,
                CancellationToken cancellation = default
            ) =>
            {
                var seen = await desk.LookAtTenantAsync(caller, tenant, cancellation);
                return new WorkflowsTold(
                    seen.Workflows.Count,
                    [.. seen.Workflows.Take(Most).Select(Seen)],
                    seen.Away.Count == 0 ? null : [.. seen.Away.Select(one => $"{one.Instance}: {one.Why.Told}")],
                    $"/tenants/{Uri.EscapeDataString(tenant)}/workflows"
                );
            },
            "list_workflows"
        );
    }

    private static WorkflowSeen Seen(WorkflowView workflow) =>
        new(
            workflow.Id,
            workflow.Name,
            workflow.State,
            workflow.Note,
            workflow.Running,
            workflow.LastRun?.State,
            workflow.LastRun?.StartedAt,
            workflow.LastRun?.Note ?? workflow.LastRunNote,
            workflow.RunBlock
        );

    /// <param name="NotAsked">n8n instances that could not tell, and why: their workflows are missing here.</param>
    private sealed record WorkflowsTold(
        int Count,
        IReadOnlyList<WorkflowSeen> Workflows,
        IReadOnlyList<string>? NotAsked,
        string Link
    );

    /// <param name="CannotRun">Why n8n.workflow.run does not go; null where it does.</param>
    private sealed record WorkflowSeen(
        string Id,
        string Name,
        WorkflowState State,
        string? Note,
        int Running,
        RunState? LastRun,
        DateTimeOffset? LastRunAt,
        string? LastRunNote,
        string? CannotRun
    );
}
