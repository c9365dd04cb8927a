using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>Why an answer ends before the model would have ended it, or is not whole.</summary>
internal static class AnswerEnds
{
    /// <summary>The limit that is passed by so much, in words; null when none is.</summary>
    public static string? Limit(Turn turn, int characters, int tokens) =>
        characters > turn.Limits.MaximumAnswer ? $"{turn.Limits.MaximumAnswer} characters"
        : tokens > turn.Limits.MaximumTokens ? $"{turn.Limits.MaximumTokens} tokens"
        : turn.TokensLeft is { } left && tokens > left ? $"{left} tokens, which was all that was left of today's budget"
        : null;

    /// <summary>Its arguments break off: what is no object stands as a text under its own name.</summary>
    public static bool IsHalfACall(IReadOnlyList<ModelCall> calls, EndPiece? end) =>
        end is { Reason: "length" }
        && calls is [.., { Arguments: var last }]
        && last.EnumerateObject().Count() == 1
        && last.TryGetProperty("arguments", out var broken)
        && broken.ValueKind == JsonValueKind.String;

    /// <summary>Why the answer is not whole by its end's own word; null when it is.</summary>
    public static string? WhyCut(ModelRequest request, EndPiece? end) =>
        end?.Reason switch
        {
            null or "" or "stop" or "tool_calls" or "function_call" or "eos" or "end_turn" => null,
            "length" =>
                $"The answer was cut off (length): it reached the limit of {end.AnswerTokens ?? request.AnswerTokens} tokens.",
            var other => $"The answer was cut off: the model's server ended it with \"{other}\".",
        };
}
