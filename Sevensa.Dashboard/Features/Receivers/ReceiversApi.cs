using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Receivers of events over HTTP.</summary>
internal static class ReceiversApi
{
    public static void MapReceiversApi(this IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/receivers")
            .WithTags("Receivers")
            .RequireAuthorization(Policies.Admin)
            .ProducesProblem(404);
        api.MapGet("/", ListAsync).WithSummary("Who is told of events");
        api.MapPost("/", AddAsync)
            .WithSummary(
                "Adds a receiver of events: a program (CloudEvents 1.0, signed as Standard Webhooks; its secret is shown once), Slack, Teams, a Matrix room or mail"
            )
            .ProducesProblem(422);
        api.MapGet("/{id}", FindAsync).WithSummary("One receiver");
        api.MapPut("/{id}", ChangeAsync).WithSummary("Changes a receiver; what is left out stays").ProducesProblem(422);
        api.MapDelete("/{id}", RemoveAsync).WithSummary("Removes a receiver and what is known of its deliveries");
        api.MapPost("/{id}/pause", PauseAsync)
            .WithSummary("Sends it nothing until it is resumed; what happens meanwhile waits");
        api.MapPost("/{id}/resume", ResumeAsync).WithSummary("Tells it again, from where it was left");
        api.MapPost("/{id}/secret", SecretAsync)
            .WithSummary("Makes a new secret; for a day messages are signed with the one before as well")
            .ProducesProblem(409);
        api.MapPost("/{id}/test", TryAsync)
            .WithSummary("Sends it an event that tells of nothing, and says what became of it");
        api.MapGet("/{id}/deliveries", DeliveriesAsync).WithSummary("What became of events at it, newest first");
        api.MapPost("/{id}/deliveries/{number}/replay", ReplayAsync)
            .WithSummary("Sends an event again, under the same id")
            .ProducesProblem(409);
    }

    private static async Task<Ok<Page<Receiver>>> ListAsync(
        ReceiverDesk desk,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.PageAsync(await callers.GetAsync(cancellation), asked, cancellation));

    private static async Task<Created<NewReceiver>> AddAsync(
        ReceiverWish wish,
        ReceiverDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var made = await desk.AddAsync(await callers.GetAsync(cancellation), wish, cancellation);
        return TypedResults.Created($"/api/v1/receivers/{made.Id}", made);
    }

    private static async Task<Ok<Receiver>> FindAsync(
        string id,
        ReceiverDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.FindAsync(await callers.GetAsync(cancellation), id, cancellation));

    private static async Task<Ok<Receiver>> ChangeAsync(
        string id,
        ReceiverWish wish,
        ReceiverDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.ChangeAsync(await callers.GetAsync(cancellation), id, wish, cancellation));

    private static async Task<NoContent> RemoveAsync(
        string id,
        ReceiverDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await desk.RemoveAsync(await callers.GetAsync(cancellation), id, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<Receiver>> PauseAsync(
        string id,
        ReceiverDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.PauseAsync(await callers.GetAsync(cancellation), id, cancellation));

    private static async Task<Ok<Receiver>> ResumeAsync(
        string id,
        ReceiverDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.ResumeAsync(await callers.GetAsync(cancellation), id, cancellation));

    private static async Task<Ok<NewSecret>> SecretAsync(
        string id,
        ReceiverDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.NewSecretAsync(await callers.GetAsync(cancellation), id, cancellation));

    private static async Task<Ok<Delivery>> TryAsync(
        string id,
        ReceiverDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) => TypedResults.Ok(await desk.TryAsync(await callers.GetAsync(cancellation), id, cancellation));

    private static async Task<Ok<Page<Delivery>>> DeliveriesAsync(
        string id,
        string? state,
        ReceiverDesk desk,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await desk.DeliveriesAsync(
                await callers.GetAsync(cancellation),
                id,
                ValueWords.Read<DeliveryState>("state", state),
                asked,
                cancellation
            )
        );

    private static async Task<Accepted<Delivery>> ReplayAsync(
        string id,
        string number,
        ReceiverDesk desk,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var which))
        {
            throw new UnknownReceiverException("A delivery is named by its number, which is whole.");
        }
        return TypedResults.Accepted(
            $"/api/v1/receivers/{Uri.EscapeDataString(id)}/deliveries",
            await desk.ReplayAsync(caller, id, which, cancellation)
        );
    }
}

/// <summary>What the feature's exceptions are to a caller.</summary>
internal sealed class ReceiverProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnknownReceiverException => new ProblemDetails
            {
                Status = 404,
                Title = "No such receiver",
                Detail = exception.Message,
            },
            UnfitReceiverException => new ProblemDetails
            {
                Status = 422,
                Title = "That can't be a receiver",
                Detail = exception.Message,
            },
            ReceiverConflictException => new ProblemDetails
            {
                Status = 409,
                Title = "Not as things stand",
                Detail = exception.Message,
            },
            _ => null,
        };
}
