using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// What a sentence makes a change wait for: "if memory is above 90 %", "tenzij er iemand op zit", "after you restart the worker". An
/// action runs when it is approved, so that this can't be kept, and is said. All of it expects lower case.
/// </summary>
internal static partial class WishConditions
{
    /// <summary>Words of courtesy, which make nothing wait.</summary>
    private const string Polite =
        @"(?! (?:(?:you|u|je|jij|jullie)(?:'d|'re| are)? (?:can|could|may|might|please|like|want|wish|would|agree|able|ready|free|around|don't mind|do not mind|have (?:a|the|some|time|access)|get (?:a|the|to|time|around)|kan|kunt|kunnen|wil|wilt|willen|tijd|even|zin)|(?:i|we|ik|wij) (?:may|can|could|might|mag|kan|mogen|kunnen)|possible|at all possible|needed|necessary|required|need be|ok|okay|ready|convenient|(?:it|that|this)(?:'s| is) (?:ok|okay|fine|alright|possible|needed|not too much)|nodig|mogelijk|(?:het|dat) (?:kan|mag|lukt|nodig|mogelijk|uitkomt))\b)";

    private const string If =
        @"(?:only |just |but |even |not |alleen |maar |pas |niet )*(?:(?:if|unless|when|whenever|(?<!\ba )while|in case|as soon as|as long as|so long as|provided(?: that)?|assuming|depending on|until|till|indien|tenzij|zodra|zolang|mits|ingeval|wanneer|mocht|terwijl|totdat|nadat|afhankelijk van)\b"
        + Polite
        + @"|(?<=\b(?:not|niet|never) )(?:before|voordat|voor)\b|once(?= (?:the|it|it's|its|they|there|you|you're|you've|we|i|that|this|done|finished|(?:[\w-]+ ){1,4}(?:is|are|has|have|was|were|had|stops?|starts?|restarts?|finishes|ends?))\b)"
        + @"|als(?! (?:root|admin\w*|volgt|volgende|eerste|tweede|laatste|enige|voorheen|gisteren|eerder|altijd|gewoonlijk|vanouds|(?:de )?vorige|(?:een )?speer)\b)"
        + Polite
        + @"|after(?! (?:that|this|which|all)\b)(?! (?:(?:the|a|an|last|this|that) )*(?:crash|outage|failure|incident|error)\b)(?! (?:it|they|that|this|(?:the )?[\w-]+) (?:crashed|failed|died|hung|broke|fell|went)\b)"
        + @"|na(?! (?:dat|dit)\b)(?! (?:(?:de|het|een|die) )?(?:crash|storing|uitval|fout)\b)"
        + ")";

    /// <summary>A clause in what it says and what that waits for; null where it waits for nothing.</summary>
    public static (string Main, string? Condition) Split(string clause) =>
        Inner().Match(clause) is { Success: true } found && found.Groups["main"].Value.Trim() is { Length: > 0 } main
            ? (main, Said(found))
            : (clause, Leading().Match(clause) is { Success: true } whole ? Said(whole) : null);

    /// <summary>Of a clause that begins with it, and so of those behind it in the same sentence.</summary>
    public static string? Before(string clause) => Said(Leading().Match(clause));

    /// <summary>What is to come first and what that is before: "restart the worker", "before you stop the api". What is before is nothing to wait for.</summary>
    public static (string Main, string? Later) First(string clause) =>
        Order().Match(clause) is { Success: true } found
            ? (found.Groups["main"].Value, found.Groups["later"].Value)
            : (clause, null);

    /// <summary>What waits for it is said behind it. "Only if", "unless" are said of what was asked for before.</summary>
    public static bool Leads(string condition) => Plainly().IsMatch(condition);

    /// <summary>How long something is to be stopped or scaled, as nothing brings it back by itself.</summary>
    public static string? Lasting(WishKind kind, string clause) =>
        kind is WishKind.Stop or WishKind.Scale && For().Match(clause) is { Success: true } found ? found.Value : null;

    private static string? Said(Match found) =>
        found.Success ? found.Groups["on"].Value.Trim(' ', '.', '!', '?') : null;

    // What stands behind "because", or is to be looked at or told, is no condition.
    [GeneratedRegex(
        @"^(?<main>(?:(?!\b(?:because|since|omdat|aangezien|it is|it's|it hangs|see|check|tell|show|know|kijk|kijken|zeg|vertel|weten|laat (?:me|mij|ons|het))\b).)*?)\b(?<on>"
            + If
            + " .*)$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Inner();

    // "When was it restarted" asks, and nothing waits for that.
    [GeneratedRegex(
        @"^\W*(?:(?:and|but|so|please|en|maar|dus|graag) )*(?<on>(?!(?:when|wanneer) (?:was|were|did|is|are|has|have|had|does|do|will|can|should|werd|werden|wordt|worden|zijn|waren|heeft|hebben|ging|kan|moet)\b)(?:"
            + If
            + @"|(?:otherwise|or else|else|anders)\b|wait (?:for|until|till|\d|an?\b|one|two|five|ten)|wacht (?:op|tot|\d|een|even)|(?:if not|if so|zo ja|zo nee|zo niet)(?=$|\W))(?: .*|\W*)?)$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Leading();

    [GeneratedRegex(
        @"^(?<main>.*[\w⟩](?<!\b(?:to|naar|was|were|as|than|dan|right|just|long|week|day|night)))[^\w⟩]*?\s(?<later>(?:before|voordat|alvorens|prior to|voor(?= (?:je|u|we|ik|jullie)\b))\s.*)$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Order();

    [GeneratedRegex(
        @"(?<!\b(?:(?:been|is|was|are|were|it's|already) (?:down|up|out|offline)|slow|been|since|running|idle) )\b(?:for|voor|gedurende) (?:(?:about|at least|the next|an?|half|een|ongeveer|zo'n|de komende) )*(?:\d+|one|two|three|four|five|ten|few|couple of|een|twee|drie|vijf|tien|paar|anderhalf)? ?(?:seconds?|minutes?|mins?|hours?|days?|weeks?|minuut|minuten|kwartier|uur|uren|uurtje|dag|dagen|weken)\b"
    )]
    private static partial Regex For();

    [GeneratedRegex(@"^(?:if|when|whenever|in case|als|indien|wanneer|mocht|zo ja|zo nee|zo niet)\b")]
    private static partial Regex Plainly();
}
