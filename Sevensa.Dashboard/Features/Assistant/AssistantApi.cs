using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Conversations over HTTP; answers are server-sent events.</summary>
internal static class AssistantApi
{
    public static void MapAssistantApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/conversations").RequireAuthorization(Policies.Read);
        api.MapPost(
                "/",
                async (
                    [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] BeginRequest? body,
                    Conversations conversations,
                    ICurrentCaller callers,
                    CancellationToken cancellation
                ) =>
                {
                    var title = body?.Title?.Trim() ?? "";
                    TextLimits.Check(title, "The title", 80);
                    var caller = await callers.GetAsync(cancellation);
                    try
                    {
                        var begun = await conversations.BeginAsync(caller, title, body?.Model, cancellation);
                        return Results.Created($"/api/v1/conversations/{begun.Id}", Shown(begun));
                    }
                    catch (UnknownModelException unknown)
                    {
                        return Results.Problem(unknown.Message, statusCode: 422, title: "No such model");
                    }
                }
            )
            .Produces<ConversationAnswer>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .WithSummary("Begin a conversation, with the chat model that is named or the main one");
        api.MapGet(
                "/",
                async (
                    Conversations conversations,
                    ICurrentCaller callers,
                    CancellationToken cancellation,
                    string? cursor = null,
                    int? limit = null,
                    string? q = null
                ) =>
                {
                    TextLimits.Check(q, "What is searched for", 200);
                    var after = Cursor.Read(cursor, "conversations", 2);
                    var most = PageSize.Of(limit, usual: 50);
                    var found = await conversations.PageAsync(
                        await callers.GetAsync(cancellation),
                        after is null ? null : (after.Time(0), after.Text(1)),
                        most + 1,
                        cancellation,
                        q
                    );
                    return new Page<ConversationAnswer>(
                        [.. found.Take(most).Select(Shown)],
                        found.Count > most
                            ? Cursor.After("conversations", found[most - 1].CreatedAt, found[most - 1].Id)
                            : null
                    );
                }
            )
            .WithSummary("One's own conversations, newest first; with q= those whose title or messages contain it");
        api.MapDelete("/{id}", Remove)
            .WithSummary("Delete one's own conversation with all that was said; what was proposed in it lives on");
        api.MapGet("/{id}/answer", Listen)
            .WithSummary(
                "The answer that is under way, as server-sent events from its beginning or behind Last-Event-ID; 204 when none is"
            );
        api.MapPost("/{id}/stop", Stop)
            .WithSummary("Stop what is being answered; what was said until then is kept. Nothing else ends it");
        api.MapGet("/{id}/messages", Messages).WithSummary("What was said");
        api.MapPost("/{id}/messages", Ask)
            .WithSummary(
                "Ask; the answer comes as server-sent events: text, tool, citation, proposal, waiting, notice, done, error"
            );
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        string id,
        Conversations conversations,
        ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        await conversations.RemoveAsync(await callers.GetAsync(cancellation), id, cancellation)
            ? TypedResults.NoContent()
            : Missing(id);

    private static async Task<Results<Ok<Page<MessageAnswer>>, ProblemHttpResult>> Messages(
        string id,
        Conversations conversations,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        ConversationStore.AsSaid.Check(asked);
        var conversation = await conversations.FindAsync(await callers.GetAsync(cancellation), id, cancellation);
        if (conversation is null)
        {
            return Missing(id);
        }
        var messages = await conversations.MessagesAsync(conversation, asked, cancellation);
        return TypedResults.Ok(messages.Select(MessageAnswer.Of));
    }

