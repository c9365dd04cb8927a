using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans.Images;

internal static class ImagesApi
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/images", ListAsync)
            .WithTags("Scans")
            .RequireAuthorization(Policies.Read)
            .WithSummary(
                "Images that were reported on, and those that run and nobody scanned: digests, platform, scans, verdict, open findings, containers, exposure, tenants"
            );

    private static async Task<Ok<Page<ImageLine>>> ListAsync(
        [FromServices] ImageDesk desk,
        [FromServices] ICurrentCaller callers,
        [AsParameters] PageAsked page,
        CancellationToken cancellation,
        string? tenant = null,
        string? name = null,
        string? exposure = null,
        bool? running = null,
        bool? root = null,
        bool? scanned = null,
        string? verdict = null
    ) =>
        TypedResults.Ok(
            await desk.ListAsync(
                await callers.GetAsync(cancellation),
                new ImagesAsked(
                    string.IsNullOrWhiteSpace(tenant) ? null : tenant.Trim(),
                    name,
                    ValueWords.Read<Exposure>("exposure", exposure),
                    running,
                    root ?? false,
                    scanned,
                    ValueWords.Read<GateAnswer>("verdict", verdict)
                ),
                page,
                cancellation
            )
        );
}
