using System.Text;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Assistant.Runs;

/// <summary>An answer as it is kept: its text without what was only thought, and everything else that happened.</summary>
internal sealed class KeptAnswer
{
    private readonly StringBuilder text = new();
    private readonly List<AssistantEvent> events = [];

    public string Text => text.ToString().Trim();

    public bool HasFailed => events.OfType<ErrorEvent>().Any();

    /// <summary>What is asked for later is answered by it: it is kept at once, not with the end.</summary>
    public static bool MustLast(AssistantEvent happened) =>
        happened is ProposalEventOfTurn or ToolEvent { Untrusted: true };

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

    /// <summary>JSON.</summary>
    /// <param name="cutOff">Why it is not whole; null when it is.</param>
    public string Events(string? cutOff) =>
        JsonSerializer.Serialize(
            (cutOff is null ? events : events.Append(new DoneEvent("", false, cutOff))).Select(KeptEvent.Of),
            KeptEvent.Json
        );
}
