using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>A policy's forecast over HTTP.</summary>
internal static class ForecastApi
{
    /// <param name="policies">The group of <c>/api/v1/policies</c>.</param>
    public static void Map(IEndpointRouteBuilder policies) =>
        policies
            .MapGet("/{id}/forecast", OfAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("The load that a policy expects, how well it did, and how many containers that wants")
            .ProducesProblem(404)
            .ProducesProblem(409);

    private static async Task<Ok<ForecastView>> OfAsync(
        string id,
        [FromServices] ForecastDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.OfAsync(await callers.GetAsync(cancellation), id, cancellation));
}
