using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Assistant.Runs;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Talks: keeps what was said, asks the model, streams what happens.</summary>
internal sealed class Conversations(
    ConversationStore store,
    AnswerRuns runs,
    ChatModels models,
    IOptions<AssistantOptions> options,
    Redaction redaction,
    TimeProvider time
)
{
    /// <param name="model">Name of a configured chat model; the main one when null.</param>
    /// <exception cref="UnknownModelException">None of that name is configured.</exception>
    public async Task<Conversation> BeginAsync(
        Caller caller,
        string title,
        string? model,
        CancellationToken cancellation
    )
    {
        var chosen = model is null ? null : models.Named(model);
        var now = time.GetUtcNow();
        var conversation = new Conversation
        {
            Id = Guid.CreateVersion7(now).ToString("n"),
            OwnerId = caller.Subject,
            Title = title,
            // Who chooses the main one chooses that, whichever is the main one later.
            Model = chosen?.ModelName,
            CreatedAt = now,
            TouchedAt = now,
        };
        await store.AddAsync(conversation, cancellation);
        return conversation;
    }

    public Task<Conversation?> FindAsync(Caller caller, string id, CancellationToken cancellation) =>
        store.FindAsync(id, caller.Subject, cancellation);

    public Task<IReadOnlyList<Conversation>> ListAsync(Caller caller, CancellationToken cancellation) =>
        store.ListAsync(caller.Subject, 50, cancellation);

    /// <summary>One's own by when they were begun, newest first: an order that no new message changes between two pages.</summary>
    public Task<IReadOnlyList<Conversation>> PageAsync(
        Caller caller,
        (DateTimeOffset CreatedAt, string Id)? after,
        int most,
        CancellationToken cancellation,
        string? text = null
    ) => store.PageAsync(caller.Subject, after, most, cancellation, text);

    /// <summary>Deletes one's own conversation, and ends what is being answered in it. What was proposed in it lives on by itself.</summary>
    /// <returns>False when there is none of that id of the caller's.</returns>
    public async Task<bool> RemoveAsync(Caller caller, string id, CancellationToken cancellation)
    {
        if (!await store.RemoveAsync(id, caller.Subject, cancellation))
        {
            return false;
        }
        runs.Stop(id, AnswerRuns.Deleted);
        return true;
    }

    public Task<IReadOnlyList<ConversationMessage>> MessagesAsync(
        Conversation conversation,
        CancellationToken cancellation
    ) => store.MessagesAsync(conversation.Id, 200, cancellation);

    /// <summary>Oldest first.</summary>
    public Task<Page<ConversationMessage>> MessagesAsync(
        Conversation conversation,
        PageAsked asked,
        CancellationToken cancellation
    ) => store.MessagesAsync(conversation.Id, asked, cancellation);

    /// <summary>
    /// One question and its answer. The stream always ends with <see cref="DoneEvent"/> or <see cref="ErrorEvent"/>;
    /// what was said until then is kept either way, with why it is not whole. Who listens no longer ends nothing.
    /// </summary>
    public async IAsyncEnumerable<AssistantEvent> AskAsync(
        Caller caller,
        Conversation conversation,
        string question,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (run, refused) = await BeginAnswerAsync(caller, conversation, question, cancellation);
        if (run is null)
        {
            yield return refused!;
            yield break;
        }
        await foreach (var (_, happened) in run.FromAsync(0, cancellation))
        {
            yield return happened;
        }
    }

    /// <summary>The answer that is under way in one's own conversation; null when none is.</summary>
    public AnswerRun? UnderWay(Conversation conversation) => runs.Of(conversation.Id);

    /// <summary>Stops what is being answered in one's own conversation. What was said until then is kept.</summary>
    public void Stop(Conversation conversation) => runs.Stop(conversation.Id, "Stopped.");

    /// <summary>Keeps question and answer from their beginning, and begins to answer.</summary>
    private async Task<(AnswerRun? Run, ErrorEvent? Refused)> BeginAnswerAsync(
        Caller caller,
        Conversation conversation,
        string question,
        CancellationToken cancellation
    )
    {
        if (runs.AreMany(caller))
        {
            return (null, new ErrorEvent("Many answers of yours are under way.", "Wait for one to end, or stop one."));
        }
        var (earlier, leftOut) = await store.RememberedAsync(
            conversation.Id,
            options.Value.Memory,
            Talk.AtOnce,
            cancellation
        );
        var isTainted = await store.IsTaintedAsync(conversation.Id, cancellation);
        var asked = Message(conversation, "user", question, "[]");
        var answer = Message(conversation, "assistant", "", new KeptAnswer().Events(AnswerRuns.UnderWay));
        if (!await store.AppendAsync(asked, cancellation) || !await store.AppendAsync(answer, cancellation))
        {
            return (null, new ErrorEvent(AnswerRuns.Deleted, "Begin a new conversation."));
        }
        // Ends with the run.
        var turn = new Turn(caller, conversation.Id, options.Value)
        {
            LeftOut = leftOut,
            Question = question,
            Earlier = earlier,
            Tainted = isTainted,
            Model = ModelOf(conversation),
        };
        if (conversation.Model is { } chosen && models.Find(chosen) is null && !PlainAnswers.IsCommand(question))
        {
            turn.Tell(
                new NoticeEvent(
                    $"This conversation was begun with the model {chosen}, which is not configured any more; {models.Main.ModelName} goes on with it."
                )
            );
        }
        return (runs.Begin(turn, AssistantPrompt.For(caller, earlier, question, asked.At, redaction), answer), null);
    }

    /// <summary>The model that a conversation is had with: the one it was begun with while that is configured, else the main one.</summary>
    public ChatModel ModelOf(Conversation conversation) =>
        conversation.Model is { } name && models.Find(name) is { } chosen ? chosen : models.Main;

    private ConversationMessage Message(Conversation conversation, string author, string text, string events)
    {
        var now = time.GetUtcNow();
        return new ConversationMessage
        {
            Id = Guid.CreateVersion7(now).ToString("n"),
            ConversationId = conversation.Id,
            Author = author,
            Text = text,
            Events = events,
            At = now,
        };
    }
}

/// <summary>An event as it is kept and sent: its type and its data.</summary>
/// <param name="Type">As in the event stream; <c>done</c> is kept only of an answer that was cut off.</param>
internal sealed record KeptEvent(string Type, JsonElement Data)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new MillisecondTime(), new FiniteNumber() },
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>What is kept of an answer.</summary>
    public static IReadOnlyList<KeptEvent> Read(string events) =>
        JsonSerializer.Deserialize<List<KeptEvent>>(events, Json) ?? [];

    /// <summary>Of a proposal only the id is kept: it lives on, and is read anew when shown.</summary>
    public static KeptEvent Of(AssistantEvent happened) =>
        happened is ProposalEventOfTurn proposed
            ? new KeptEvent(happened.Type, JsonSerializer.SerializeToElement(new { id = proposed.Proposal.Id }, Json))
            : new KeptEvent(happened.Type, JsonSerializer.SerializeToElement(happened, happened.GetType(), Json));
}
