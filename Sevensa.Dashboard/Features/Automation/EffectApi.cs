using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>What a policy came to, over HTTP.</summary>
internal static class EffectApi
{
    /// <param name="policies">The group of <c>/api/v1/policies</c>.</param>
    public static void Map(IEndpointRouteBuilder policies) =>
        policies
            .MapGet("/{id}/effect", OfAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("What a policy did in the last 30 days, what that saved, and what it cost")
            .ProducesProblem(404);

    private static async Task<Ok<PolicyEffect>> OfAsync(
        string id,
        [FromServices] EffectDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.OfAsync(await callers.GetAsync(cancellation), id, cancellation));
}
