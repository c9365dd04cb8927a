using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Talks: keeps what was said, asks the model, streams what happens.</summary>
public sealed class Conversations(
    ConversationStore store,
    ChatModel model,
    TurnTools tools,
    IOptions<AssistantOptions> options,
    TimeProvider time,
    ILoggerFactory logs
)
{
    public async Task<Conversation> BeginAsync(Caller caller, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var conversation = new Conversation
        {
            Id = Guid.CreateVersion7(now).ToString("n"),
            OwnerId = caller.Subject,
            Title = "",
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

    public Task<IReadOnlyList<ConversationMessage>> MessagesAsync(
        Conversation conversation,
        CancellationToken cancellation
    ) => store.MessagesAsync(conversation.Id, 200, cancellation);

    /// <summary>
    /// One question and its answer. The stream always ends with <see cref="DoneEvent"/> or <see cref="ErrorEvent"/>;
    /// what was said until then is kept either way.
    /// </summary>
    public async IAsyncEnumerable<AssistantEvent> AskAsync(
        Caller caller,
        Conversation conversation,
        string question,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var earlier = await store.MessagesAsync(conversation.Id, options.Value.Memory, cancellation);
        await KeepAsync(conversation, "user", question, [], cancellation);
        using var turn = new Turn(caller, conversation.Id, options.Value);
        var answering = AnswerAsync(turn, earlier, question, cancellation);
        var text = new StringBuilder();
        var kept = new List<AssistantEvent>();
        try
        {
            await foreach (var happened in turn.Events.ReadAllAsync(cancellation))
            {
                if (happened is TextEvent piece)
                {
                    text.Append(piece.Text);
                }
                else
                {
                    kept.Add(happened);
                }
                yield return happened;
            }
        }
        finally
        {
            turn.Abandon();
            await answering;
            // Kept also when the asker has gone: what was said and proposed stays visible.
            var message = await KeepAsync(conversation, "assistant", text.ToString(), kept, CancellationToken.None);
            turn.MessageId = message.Id;
        }
        if (!kept.OfType<ErrorEvent>().Any())
        {
            yield return new DoneEvent(turn.MessageId!);
        }
    }

    private async Task AnswerAsync(
        Turn turn,
        IReadOnlyList<ConversationMessage> earlier,
        string question,
        CancellationToken asked
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(asked, turn.Abandoned);
        using var silence = new CancellationTokenSource(model.Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, silence.Token);
        try
        {
            using var client = new ChatClientBuilder(model.Open())
                .UseFunctionInvocation(
                    logs,
                    invoking =>
                    {
                        invoking.MaximumIterationsPerRequest = options.Value.MaximumRounds;
                        invoking.MaximumConsecutiveErrorsPerRequest = 3;
                        invoking.AllowConcurrentInvocation = false;
                        invoking.FunctionInvoker = (context, token) =>
                        {
                            silence.CancelAfter(model.Patience);
                            return tools.InvokeAsync(turn, context, token);
                        };
                    }
                )
                .Build();
            var said = false;
            await foreach (
                var update in client.GetStreamingResponseAsync(
                    AssistantPrompt.For(turn.Caller, earlier, question, time.GetUtcNow()),
                    new ChatOptions { Tools = [.. tools.For(turn)] },
                    both.Token
                )
            )
            {
                silence.CancelAfter(model.Patience);
                foreach (
                    var unknown in update
                        .Contents.OfType<FunctionCallContent>()
                        .Where(call => !tools.Knows(turn, call.Name))
                )
                {
                    turn.Tell(
                        new ToolEvent(
                            unknown.CallId,
                            unknown.Name,
                            "failed",
                            $"asked for \"{unknown.Name}\"",
                            Error: "There is no such tool."
                        )
                    );
                }
                if (update.Role != ChatRole.Tool && update.Text is { Length: > 0 } piece)
                {
                    said = true;
                    turn.Tell(new TextEvent(piece));
                }
            }
            model.Answered();
            if (!said && !turn.HasProposed)
            {
                turn.Tell(
                    new ErrorEvent(
                        "The model answered nothing that could be understood. Nothing was proposed.",
                        "Ask again in other words."
                    )
                );
            }
        }
        catch (Exception exception) when (model.Translate(exception, stop.Token) is { } told)
        {
            turn.Tell(
                new ErrorEvent($"{Sentence(told)}{(turn.HasProposed ? "" : " Nothing was proposed.")}", told.Remedy)
            );
        }
        catch (OperationCanceledException)
        {
            turn.Tell(new ErrorEvent("Stopped."));
        }
        catch (Exception exception)
        {
            logs.CreateLogger<Conversations>()
                .LogError(exception, "An answer of the assistant ended with an error that nobody foresaw");
            turn.Tell(
                new ErrorEvent("The answer could not be understood. Nothing was proposed.", "Ask again in other words.")
            );
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
        CancellationToken cancellation
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
            At = now,
        };
        await store.AppendAsync(message, cancellation);
        return message;
    }

    /// <summary>"Connection refused" alone would not say by whom.</summary>
    private static string Sentence(UpstreamException told) =>
        told.Fault == UpstreamFault.Unreachable
            ? $"{told.Upstream} can't be reached: {told.Message.TrimEnd('.')}."
            : told.Message;
}

/// <summary>An event as it is kept and sent: its type and its data.</summary>
public sealed record KeptEvent(string Type, JsonElement Data)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new MillisecondTime() },
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Of a proposal only the id is kept: it lives on, and is read anew when shown.</summary>
    public static KeptEvent Of(AssistantEvent happened) =>
        happened is ProposalEventOfTurn proposed
            ? new KeptEvent(happened.Type, JsonSerializer.SerializeToElement(new { id = proposed.Proposal.Id }, Json))
            : new KeptEvent(happened.Type, JsonSerializer.SerializeToElement(happened, happened.GetType(), Json));
}
