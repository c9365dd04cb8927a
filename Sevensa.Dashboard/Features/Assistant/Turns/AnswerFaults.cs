using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>Why a question has no answer, or none that is whole, in sentences.</summary>
internal static class AnswerFaults
{
    public const string AskOtherwise = "Ask again in other words.";

    public const string AskAnother = "Ask again, or set Ollama:Model to a model that is better at calling tools.";

    /// <summary>Of an answer that had begun it is said that it is not whole.</summary>
    public static void Tell(Turn turn, string message, string? remedy) =>
        turn.Tell(
            new ErrorEvent($"{(turn.HasSaid ? "The answer was cut off. " : "")}{message}{Nothing(turn)}", remedy)
        );

    /// <summary>The same where a limit of one question ended it: what was found until then is told with it.</summary>
    public static void TellOfLimit(Turn turn, string message, string remedy)
    {
        var hadBegun = turn.HasSaid;
        FoundSoFar.Tell(turn);
        turn.Tell(new ErrorEvent($"{(hadBegun ? "The answer was cut off. " : "")}{message}{Nothing(turn)}", remedy));
    }

    public static string Nothing(Turn turn) => turn.HasProposed ? "" : " Nothing was proposed.";

    public static bool IsTooLong(UpstreamException failed) => failed.Fault == UpstreamFault.Refused;

    public static bool IsAway(UpstreamException failed) =>
        failed.Fault is UpstreamFault.NotConfigured or UpstreamFault.Unreachable;

    /// <summary>"Connection refused" alone would not say by whom.</summary>
    public static string Words(UpstreamException told) =>
        told.Fault == UpstreamFault.Unreachable ? $"{told.Upstream} can't be reached: {told.Message}" : told.Message;
}
