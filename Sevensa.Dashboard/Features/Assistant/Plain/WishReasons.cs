using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// Why or what for something is wanted: "because it fails to start", "want hij stopt niet", "so the worker can restart". It names no
/// target and asks for nothing. All of it expects lower case.
/// </summary>
internal static partial class WishReasons
{
    private const string Words =
        @"(?:because(?: of)?|(?<!the )'?cause|cos|cuz|due to|owing to|thanks to|given that|seeing (?:that|as)|so that|so(?= (?:the|it|they|we|users|people|everybody|everyone)\b)|since"
        + @"|(?<!\b(?:well|soon|such|same|just|far|long|much) )as(?= (?:it|they|he|she|this|that|the|its|their|there|we|i|users|[\w-]+ (?:is|are|has|was|keeps|hangs|fails|does))\b)"
        + @"|omdat|doordat|aangezien|zodat|opdat|vanwege|wegens|dankzij|in verband met|(?<!\b(?:i|we|you|they|he|she|who|people|users|not|n't|to|may|might|would|also|really|just) )want(?! (?:to|you|it|the|this|that|us)\b)"
        + @"|(?<!\b(?:and|or|then|you|want|need|like|have|has|en) )to (?:fix|make|let|get|help|free|clear|give|allow|unblock|relieve|see|avoid|prevent|reset|refresh|apply|pick|solve|resolve|reduce|save)|om(?= (?:[\w-]+ ){1,6}te\b))";

    /// <summary>What a person begins a wish with, and what no reason goes on with.</summary>
    private const string Next =
        @"(?:(?:can|could|would|will) you |(?:kun|kan|wil) je |(?:i|we) (?:also )?(?:want|need) |ik wil )?(?:(?:re-?start|reboot|bounce|stop|halt|start|scale|rotate|herstart|schaal|roteer|draai)\b(?! (?:\w+ing|to|niet|nooit|not|after|when|na|meer|vanzelf|zelf|itself|themselves|by)\b)|(?:roll|revert|undo|put|set|take|bring|shut|turn|show|list|tell|give|check|look|see|find|zet|schakel|leg|rol|breng|maak|geef|toon|laat|kijk|vertel|verwijder|delete|remove|why|what|how|which|who|waarom|wat|hoe|welke|wie|if|unless|when|once|as soon as|als|tenzij|zodra|wanneer|mits|indien|not|except|no|nee|niet|behalve|after|before|nadat|voordat|wait|wacht)\b|⟨)";

    /// <summary>A sentence without the reasons behind its changes. A reason reaches until a new wish begins.</summary>
    public static string Without(string sentence)
    {
        var at = 0;
        while (Word().Match(sentence, at) is { Success: true } word)
        {
            at = word.Index + word.Length;
            // To take a look changes nothing, and why it is taken is what is asked.
            if (!WishDenials.NamesDeed(Look().Replace(sentence[..word.Index], " ")))
            {
                continue;
            }
            var end = End().Match(sentence, at);
            at = word.Index;
            sentence = sentence[..at] + (end.Success ? sentence[end.Index..] : "");
        }
        return sentence;
    }

    /// <summary>A clause that is a reason for what stands behind it.</summary>
    public static bool Begins(string clause) => Beginning().IsMatch(clause);

    [GeneratedRegex(@"(?<![\w'-])" + Words + @"(?![\w-])", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Word();

    [GeneratedRegex(@"\btake (?:a|another) (?:\w+ )?look\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Look();

    [GeneratedRegex(
        @"^\W*(?:(?:and|so|well|en|dus) )*(?!to\b|om\b|so\b|want\b|cause\b|since when\b)" + Words + @"(?![\w-])",
        RegexOptions.CultureInvariant,
        10_000
    )]
    private static partial Regex Beginning();

    [GeneratedRegex(
        @"(?:[,;]| (?:and|then|but|also|plus|en|dan|daarna|maar)(?= )) *(?:(?:and|then|but|also|please|just|now|so|only|en|dan|daarna|maar|ook|graag|nu|dus|alleen) )*(?="
            + Next
            + ")",
        RegexOptions.CultureInvariant,
        10_000
    )]
    private static partial Regex End();
}
