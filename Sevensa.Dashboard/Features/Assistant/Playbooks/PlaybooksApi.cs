using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Playbooks;

/// <summary>A tenant's playbooks over HTTP.</summary>
internal static class PlaybooksApi
{
    private static readonly ListOrder<PlaybookView> ByName = new ListOrder<PlaybookView>("playbooks").By(one =>
        one.Name
    );

    private static readonly ListOrder<PlaybookView> NewestFirst = new ListOrder<PlaybookView>("playbook-versions").By(
        one => -one.Version
    );

    public static void MapPlaybooksApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/tenants/{tenant}/playbooks")
            .WithTags("Playbooks")
            .RequireAuthorization(Policies.Read);
        api.MapGet("/", ListAsync).WithSummary("A tenant's playbooks, each as its newest version has it, by name");
        api.MapGet("/{name}", FindAsync)
            .WithSummary("The newest version of one, and which is asked: the newest that was reviewed")
            .ProducesProblem(404);
        api.MapGet("/{name}/versions", VersionsAsync)
            .WithSummary("All versions of one, the newest first")
            .ProducesProblem(404);
        api.MapPut("/{name}", WriteAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary(
                "Writes a new version: title, Markdown whose list is the steps, and typed parameters that stand in it in braces"
            )
            .ProducesProblem(409)
            .ProducesProblem(422);
        api.MapPost("/{name}/review", ReviewAsync)
            .RequireAuthorization(Policies.Approve)
            .WithSummary("Another person than who wrote it has read the newest version, which is asked from then on")
            .ProducesProblem(403)
            .ProducesProblem(404)
            .ProducesProblem(409);
        api.MapDelete("/{name}", RetireAsync)
            .RequireAuthorization(Policies.Propose)
            .WithSummary("Puts it away: it is kept to be read, and not asked any more")
            .ProducesProblem(404);
        api.MapPost("/{name}/fill", FillAsync)
            .WithSummary(
                "The version that is asked with its parameters filled in: its text, its steps, and the command that asks it in a conversation"
            )
            .ProducesProblem(404)
            .ProducesProblem(409)
            .ProducesProblem(422);
    }

    private static async Task<Ok<Page<PlaybookView>>> ListAsync(
        string tenant,
        [FromServices] PlaybookShelf shelf,
        [FromServices] ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        ByName.Check(asked);
        var all = await shelf.AllAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(ByName.Page(all, asked, one => one));
    }

    private static async Task<Ok<PlaybookView>> FindAsync(
        string tenant,
        string name,
        [FromServices] PlaybookShelf shelf,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            (await shelf.VersionsAsync(await callers.GetAsync(cancellation), tenant, name, cancellation))[0]
        );

    private static async Task<Ok<Page<PlaybookView>>> VersionsAsync(
        string tenant,
        string name,
        [FromServices] PlaybookShelf shelf,
        [FromServices] ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        NewestFirst.Check(asked);
        var all = await shelf.VersionsAsync(await callers.GetAsync(cancellation), tenant, name, cancellation);
        return TypedResults.Ok(NewestFirst.Page(all, asked, one => one));
    }

    private static async Task<Ok<PlaybookView>> WriteAsync(
        string tenant,
        string name,
        PlaybookWish wish,
        [FromServices] PlaybookDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.WriteAsync(await callers.GetAsync(cancellation), tenant, name, wish, cancellation));

    private static async Task<Ok<PlaybookView>> ReviewAsync(
        string tenant,
        string name,
        ReviewRequest request,
        [FromServices] PlaybookDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await desk.ReviewAsync(
                await callers.GetAsync(cancellation),
                tenant,
                name,
                request.Version ?? 0,
                cancellation
            )
        );

    private static async Task<NoContent> RetireAsync(
        string tenant,
        string name,
        [FromServices] PlaybookDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await desk.RetireAsync(await callers.GetAsync(cancellation), tenant, name, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<FilledPlaybook>> FillAsync(
        string tenant,
        string name,
        [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] FillRequest? request,
        [FromServices] PlaybookShelf shelf,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await shelf.FillAsync(
                await callers.GetAsync(cancellation),
                tenant,
                name,
                request?.Parameters ?? new Dictionary<string, string>(),
                cancellation
            )
        );

    /// <param name="Version">The version that was read.</param>
    private sealed record ReviewRequest(int? Version = null);

    /// <param name="Parameters">By name, as words; those with a default may be left out.</param>
    private sealed record FillRequest(Dictionary<string, string>? Parameters = null);
}

/// <summary>What the room's exceptions are to a caller.</summary>
internal sealed class PlaybookProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownPlaybookException => new ProblemDetails
            {
                Status = 404,
                Title = "No such playbook",
                Detail = exception.Message,
            },
            UnfitPlaybookException => new ProblemDetails
            {
                Status = 422,
                Title = "That is no playbook, or not how it is asked",
                Detail = exception.Message,
            },
            PlaybookConflictException => new ProblemDetails
            {
                Status = 409,
                Title = "The playbook stands otherwise",
                Detail = exception.Message,
            },
            _ => null,
        };
}
