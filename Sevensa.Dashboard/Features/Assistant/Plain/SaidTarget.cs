using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// Where a roll-back is to lead, as it was said, where no time was read: a version, a release, or what nobody understands. The last
/// deploy is meant by who names nothing, and by nobody else. All of it expects lower case.
/// </summary>
internal static partial class SaidTarget
{
    private static readonly HashSet<string> small =
    [
        .. "the a an of for on at in to and its their that this one code please now again back version release tag image build state deploy deployment service tenant utc de het een van voor op bij in naar en die dat deze dit versie uitrol nu graag weer aub alsjeblieft terug".Split(
            ' '
        ),
    ];

    /// <param name="names">Words that name something of the fleet.</param>
    public static string? In(string text, HashSet<string> names) =>
        To().Match(text) is { Success: true } to
            ? AsBefore().IsMatch(to.Groups["to"].Value)
                ? null
                : Left(to.Groups["to"].Value, names)
            : Version().Match(text) is { Success: true } version
                ? version.Value
                : null;

    /// <summary>
    /// Where it is to lead can't be told: before some time or event, back by a span, off a deploy of some day. The last deploy would be a guess.
    /// </summary>
    /// <param name="clause">With <c>⟨0⟩</c> where a time was.</param>
    /// <param name="isKnown">A time or a version was read from it.</param>
    public static bool IsUnclear(string clause, bool isKnown) =>
        BeforeTime().IsMatch(clause)
        || OfDeploy().IsMatch(clause)
        || (!isKnown && (Span().IsMatch(clause) || BeforeEvent().IsMatch(clause)));

    /// <summary>It names a time that something was before.</summary>
    public static bool IsBeforeTime(string clause) => BeforeTime().IsMatch(clause);

    /// <summary>What was taken for coming later belongs to where it leads: "to the version", "before friday".</summary>
    public static bool ReachesInto(string later, string first, bool isKnown) =>
        BeforeTime().IsMatch(later)
        || (
            !isKnown
            && BeforeEvent().IsMatch(later)
            && To().Match(first) is { Success: true } to
            && !AsBefore().IsMatch(to.Groups["to"].Value)
        );

    /// <summary>Of a command, which says names and the target and nothing else.</summary>
    public static string? Left(string text, HashSet<string> names) =>
        string.Join(
            ' ',
            text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(word => word.Trim(',', '.', ';', ':', '!', '?', '"', '\''))
                .Where(word => word.Length > 0 && !small.Contains(word) && !FleetNames.Words(word).All(names.Contains))
        )
            is { Length: > 0 } left
            ? left
            : null;

    [GeneratedRegex(
        @"\b(?:back|roll-?back|revert\w*|return|go|put|bring|set|take|terug|terug\w+|ga|zet|breng|draai|rol)\b.*?\b(?:to|naar)\s+(?<to>\S.*)$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex To();

    /// <summary>However it was before the last change.</summary>
    [GeneratedRegex(
        @"^(?:(?:the|a|an|de|het|een) )?(?:way (?:it|things) (?:was|were)|how (?:it|things) (?:was|were)|what it was|normal|before|previous|prior|former|old|older|last|stable|working|good|zoals het was|hoe het was|vorige|oude|eerdere|werkende|goede|stabiele)\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex AsBefore();

    [GeneratedRegex(@"(?<![\w./-])v?\d+(?:\.\d+)+[\w.-]*\w|(?<![\w./-])v\d+\b")]
    private static partial Regex Version();

    /// <summary>Before a time of the calendar or of the clock, which is not that time.</summary>
    [GeneratedRegex(
        @"\b(?:before|prior to|voor|vóór|voordat)\s+(?:(?:the|that|de|het|die)\s+)?(?:(?:deploy\w*|release|update|upgrade|change|crash|outage|rollout|uitrol|wijziging|version|versie|storing)\s+)?(?:(?:of|on|from|at|in|van|op|om|rond|around)\s+){0,2}(?:⟨|\d{1,2}[:.]\d\d)"
    )]
    private static partial Regex BeforeTime();

    /// <summary>Before something that no release tells of. Before a deploy is before the last one.</summary>
    [GeneratedRegex(
        @"\b(?:before|prior to|voordat|alvorens)\s+(?!(?:(?:the|a|our|its|that|this|de|het|een)\s+)?(?:(?:very )?(?:last|latest|newest|recent|most recent|current|laatste)\s+)?(?:deploy\w*|releases?|changes?|updates?|upgrades?|rollouts?|versions?|one|uitrol|wijziging\w*|versie)\b|(?:please|and|now|again|graag|aub|svp)\b)\w"
    )]
    private static partial Regex BeforeEvent();

    /// <summary>"Yesterday's deploy", "the release of friday": one among others, and not what ran then.</summary>
    [GeneratedRegex(
        @"(?<!\b(?:to|naar)\b(?! (?:roll|revert|undo|go|put|bring|set|take|get|have|do|be)\b)[^⟨]{0,60})(?:⟨\d+⟩\s*'s\s+(?:[\w-]+\s+){0,2}(?:deploy\w*|releases?|updates?|upgrades?|changes?|rollouts?)\b|\b(?:deploy\w*|releases?|updates?|upgrades?|changes?|rollouts?|uitrol)\s+(?:of|from|van|uit)\s+⟨)",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex OfDeploy();

    /// <summary>How far back, where "ago" is not said, or how many releases.</summary>
    [GeneratedRegex(
        @"\b(?:\d+|an?|half|one|two|three|four|five|six|seven|ten|few|couple of|een|één|twee|drie|vier|vijf|zes|zeven|tien|anderhalf|anderhalve|paar) (?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|quarter of an hour|minuten|minuut|kwartier|uur|uren|uurtje|dag|dagen|week|weken|maand|maanden)\b|\b(?:\d+|two|three|four|five|twee|drie|vier|vijf) (?:versions?|releases?|deploys?|deployments?|versies)\b"
    )]
    private static partial Regex Span();
}
