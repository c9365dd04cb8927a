using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Automation.Drafting;

/// <summary>Sentences that say what is not to be done: read as a policy they would become the very thing that is not wanted.</summary>
internal static partial class DeniedDeeds
{
    private const string Deeds =
        "(?:re-?start|reboot|bounce|stop|halt|start|scale|roll|revert|prune|clean|remove|herstart|opstart|schaal|zet|draai|ruim)";

    public static bool In(string text)
    {
        var said = text.ToLowerInvariant().Replace('’', '\'');
        var trigger = Triggers().Match(said);
        // "Never restart it when …", or "when …, don't restart it". What a trigger is not, is the trigger's.
        var deed =
            !trigger.Success ? said
            : said[..trigger.Index].Trim() is { Length: > 0 } first ? first
            : said.IndexOf(',', StringComparison.Ordinal) is > 0 and var comma ? said[comma..]
            : "";
        return Denied().IsMatch(deed);
    }

    [GeneratedRegex(
        @"\b(?:when(?:ever)?|if|once|while|as soon as|every|each|at most|als|wanneer|zodra|indien|telkens|elke|hoogstens)\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Triggers();

    [GeneratedRegex(
        @"(?:\b(?:not|never|nooit|niet|zonder|without)|n't) (?:[\w-]+ ){0,2}?(?:to |te )?"
            + Deeds
            + @"\w*|\b"
            + Deeds
            + @"\w*(?: [\w-]+){0,5} (?:niet|nooit)\s*$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Denied();
}
