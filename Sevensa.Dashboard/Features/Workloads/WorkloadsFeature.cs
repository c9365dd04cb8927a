using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Workloads.Kinds;
using Sevensa.Dashboard.Features.Workloads.Moving;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workloads;

internal static class WorkloadsFeature
{
    public static void AddWorkloads(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<WorkloadDesk>();
        builder.Services.AddSingleton<IProblemSource, WorkloadProblems>();
        builder.Services.AddSingleton<IProblemSource, MoveProblems>();
        builder.Services.AddSingleton<MoveDesk>();
        builder.Services.AddSingleton<WorkloadPlanner>();
        builder.Services.AddSingleton<IActionKind, RestartWorkload>();
        builder.Services.AddSingleton<IActionKind, ScaleWorkload>();
        builder.Services.AddSingleton<IActionKind, DeployWorkload>();
        builder.Services.AddSingleton<IActionKind, ResizeWorkload>();
        builder.Services.AddSingleton<IActionKind, EditAutoscaler>();
    }

    public static void MapWorkloads(this IEndpointRouteBuilder app) => WorkloadsApi.Map(app);
}
