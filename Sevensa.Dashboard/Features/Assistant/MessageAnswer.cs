using System.Text.Json;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>One side's turn as callers read it.</summary>
internal sealed record MessageAnswer(
    string Id,
    string Author,
    string Text,
    IReadOnlyList<KeptEvent> Events,
    DateTimeOffset At
)
{
    public static MessageAnswer Of(ConversationMessage message) =>
        new(
            message.Id,
            message.Author,
            message.Text,
            JsonSerializer.Deserialize<List<KeptEvent>>(message.Events, KeptEvent.Json)!,
            message.At
        );
}
