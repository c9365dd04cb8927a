using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans.Vulnerabilities;

internal static class VulnerabilitiesApi
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/findings/vulnerabilities", ListAsync)
            .WithTags("Scans")
            .RequireAuthorization(Policies.Read)
            .WithSummary(
                "Findings by their vulnerability over images and tenants, the most urgent first: counts, worst severity, running containers, exposure, fixes. Open ones unless state says otherwise"
            );

    private static async Task<Ok<Page<VulnerabilityGroup>>> ListAsync(
        [FromServices] VulnerabilityDesk desk,
        [FromServices] ICurrentCaller callers,
        [AsParameters] FindingsAddress asked,
        [AsParameters] PageAsked page,
        CancellationToken cancellation,
        string? tenant = null
    ) =>
        TypedResults.Ok(
            await desk.ListAsync(
                await callers.GetAsync(cancellation),
                asked.Filter(tenant),
                page.Cursor,
                PageSize.Of(page.Limit, 50),
                cancellation
            )
        );
}
