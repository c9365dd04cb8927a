using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// What a sentence makes a change wait for: "if memory is above 90 %", "tenzij er iemand op zit". An action runs when it is approved,
/// so that this can't be kept, and is said. All of it expects lower case.
/// </summary>
internal static partial class WishConditions
{
    /// <summary>Words of courtesy, which make nothing wait.</summary>
    private const string Polite =
        @"(?! (?:you|i|we|possible|needed|necessary|required|need be|ok|okay|ready|convenient|(?:it|that|this)(?:'s| is) (?:ok|okay|fine|possible|needed|not too much)|je|u|jij|jullie|ik|wij|nodig|mogelijk|(?:het|dat) (?:kan|mag|lukt|nodig|mogelijk))\b)";

    private const string If =
        @"(?:only |just |but |alleen |maar )*(?:(?:if|unless|when|in case|as soon as|provided(?: that)?|indien|tenzij|zodra|mits|wanneer|mocht)\b"
        + Polite
        + @"|once(?= (?:the|it|its|they|there|[\w-]+ (?:is|are|has|have))\b)|als(?= (?:de|het|hij|ze|er|die|dat|dit|deze|[\w-]+ (?:is|zijn|wordt|worden|blijft|draait|faalt|hangt|boven|onder))\b)"
        + Polite
        + ")";

    /// <summary>Of a clause that names the change; null when it waits for nothing.</summary>
    public static string? Of(string clause) => Said(Inner().Match(clause));

    /// <summary>Of a clause that begins with it, and so of those behind it in the same sentence.</summary>
    public static string? Before(string clause) => Said(Leading().Match(clause));

    /// <summary>"Restart it at 23:00" means the next one, whether or not there was one today.</summary>
    /// <param name="clause">With <c>⟨0⟩</c> where the time was.</param>
    public static SaidTime? Later(SaidTime? when, WishKind kind, string clause) =>
        when is { IsClock: true }
        && kind is WishKind.Restart or WishKind.Stop or WishKind.Start or WishKind.Scale or WishKind.Rotate
        && !HappenedThen().IsMatch(clause)
            ? when with
            {
                From = null,
                To = null,
                IsFuture = true,
            }
            : when;

    private static string? Said(Match found) =>
        found.Success ? found.Groups["on"].Value.Trim(' ', '.', '!', '?') : null;

    // What stands behind "because", or is to be looked at or told, is no condition.
    [GeneratedRegex(
        @"^(?:(?!\b(?:because|since|want|omdat|aangezien|it is|it's|it hangs|see|check|tell|show|ask|know|kijk|zeg|laat)\b).)*?\b(?<on>"
            + If
            + " .*)$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Inner();

    // "When was it restarted" asks, and nothing waits for that.
    [GeneratedRegex(
        @"^\W*(?:(?:and|but|so|please|en|maar|graag) )*(?<on>(?!(?:when|wanneer) (?:was|were|did|is|are|has|have|had|does|do|will|can|should|werd|werden|wordt|worden|zijn|waren|heeft|hebben|ging|kan|moet)\b)"
            + If
            + " .*)$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Leading();

    /// <summary>The time is when something came to pass: "the api that crashed at 14:00".</summary>
    [GeneratedRegex(
        @"\b(?:\w{3,}ed|went|broke|hung|fell|began|was|were|since|ging|viel|hing|liep|begon|sinds|ge\w{3,}[td])\b[^⟨]{0,25}⟨",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex HappenedThen();
}
