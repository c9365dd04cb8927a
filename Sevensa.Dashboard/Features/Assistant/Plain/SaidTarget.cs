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
}
