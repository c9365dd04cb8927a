using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Talks: keeps what was said, asks the model, streams what happens.</summary>
internal sealed class Conversations(
    ConversationStore store,
    Answering answers,
    IOptions<AssistantOptions> options,
    TimeProvider time
)
{
    public async Task<Conversation> BeginAsync(Caller caller, string title, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var conversation = new Conversation
        {
            Id = Guid.CreateVersion7(now).ToString("n"),
            OwnerId = caller.Subject,
            Title = title,
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
        CancellationToken cancellation
    ) => store.PageAsync(caller.Subject, after, most, cancellation);

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
    /// what was said until then is kept either way, with why it is not whole.
    /// </summary>
    public async IAsyncEnumerable<AssistantEvent> AskAsync(
        Caller caller,
        Conversation conversation,
        string question,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (earlier, leftOut) = await store.RememberedAsync(
            conversation.Id,
            options.Value.Memory,
            Talk.AtOnce,
            cancellation
        );
        var asked = await KeepAsync(conversation, "user", question, [], cancellation);
        using var turn = new Turn(caller, conversation.Id, options.Value)
        {
            LeftOut = leftOut,
            Question = question,
            Earlier = earlier,
            Tainted = await store.IsTaintedAsync(conversation.Id, cancellation),
        };
        var answering = AnswerAsync(turn, AssistantPrompt.For(caller, earlier, question, asked.At), cancellation);
        var kept = new KeptAnswer();
        try
        {
            await foreach (var happened in turn.Events.ReadAllAsync(cancellation))
            {
                kept.Add(happened);
                yield return happened;
            }
        }
        finally
        {
            turn.Abandon();
            await answering;
            // Kept also when the asker has gone: what was said and proposed, and that it was stopped, stays visible.
            while (turn.Events.TryRead(out var late))
            {
                kept.Add(late);
            }
            var message = await KeepAsync(
                conversation,
                "assistant",
                kept.Text,
                kept.Events(turn.CutOff),
                CancellationToken.None,
                kept.HasFailed || turn.CutOff is not null ? null : turn.Exchange
            );
            turn.MessageId = message.Id;
        }
        if (!kept.HasFailed)
        {
            yield return new DoneEvent(turn.MessageId!, turn.CutOff is null ? null : false, turn.CutOff);
        }
    }

    private async Task AnswerAsync(Turn turn, IReadOnlyList<ModelMessage> prompt, CancellationToken asked)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(asked, turn.Abandoned);
        try
        {
            await answers.RunAsync(turn, prompt, stop.Token);
        }
        finally
        {
            turn.End();
        }
    }

    private async Task<ConversationMessage> KeepAsync(
        Conversation conversation,
        string author,
        string text,
        IEnumerable<AssistantEvent> events,
        CancellationToken cancellation,
        string? exchange = null
    )
    {
        var now = time.GetUtcNow();
        var message = new ConversationMessage
        {
            Id = Guid.CreateVersion7(now).ToString("n"),
            ConversationId = conversation.Id,
            Author = author,
            Text = text,
            Events = JsonSerializer.Serialize(events.Select(KeptEvent.Of), KeptEvent.Json),
            Exchange = exchange,
            At = now,
        };
        await store.AppendAsync(message, cancellation);
        return message;
    }

    /// <summary>An answer as it is kept: its text without what was only thought, and everything else that happened.</summary>
    private sealed class KeptAnswer
    {
        private readonly StringBuilder text = new();
        private readonly List<AssistantEvent> events = [];

        public string Text => text.ToString().Trim();

        public bool HasFailed => events.OfType<ErrorEvent>().Any();

        public void Add(AssistantEvent happened)
        {
            switch (happened)
            {
                case TextEvent piece:
                    if (piece.Restart == true)
                    {
                        text.Clear();
                    }
                    text.Append(piece.Text);
                    break;
                case WaitingEvent:
                    break;
                default:
                    events.Add(happened);
                    break;
            }
        }

        public IEnumerable<AssistantEvent> Events(string? cutOff) =>
            cutOff is null ? events : events.Append(new DoneEvent("", false, cutOff));
    }
}

/// <summary>An event as it is kept and sent: its type and its data.</summary>
/// <param name="Type">As in the event stream; <c>done</c> is kept only of an answer that was cut off.</param>
internal sealed record KeptEvent(string Type, JsonElement Data)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new MillisecondTime() },
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
