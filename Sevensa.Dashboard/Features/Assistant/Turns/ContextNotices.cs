using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// Tells, whenever it becomes more, what the model was not sent because it reads no more at a time: it does not know of it, and
/// nobody would know why. And that the next question will be shortened.
/// </summary>
internal sealed class ContextNotices
{
    /// <summary>Share of what a prompt may take from which on it is said to be nearly full.</summary>
    private const double NearlyFull = 0.9;

    private bool isMemoryTold;
    private int forgotten;
    private int emptied;

    /// <param name="context">Tokens that the model reads.</param>
    public void TellOfLeftOut(Turn turn, Talk talk, int context)
    {
        if (talk.Forgotten > forgotten)
        {
            TellOf($"than the {context} tokens that the model reads", turn.LeftOut + talk.Forgotten);
        }
        else if (turn.LeftOut > 0 && !isMemoryTold)
        {
            TellOf($"than the {turn.Limits.Memory} messages that the model is sent", turn.LeftOut);
        }
        isMemoryTold = true;
        void TellOf(string than, int count) =>
            turn.Tell(
                new NoticeEvent(
                    $"The conversation is longer {than}: its oldest {(count == 1 ? "message was" : $"{count} messages were")} left out. Begin a new conversation for another matter."
                )
            );
        if (talk.Emptied > 0 && emptied == 0)
        {
            turn.Tell(
                new NoticeEvent(
                    $"More was looked up than the {context} tokens that the model reads: earlier results were left out for later ones."
                )
            );
        }
        (forgotten, emptied) = (talk.Forgotten, talk.Emptied);
    }

    /// <summary>Said before the next question is shortened.</summary>
    public static void TellOfFullness(Turn turn, ModelRequest request, Talk talk, EndPiece? end)
    {
        var most = request.ContextTokens - request.AnswerTokens;
        // What was looked up for this answer is not sent with the next question.
        if (
            end?.PromptTokens is { } read
            && (int)(read * talk.Kept) + (end.AnswerTokens ?? 0) is var taken
            && taken > most * NearlyFull
        )
        {
            turn.Tell(
                new NoticeEvent(
                    $"The conversation takes {taken} of the {request.ContextTokens} tokens that the model reads: its oldest messages will be left out of the next questions. Begin a new conversation for another matter."
                )
            );
        }
    }
}
