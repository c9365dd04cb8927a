using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

internal static class MoveApi
{
    public static void Map(RouteGroupBuilder workloads) =>
        workloads
            .MapPost("/move", MoveAsync)
            .WithName("moveToCluster")
            .WithSummary(
                "What a Compose file, or a project that runs, becomes on a cluster: manifests, every loss, and the steps with the way back. It changes nothing"
            )
            .ProducesProblem(404)
            .ProducesProblem(422)
            .ProducesProblem(503);

    private static async Task<Ok<MoveReport>> MoveAsync(
        string tenant,
        MoveBody body,
        [FromServices] MoveDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.LookAsync(await callers.GetAsync(cancellation), tenant, body, cancellation));
}

internal sealed class MoveProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception is UnreadableComposeException unreadable
            ? new ProblemDetails
            {
                Status = 422,
                Title = "The Compose file can't be read",
                Detail = unreadable.Message,
            }
            : null;
}
