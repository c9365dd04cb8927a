using Sevensa.Dashboard.Features.Assistant.Plain;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>What the tools had found when a limit ended the question, told by code, since the model comes to no words any more.</summary>
internal static class FoundSoFar
{
    private const int Most = 12;

    public static void Tell(Turn turn)
    {
        // An examination judges what the model says.
        if (turn.IsOfModelOnly || Lines(turn) is not { Count: > 0 } lines)
        {
            return;
        }
        var more = lines.Count > Most ? $"\n- and {lines.Count - Most} more, below" : "";
        turn.Tell(
            new TextEvent(
                $"{(turn.HasSaid ? "\n\n" : "")}Found until then:\n\n{string.Join('\n', lines.Take(Most))}{more}"
            )
        );
    }

    private static List<string> Lines(Turn turn) =>
        [
            .. turn
                .Looks.Select(look =>
                    $"- {Verbatim.Of(look.Said ?? Capital(look.Title))}{(look.Link is { } link ? $" [{turn.Cite(look.Title, link, look.Tenant)}]" : "")}"
                )
                .Distinct(),
        ];

    private static string Capital(string title) =>
        title.Length > 0 ? char.ToUpperInvariant(title[0]) + title[1..] : title;
}