    private static async Task<Results<EventsOfAnswer, NoContent, ProblemHttpResult>> Listen(
        string id,
        Conversations conversations,
        ICurrentCaller callers,
        TimeProvider time,
        [FromHeader(Name = "Last-Event-ID")] string? last,
        CancellationToken cancellation
    )
    {
        var conversation = await conversations.FindAsync(await callers.GetAsync(cancellation), id, cancellation);
        if (conversation is null)
        {
            return Missing(id);
        }
        if (conversations.UnderWay(conversation) is not { } run)
        {
            return TypedResults.NoContent();
        }
        var from =
            int.TryParse(last, System.Globalization.NumberStyles.None, null, out var known) && known < int.MaxValue
                ? known + 1
                : 0;
        return new EventsOfAnswer(stop => run.FromAsync(from, stop), () => { }, time);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Stop(
        string id,
        Conversations conversations,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var conversation = await conversations.FindAsync(await callers.GetAsync(cancellation), id, cancellation);
        if (conversation is null)
        {
            return Missing(id);
        }
        conversations.Stop(conversation);
        return TypedResults.NoContent();
    }

    private static async Task<Results<EventsOfAnswer, ProblemHttpResult>> Ask(
        string id,
        AskRequest request,
        Conversations conversations,
        ICurrentCaller callers,
        IOptions<AssistantOptions> options,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var conversation = await conversations.FindAsync(caller, id, cancellation);
        if (conversation is null)
        {
            return Missing(id);
        }
        if (string.IsNullOrWhiteSpace(request.Text))
        {
            return TypedResults.Problem("The message has no text.", statusCode: 422, title: "Nothing was asked");
        }
        TextLimits.Check(request.Text, "The message", options.Value.MaximumQuestion);
        if (request.TimeZone is { } zone)
        {
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            {
                return TypedResults.Problem(
                    $"There is no time zone \"{zone}\". Give an IANA name such as Europe/Amsterdam.",
                    statusCode: 422,
                    title: "The time zone is not known"
                );
            }
            caller = caller with { TimeZone = zone };
        }
        return new EventsOfAnswer(
            stop => Numbered(conversations.AskAsync(caller, conversation, request.Text, stop)),
            () => conversations.Stop(conversation),
            time
        );
    }

    private static async IAsyncEnumerable<(int Place, AssistantEvent Happened)> Numbered(
        IAsyncEnumerable<AssistantEvent> events
    )
    {
        var place = 0;
        await foreach (var happened in events)
        {
            yield return (place++, happened);
        }
    }

    /// <summary>
    /// What happens while a question is answered, as server-sent events. Who hangs up ends the listening alone. Where the access that asked
    /// has ended, the answer ends; that of another listener ends the listening, since a person's own right is looked at beside each answer.
    /// </summary>
    private sealed class EventsOfAnswer(
        Func<CancellationToken, IAsyncEnumerable<(int Place, AssistantEvent Happened)>> events,
        Action stop,
        TimeProvider time
    ) : IResult, IEndpointMetadataProvider
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            using var ended = httpContext.Features.Get<CallerRight>()?.Ended.Register(stop);
            await ServerSentEvents.WriteAsync(httpContext, events, Frame, time);
        }

        public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
            builder.Metadata.Add(
                new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/event-stream"])
            );

        private static string Frame((int Place, AssistantEvent Happened) told)
        {
            var happened = told.Happened;
            object data = happened is ProposalEventOfTurn proposed ? proposed.Proposal : happened;
            return $"event: {happened.Type}\nid: {told.Place}\ndata: {JsonSerializer.Serialize(data, data.GetType(), KeptEvent.Json)}";
        }
    }

    private static ProblemHttpResult Missing(string id) =>
        TypedResults.Problem(
            $"There is no conversation {id} of yours.",
            statusCode: 404,
            title: "No such conversation"
        );

    private static ConversationAnswer Shown(Conversation conversation) =>
        new(conversation.Id, conversation.Title, conversation.Model, conversation.CreatedAt, conversation.TouchedAt);

    /// <param name="Title">Without one, the first question becomes it.</param>
    /// <param name="Model">Name of a configured chat model; the main one when left out.</param>
    private sealed record BeginRequest(string? Title = null, string? Model = null);

    /// <param name="TimeZone">IANA zone in which times in words are meant; the installation's when left out.</param>
    private sealed record AskRequest(string? Text, string? TimeZone = null);

    private sealed record ConversationAnswer(
        string Id,
        string Title,
        string? Model,
        DateTimeOffset CreatedAt,
        DateTimeOffset TouchedAt
    );
}
