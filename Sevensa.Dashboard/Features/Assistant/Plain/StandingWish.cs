using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// A wish for what is to be done from now on, whenever something holds: a policy, and nothing that is done now. It is read as a whole by who
/// reads policies; what can't be read is said.
/// </summary>
internal sealed partial class StandingWish(Turn turn, PlainLook look)
{
    private const string Command = "/policy";

    /// <summary>The sentence of such a wish; null when the question is another.</summary>
    public static string? Of(string question)
    {
        var said = question.Trim();
        if (
            said.StartsWith(Command, StringComparison.OrdinalIgnoreCase)
            && (said.Length == Command.Length || char.IsWhiteSpace(said[Command.Length]))
        )
        {
            return said[Command.Length..].Trim();
        }
        return !said.StartsWith('/') && !Asks().IsMatch(said) && Rule().IsMatch(said) && Deed().IsMatch(said)
            ? said
            : null;
    }

    /// <summary>It says what is not to be done, or is to end: read as a rule it would become the very thing that is not wanted.</summary>
    public static bool IsDenied(string sentence)
    {
        var said = Kept().Replace(sentence.ToLowerInvariant().Replace('’', '\''), " ");
        return WishDenials.Holds(said) || (Deed().IsMatch(said) && !Deed().IsMatch(WishDenials.Without(said)));
    }

    /// <summary>Reads it, and proposes to write it down as a draft.</summary>
    public async Task<string> ToAsync(string sentence, CancellationToken cancellation)
    {
        if (sentence.Length == 0)
        {
            return "What is to be done, and when? For example: /policy restart the RentGuy worker when it is unhealthy for 3 minutes, at most twice a day.";
        }
        if (IsDenied(sentence))
        {
            return "It says what is not to be done, or what is to end, and a policy only does things: not proposed, and nothing was changed. "
                + "Say what is to be done and when; a policy that is there is paused or put away under Policies (/policies lists them).";
        }
        var read = await look.AskAsync("draft_policy", new { text = sentence }, cancellation);
        if (read.Data is not { } data)
        {
            return $"Read as a policy, and not proposed: {read.Error!.TrimEnd('.')}. Nothing was changed.";
        }
        var (tenant, name) = (ResultWords.Text(data, "tenant")!, ResultWords.Text(data, "name")!);
        var unread = ResultWords.Texts(data, "unread").ToList();
        var said =
            $"It is read as: {Verbatim.Of(ResultWords.Text(data, "says") ?? "")}"
            + (
                unread.Count == 0
                    ? ""
                    : $" Not understood: {string.Join(", ", unread.Select(part => $"\"{Verbatim.Of(part)}\""))}."
            );
        if (!turn.Caller.MayPropose)
        {
            return $"{said} Not proposed: you may look here, and not propose changes. Nothing was changed.";
        }
        var proposed = await look.AskAsync(
            "propose",
            new
            {
                kind = "policy.draft",
                tenant,
                target = name,
                parameters = new { text = sentence },
                reason = $"Asked for: {sentence}",
            },
            cancellation
        );
        return proposed.Data is null
            ? $"{said} Not proposed: {proposed.Error!.TrimEnd('.')}. Nothing was changed."
            : $"{said} Proposed as a draft, which does nothing until it was watched in shadow and its enforcement was approved. It waits for a person.";
    }

    /// <summary>It wants to know, and has nothing done: what happened every time is no rule.</summary>
    [GeneratedRegex(
        @"^\W*(?:why|how|what|which|who|when (?:did|was|were|has|have|does|do)|where|is|are|was|were|does|do|did|has|have|should|waarom|hoe|wat|welke?|wie|waar|heeft|hebben|moet)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Asks();

    /// <summary>What is said of something that is done again and again, and of nothing that is done once.</summary>
    [GeneratedRegex(
        @"\bat most (once|twice|\w+ times)\b|\b(?:whenever|every time)\b(?! (?:i|we|you|they|people|users?|somebody|someone|anybody|anyone)\b)|\bhoogstens\b|\btelkens als\b|\b(when|once) (it|its|the|their)\b.*\bfor \d+ (seconds|minutes|hours)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Rule();

    /// <summary>"Keep it running: restart it whenever it is down" holds nothing back.</summary>
    [GeneratedRegex(
        @"\b(?:keep\b.{1,40}?\b(?:running|up|alive|healthy|available)|houd\b.{1,40}?\b(?:draaiend|in de lucht|gezond|beschikbaar))\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Kept();

    [GeneratedRegex(
        @"\b(restart|reboot|bounce|stop|start|scale|roll back|rollback|revert|prune|clean up|herstart|schaal|zet terug|ruim op)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Deed();
}
