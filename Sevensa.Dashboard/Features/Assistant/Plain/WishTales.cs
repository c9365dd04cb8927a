using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// Clauses that tell of a change which somebody made or is going to make, and sentences that only weigh one: they ask for none.
/// All of it expects lower case.
/// </summary>
internal static partial class WishTales
{
    private const string Who =
        @"(?:i|we|they|he|she|it|somebody|someone|(?:my|our|the|a|his|her|their) [\w-]+|ik|wij|hij|zij|ze|iemand|(?:mijn|onze|ons|een|de|het) [\w-]+)";

    public static bool Tells(string clause) =>
        Done().IsMatch(clause) || Coming().IsMatch(clause) || Word().IsMatch(clause) || Quoting().IsMatch(clause);

    /// <summary>Of a whole sentence: "they told me to restart it, is that wise?"</summary>
    public static bool Weighs(string sentence) => Weighing().IsMatch(sentence);

    [GeneratedRegex(
        "^\\W*(?:(?:and|so|well|but|yesterday|today|earlier|already|en|gisteren|vandaag|net) )*"
            + Who
            + @"(?:'ve)? (?:(?:already|just|also|then|now|only|have|has|had|been|was|were|got) )*(?:re-?started|rebooted|bounced|stopped|started|rotated|scaled|rolled|reverted|herstartte|stopte|startte|schaalde|roteerde|(?:heb|hebt|heeft|hebben|had|hadden|is|zijn|was|waren|werd|werden) (?:[\w-]+ )*?(?:herstart|opgestart|gestopt|gestart|geroteerd|geschaald|teruggezet|teruggedraaid))\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Done();

    [GeneratedRegex(
        "^\\W*(?:(?:and|so|well|but|tomorrow|later|soon|en|morgen|straks) )*"
            + Who
            + @"(?:'ll| will| shall|(?:'m|'re|'s| am| is| are) (?:going|about) to| zal| zullen| ga| gaat| gaan)\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Coming();

    /// <summary>To be told of a change is not to have it done: "let me know when the api restarts".</summary>
    [GeneratedRegex(
        @"^\W*(?:(?:and|so|please|also|can you|could you|en|graag|ook|kun je|kan je|wil je) )*(?:tell|let|notify|alert|warn|inform|remind|ping|e?-?mail|message|call|waarschuw|meld|laat|vertel|bericht|herinner|bel|mail)\b.{0,25}?\b(?:me|us|know|them|him|her|weten|mij|ons|het|hem|ze)\b.{0,40}?\b(?:if|when|whether|once|that|to|as soon as|before|after|als|wanneer|zodra|dat|of|voordat|nadat|om)\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Word();

    /// <summary>What a log or somebody says is theirs: "the log says restart the worker".</summary>
    [GeneratedRegex(
        @"\b(?:says|said|reads|prints|reports|logged|complains|zegt|zei|meldt|meldde|schrijft)\b.{1,60}\b(?:re-?start\w*|reboot\w*|stop\w*|start\w*|rotat\w+|scal(?:e|es|ed|ing)|roll(?:ing|s|ed)?[ -]?back|herstart\w*|gestopt|gestart)\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Quoting();

    [GeneratedRegex(
        @"\b(?:is|was|would) (?:that|this|it|dat|dit|het) (?:a good idea|wise|safe|smart|ok|okay|een goed idee|verstandig|veilig|slim|handig)\b|\b(?:good idea|goed idee) ?\?",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Weighing();
}
