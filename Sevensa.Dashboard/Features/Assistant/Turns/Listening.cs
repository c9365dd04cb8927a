using System.Text;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>What a round of the model came to.</summary>
/// <param name="Failure">Why it is no answer; null when it is one.</param>
/// <param name="CutOff">Why it is not whole.</param>
internal sealed record Heard(string Text, IReadOnlyList<ModelCall> Calls, HeardFailure? Failure, string? CutOff);

/// <summary>Why it is no answer, in sentences, and what to do.</summary>
internal sealed record HeardFailure(string Words, string Remedy);

/// <summary>Listens to one round of the model: tells on what it says, takes its calls, and ends it where a limit is passed.</summary>
internal sealed class Listening(
    Turn turn,
    ChatModel model,
    Talk talk,
    Spent spent,
    Func<string, bool> isTool,
    TimeProvider time
)
{
    private const string ThoughtOn = "The answer was cut off: the model went on to think and did not come back to it.";

    private readonly SpokenText text = new(isTool, talk.Holds, model.ThinksAloud, time);
    private readonly StringBuilder said = new();
    private readonly List<ModelCall> calls = [];
    private EndPiece? end;

    public async Task<Heard> ToAsync(ModelRequest request, CancellationToken cancellation)
    {
        var length = 0;
        string? limit = null;
        try
        {
            await foreach (var piece in model.AskAsync(request, cancellation))
            {
                length += Take(piece);
                limit = AnswerEnds.Limit(turn, spent.Characters + length, spent.Tokens + model.Tokens(length));
                if (limit is not null)
                {
                    break;
                }
            }
        }
        catch (Exception exception) when (exception is not UpstreamException failed || !AnswerFaults.IsTooLong(failed))
        {
            // What was held back is half of an answer, and is said to be.
            Show(text.End());
            spent.Tokens += model.Tokens(length);
            throw;
        }
        Show(text.End());
        if (limit is not null)
        {
            spent.Tokens += model.Tokens(length);
            return new Heard(said.ToString(), [], null, $"The answer was cut off at {limit}.");
        }
        model.ThinksAloud =
            text.HasThoughtAloud ? true
            : text.HasSpoken ? false
            : model.ThinksAloud;
        spent.Characters += length;
        spent.Tokens += end?.AnswerTokens ?? model.Tokens(length);
        spent.HasSpoken |= said.ToString().Trim().Length > 0;
        return Ended(request);
    }

    private Heard Ended(ModelRequest request)
    {
        if (AnswerEnds.IsHalfACall(calls, end))
        {
            return new Heard(
                said.ToString(),
                [],
                new HeardFailure(
                    $"The model's tool call was cut off (length): it reached the limit of {end!.AnswerTokens ?? request.AnswerTokens} tokens.{(spent.Calls == 0 ? " Nothing was looked up." : "")}",
                    "Ask for less at once, or raise Ollama:AnswerTokens."
                ),
                null
            );
        }
        if (calls.Count == 0)
        {
            calls.AddRange(text.Calls);
        }
        if (calls.Count == 0)
        {
            ContextNotices.TellOfFullness(turn, request, talk, end);
        }
        var isCall = calls.Count > 0 || text.BrokenCall is not null;
        return new Heard(
            said.ToString(),
            calls,
            WhyNone(),
            isCall
                ? null
                : AnswerEnds.WhyCut(request, end) ?? (text.EndedInThought && spent.HasSpoken ? ThoughtOn : null)
        );
    }

    /// <returns>Characters that it is counted as.</returns>
    private int Take(ModelPiece piece)
    {
        switch (piece)
        {
            case WaitPiece wait:
                turn.Tell(new WaitingEvent(wait.Why));
                break;
            case SpokenPiece spoke:
                Show(text.Add(spoke.Text));
                return spoke.Text.Length;
            case ThoughtPiece thought:
                return thought.Length;
            case CallPiece call:
                calls.Add(call.Call);
                return call.Call.Arguments.GetRawText().Length;
            case EndPiece ended:
                end = ended;
                break;
        }
        return 0;
    }

    private void Show(string piece)
    {
        if (text.StartsAnew)
        {
            said.Clear();
            turn.Tell(new TextEvent(piece, Restart: true));
        }
        else if (piece.Length > 0)
        {
            // Rounds are paragraphs of their own.
            turn.Tell(new TextEvent(said.Length == 0 && spent.HasSpoken ? "\n\n" + piece : piece));
        }
        said.Append(piece);
    }

    private HeardFailure? WhyNone() =>
        text.BrokenCall is { } broken
            ? new HeardFailure(
                $"The model wrote a tool call as text, and {broken}.{(spent.Calls == 0 ? " Nothing was looked up." : "")}",
                AnswerFaults.AskAnother
            )
        : text.EndedInThought && !spent.HasSpoken
            ? new HeardFailure("The model thought, and came to no answer.", AnswerFaults.AskOtherwise)
        : null;
}
