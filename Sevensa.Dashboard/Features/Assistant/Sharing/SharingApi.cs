using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Sharing;

/// <summary>Shared conversations over HTTP: their owner shares them, a tenant's people read them.</summary>
internal static class SharingApi
{
    private static readonly ListOrder<SharedView> Newest = new ListOrder<SharedView>("shares")
        .ByNewest(one => one.SharedAt)
        .By(one => one.Id);

    public static void MapSharingApi(this IEndpointRouteBuilder app)
    {
        var own = app.MapGroup("/api/v1/conversations/{id}/shares")
            .WithTags("Conversations")
            .RequireAuthorization(Policies.Read);
        own.MapPost("/", ShareAsync)
            .WithSummary(
                "Lets whoever may see a tenant read one's own conversation as far as it has come; refused when it speaks of another tenant"
            )
            .ProducesProblem(404)
            .ProducesProblem(422);
        own.MapGet("/", OfAsync).WithSummary("With whom one's own conversation is shared").ProducesProblem(404);
        var shared = app.MapGroup("/api/v1/tenants/{tenant}/conversations")
            .WithTags("Conversations")
            .RequireAuthorization(Policies.Read);
        shared.MapGet("/", ListAsync).WithSummary("Conversations that are shared with a tenant's people, newest first");
        shared.MapGet("/{id}", FindAsync).WithSummary("One shared conversation").ProducesProblem(404);
        shared
            .MapGet("/{id}/messages", MessagesAsync)
            .WithSummary("What was said in it until it was shared, oldest first")
            .ProducesProblem(404);
        shared
            .MapDelete("/{id}", EndAsync)
            .WithSummary("Takes it back: by who shared it, or an administrator")
            .ProducesProblem(403)
            .ProducesProblem(404);
    }

    private static async Task<Created<SharedView>> ShareAsync(
        string id,
        ShareRequest request,
        [FromServices] SharingDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var tenant = request.Tenant is { Length: > 0 } named
            ? named
            : throw new NotShareableException("Say with whose people: tenant is missing.");
        var made = await desk.ShareAsync(await callers.GetAsync(cancellation), id, tenant, cancellation);
        return TypedResults.Created($"/api/v1/tenants/{made.Tenant}/conversations/{made.Id}", made);
    }

    private static async Task<Ok<Page<SharedView>>> OfAsync(
        string id,
        [FromServices] SharingDesk desk,
        [FromServices] ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        Newest.Check(asked);
        var all = await desk.OfAsync(await callers.GetAsync(cancellation), id, cancellation);
        return TypedResults.Ok(Newest.Page(all, asked, one => one));
    }

    private static async Task<Ok<Page<SharedView>>> ListAsync(
        string tenant,
        [FromServices] SharingDesk desk,
        [FromServices] ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        SharingStore.NewestFirst.Check(asked);
        return TypedResults.Ok(await desk.PageAsync(await callers.GetAsync(cancellation), tenant, asked, cancellation));
    }

    private static async Task<Ok<SharedView>> FindAsync(
        string tenant,
        string id,
        [FromServices] SharingDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.FindAsync(await callers.GetAsync(cancellation), tenant, id, cancellation));

    private static async Task<Ok<Page<MessageAnswer>>> MessagesAsync(
        string tenant,
        string id,
        [FromServices] SharingDesk desk,
        [FromServices] ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        ConversationStore.AsSaid.Check(asked);
        var caller = await callers.GetAsync(cancellation);
        return TypedResults.Ok(
            (await desk.MessagesAsync(caller, tenant, id, asked, cancellation)).Select(MessageAnswer.Of)
        );
    }

    private static async Task<NoContent> EndAsync(
        string tenant,
        string id,
        [FromServices] SharingDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await desk.EndAsync(await callers.GetAsync(cancellation), tenant, id, cancellation);
        return TypedResults.NoContent();
    }

    /// <param name="Tenant">Whose people may read it.</param>
    private sealed record ShareRequest(string? Tenant = null);
}

/// <summary>What the room's exceptions are to a caller.</summary>
internal sealed class SharingProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownConversationException => new ProblemDetails
            {
                Status = 404,
                Title = "No such conversation",
                Detail = exception.Message,
            },
            NotShareableException => new ProblemDetails
            {
                Status = 422,
                Title = "It can't be shared",
                Detail = exception.Message,
            },
            _ => null,
        };
}
