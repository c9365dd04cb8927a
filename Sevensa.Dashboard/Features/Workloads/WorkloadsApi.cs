using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Workloads.Moving;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workloads;

internal static class WorkloadsApi
{
    private static readonly ListOrder<TenantWorkload> Order = new ListOrder<TenantWorkload>("workloads")
        .By(one => one.Facts.Key)
        .By(one => one.Cluster.HostName)
        .By(one => one.Facts.Uid);

    public static void Map(IEndpointRouteBuilder app)
    {
        var workloads = app.MapGroup("/api/v1/tenants/{tenant}/workloads")
            .RequireAuthorization(Policies.Read)
            .WithTags("Workloads");
        MoveApi.Map(workloads);
        workloads
            .MapGet(
                "",
                async (
                    string tenant,
                    [FromServices] WorkloadDesk desk,
                    [FromServices] ICurrentCaller caller,
                    [AsParameters] PageAsked asked,
                    CancellationToken cancellation
                ) =>
                    Order.Page(
                        await desk.ListAsync(await caller.GetAsync(cancellation), tenant, cancellation),
                        asked,
                        WorkloadView.Of
                    )
            )
            .WithName("listWorkloads")
            .WithSummary("A tenant's workloads on its clusters, with their numbers and what is the matter");
        workloads
            .MapGet(
                "/{id}",
                async (
                    string tenant,
                    string id,
                    [FromServices] WorkloadDesk desk,
                    [FromServices] ICurrentCaller caller,
                    CancellationToken cancellation
                ) =>
                    WorkloadDetail.Of(
                        await desk.FindAsync(await caller.GetAsync(cancellation), tenant, id, cancellation)
                    )
            )
            .WithName("getWorkload")
            .WithSummary("One workload, by uid or name, with pods, conditions, autoscaler, budgets, quotas and events");
    }
}
