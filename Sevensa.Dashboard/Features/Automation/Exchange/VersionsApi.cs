using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>What a policy said before, over HTTP.</summary>
internal static class VersionsApi
{
    /// <param name="policies">The group of <c>/api/v1/policies</c>.</param>
    public static void Map(RouteGroupBuilder policies)
    {
        policies
            .MapGet("/{id}/versions", PageAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("What a policy said in its versions, newest first")
            .ProducesProblem(404);
        policies
            .MapGet("/{id}/versions/{version:int}/yaml", TextAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("What a policy said in one version, as YAML")
            .ProducesProblem(404);
        policies
            .MapGet("/{id}/versions/{version:int}/diff", DifferencesAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("What is another in a version than in the one before, or in against=N, member by member")
            .ProducesProblem(404);
    }

    private static async Task<Ok<Page<PolicyVersionView>>> PageAsync(
        string id,
        [AsParameters] PageAsked asked,
        [FromServices] PolicyVersions versions,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await versions.PageAsync(await callers.GetAsync(cancellation), id, asked, cancellation));

    private static async Task<ContentHttpResult> TextAsync(
        string id,
        int version,
        [FromServices] PolicyVersions versions,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Text(
            await versions.TextAsync(await callers.GetAsync(cancellation), id, version, cancellation),
            PolicyTextApi.MediaType,
            Encoding.UTF8
        );

    private static async Task<Ok<PolicyVersionDiff>> DifferencesAsync(
        string id,
        int version,
        int? against,
        [FromServices] PolicyVersions versions,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await versions.DifferencesAsync(await callers.GetAsync(cancellation), id, version, against, cancellation)
        );
}
