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

    public static bool Tells(string clause) => Done().IsMatch(clause) || Coming().IsMatch(clause);

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

    [GeneratedRegex(
        @"\b(?:is|was|would) (?:that|this|it|dat|dit|het) (?:a good idea|wise|safe|smart|ok|okay|een goed idee|verstandig|veilig|slim|handig)\b|\b(?:good idea|goed idee) ?\?",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Weighing();
}
