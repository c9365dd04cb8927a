using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Portal.PublicLinks;

/// <param name="Name">Who it is for.</param>
internal sealed record NewPublicLink(string Name, int Days = 365);

internal static class PublicLinkApi
{
    public static void MapPublicLinkApi(this IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/tenants/{tenant}/public-links")
            .WithTags("Portal")
            .RequireAuthorization(Policies.Admin)
            .ProducesProblem(404);
        api.MapGet("/", ListAsync).WithSummary("Links that show the tenant's portal to whoever has them");
        api.MapPost("/", AddAsync).WithSummary("Makes a public link").ProducesProblem(422);
        api.MapDelete("/{id}", RevokeAsync).WithSummary("Revokes a public link: it opens nothing from then on");
    }

    private static async Task<Ok<Page<PublicLink>>> ListAsync(
        string tenant,
        PublicLinkDesk desk,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.PageAsync(await callers.GetAsync(cancellation), tenant, asked, cancellation));

    private static async Task<Created<PublicLink>> AddAsync(
        string tenant,
        NewPublicLink wanted,
        PublicLinkDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var link = await desk.AddAsync(caller, tenant, wanted.Name ?? "", wanted.Days, cancellation);
        return TypedResults.Created(link.Path, link);
    }

    private static async Task<NoContent> RevokeAsync(
        string tenant,
        string id,
        PublicLinkDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await desk.RevokeAsync(await callers.GetAsync(cancellation), tenant, id, cancellation);
        return TypedResults.NoContent();
    }
}

internal sealed class PortalProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnfitPublicLinkException => new()
            {
                Status = StatusCodes.Status422UnprocessableEntity,
                Title = "That can't be a public link",
                Detail = exception.Message,
            },
            UnknownPublicLinkException => new()
            {
                Status = StatusCodes.Status404NotFound,
                Title = "No such link",
                Detail = exception.Message,
            },
            _ => null,
        };
}
