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
                    var begun = await conversations.BeginAsync(
                        await callers.GetAsync(cancellation),
                        title,
                        cancellation
                    );
                    return TypedResults.Created($"/api/v1/conversations/{begun.Id}", Shown(begun));
                }
            )
            .WithSummary("Begin a conversation");
        api.MapGet(
                "/",
                async (
                    Conversations conversations,
                    ICurrentCaller callers,
                    CancellationToken cancellation,
                    string? cursor = null,
                    int? limit = null
                ) =>
                {
                    var after = Cursor.Read(cursor, "conversations", 2);
                    var most = PageSize.Of(limit, usual: 50);
                    var found = await conversations.PageAsync(
                        await callers.GetAsync(cancellation),
                        after is null ? null : (after.Time(0), after.Text(1)),
                        most + 1,
                        cancellation
                    );
                    return new Page<ConversationAnswer>(
                        [.. found.Take(most).Select(Shown)],
                        found.Count > most
                            ? Cursor.After("conversations", found[most - 1].CreatedAt, found[most - 1].Id)
                            : null
                    );
                }
            )
            .WithSummary("One's own conversations, newest first");
        api.MapGet("/{id}/messages", Messages).WithSummary("What was said");
        api.MapPost("/{id}/messages", Ask)
            .WithSummary(
                "Ask; the answer comes as server-sent events: text, tool, citation, proposal, waiting, notice, done, error"
            );
    }

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
        return TypedResults.Ok(
            messages.Select(message => new MessageAnswer(
                message.Id,
                message.Author,
                message.Text,
                JsonSerializer.Deserialize<List<KeptEvent>>(message.Events, KeptEvent.Json)!,
                message.At
            ))
        );
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
        return new EventsOfAnswer(stop => conversations.AskAsync(caller, conversation, request.Text, stop), time);
    }

    /// <summary>What happens while a question is answered, as server-sent events.</summary>
    private sealed class EventsOfAnswer(
        Func<CancellationToken, IAsyncEnumerable<AssistantEvent>> events,
        TimeProvider time
    ) : IResult, IEndpointMetadataProvider
    {
        public Task ExecuteAsync(HttpContext httpContext) =>
            ServerSentEvents.WriteAsync(httpContext, events, Frame, time);

        public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
            builder.Metadata.Add(
                new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/event-stream"])
            );

        private static string Frame(AssistantEvent happened)
        {
            object data = happened is ProposalEventOfTurn proposed ? proposed.Proposal : happened;
            return $"event: {happened.Type}\ndata: {JsonSerializer.Serialize(data, data.GetType(), KeptEvent.Json)}";
        }
    }

    private static ProblemHttpResult Missing(string id) =>
        TypedResults.Problem(
            $"There is no conversation {id} of yours.",
            statusCode: 404,
            title: "No such conversation"
        );

    private static ConversationAnswer Shown(Conversation conversation) =>
        new(conversation.Id, conversation.Title, conversation.CreatedAt, conversation.TouchedAt);

    /// <param name="Title">Without one, the first question becomes it.</param>
    private sealed record BeginRequest(string? Title = null);

    /// <param name="TimeZone">IANA zone in which times in words are meant; the installation's when left out.</param>
    private sealed record AskRequest(string? Text, string? TimeZone = null);

    private sealed record ConversationAnswer(
        string Id,
        string Title,
        DateTimeOffset CreatedAt,
        DateTimeOffset TouchedAt
    );

    private sealed record MessageAnswer(
        string Id,
        string Author,
        string Text,
        IReadOnlyList<KeptEvent> Events,
        DateTimeOffset At
    );
}
