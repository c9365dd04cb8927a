using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>
/// What a sentence with a change in it may say besides, which a small grammar can't keep: all but one, not at all, only if, later, or
/// that somebody else did it. It then proposes nothing. Lower case, blanks single.
/// </summary>
internal static partial class Reservations
{
    private const string Done = "(?:re-?started|rebooted|stopped|started|rotated|scaled|rolled)";

    public static bool In(string text, bool isRollback) =>
        Excepts().IsMatch(text)
        || Denies().IsMatch(text)
        || Waits().IsMatch(text)
        || Later().IsMatch(text)
        || (!isRollback && Clock().IsMatch(text))
        || Tells().IsMatch(text);

    [GeneratedRegex(
        @"\b(?:except|excluding|apart from|all but|everything but|but not|leave \w+(?: \w+)? alone|behalve|maar niet|uitgezonderd)\b"
    )]
    private static partial Regex Excepts();

    [GeneratedRegex(
        @"^(?:(?!\b(?:because|want|omdat|die|since)\b).)*\b(?:never|nooit|niet|(?:not|n't) want)\b(?! (?:(?:goed|well|right|properly)\b|respond|reageer))"
    )]
    private static partial Regex Denies();

    [GeneratedRegex(
        @"^(?:(?!\b(?:because|want|omdat|since)\b).)*\b(?:if|unless|only when|in case|as soon as(?! possible)|once (?:the|it|they|you)|tenzij|indien|zodra|als (?:de|het|hij|er|ze))\b(?! (?:you|i|we|possible|needed|kan|mag|nodig)\b)|\b(?:after|until|nadat|totdat)\b"
    )]
    private static partial Regex Waits();

    [GeneratedRegex(
        @"\b(?:tomorrow|tonight|morgen|vanavond|next (?:week|month|\w+day)|volgende (?:week|maand)|from now|(?:in|over) (?:\d+|an?|two|five|ten|half an?|een|twee|tien) (?:minutes?|hours?|days?|minuten|minuut|uur|dagen))\b"
    )]
    private static partial Regex Later();

    [GeneratedRegex(
        @" (?:at|om|by|for|tegen) \d{1,2}(?:[:.]\d\d| ?(?:am|pm|uur|u))\b|\b(?:later|straks|vannacht|overmorgen|this evening|(?:at |by )?midnight|middernacht|(?:this|the|next|dit|het) weekend|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|op (?:maan|dins|woens|donder|vrij|zater|zon)dag)\b"
    )]
    private static partial Regex Clock();

    [GeneratedRegex(
        @"^\s*(?:i|we|they|somebody|someone|my \w+|ik|wij|iemand|mijn \w+) (?:(?:have|has|just|already|'ve) )*(?:"
            + Done
            + @"\b|will\b|heb\b|heeft\b|hebben\b|ga\b|gaat\b|zal\b)|\btold me to\b|\bis (?:that|this|it|dat) (?:wise|safe|a good idea|verstandig)\b|\bbefore (?:you|we|i) "
    )]
    private static partial Regex Tells();
}
