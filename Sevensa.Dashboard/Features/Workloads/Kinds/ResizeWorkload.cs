using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Workloads.Kinds;

/// <summary><c>workload.resources</c></summary>
internal sealed class ResizeWorkload(WorkloadPlanner planner) : IActionKind
{
    private const string Container = "container";
    private const string Cpu = """ "pattern": "^[0-9]+(\\.[0-9]+)?m?$", "maxLength": 20 """;
    private const string Memory = """ "pattern": "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$", "maxLength": 20 """;

    public string Name => WorkloadVerbs.Resources;

    public string Title(string target) => $"Change what {target} may use";

    public string Description => "Sets cpuRequest, cpuLimit, memoryRequest, memoryLimit of it.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        WorkloadPlanner.Schema(
            $$"""
            "cpuRequest": { "type": "string", {{Cpu}}, "description": "Processors it is promised: 500m is half of one." },
            "cpuLimit": { "type": "string", {{Cpu}}, "description": "Processors it may use at most." },
            "memoryRequest": { "type": "string", {{Memory}}, "description": "Memory it is promised: 256Mi." },
            "memoryLimit": { "type": "string", {{Memory}}, "description": "Memory it is ended beyond: 512Mi." },
            "{{Container}}": { "type": "string", "minLength": 1, "maxLength": 63, "description": "Container of the template, where it has several." }
            """
        );

    public string Undo => "The whole former pod template is put back.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var one = planner.Meant(request);
        var container = WorkloadContainers.Meant(one.Facts, WorkloadPlanner.Text(request.Parameters, Container));
        var wishes = new ResourceWishes(
            container.Name,
            WorkloadPlanner.Text(request.Parameters, "cpuRequest"),
            WorkloadPlanner.Text(request.Parameters, "cpuLimit"),
            WorkloadPlanner.Text(request.Parameters, "memoryRequest"),
            WorkloadPlanner.Text(request.Parameters, "memoryLimit")
        );
        if (wishes is { CpuRequest: null, CpuLimit: null, MemoryRequest: null, MemoryLimit: null })
        {
            throw new CannotPlanException(
                "Nothing is to be changed: give at least one of cpuRequest, cpuLimit, memoryRequest and memoryLimit."
            );
        }
        return await planner.DraftAsync(
            request,
            one,
            new WorkloadDeed(
                Name,
                $"Change requests and limits of {container.Name} of {one.Facts.Name}",
                arguments => arguments with { Resources = wishes }
            )
            {
                Notes = WorkloadNotes.OfPods(one),
            },
            cancellation
        );
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(planner.Differences(plan));
}
