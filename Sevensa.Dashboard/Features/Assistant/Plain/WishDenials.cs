using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// Words, English and Dutch, by which a sentence that names a change asks for the opposite, for something else, or only tells
/// of it. What is read wrongly here would be proposed; what is not understood is said to be. All of them expect lower case.
/// </summary>
internal static partial class WishDenials
{
    private const string Acts =
        @"(?:re-?start\w*|reboot\w*|bounc\w+|stopp?(?:ing|ed|s)?|start(?:ing|ed|s)?|rotat\w+|scal(?:e|es|ed|ing)|roll(?:ing|s|ed)?[ -]?back|rollbacks?|revert\w*|deploy\w*|her(?:op)?start\w*|opnieuw (?:op)?starten|starten|stoppen|roteren|roteer|rotatie|schalen|schaal|schaling|terug(?:draaien|rollen|zetten)|uitrollen|stopzetten)";

    /// <summary>Things that begin and end, and are no container: told to stop, they are not the service that they belong to.</summary>
    private const string Others =
        @"(?:alerts?|alerting|alarms?|alarmen|meldingen|notifications?|notificaties|logs?|logging|logboek(?:en)?|logregels|e?-?mails?|back-?ups?|scans?|scanning|silences?|incidents?|incidenten|pages?|paging|quer(?:y|ies)|traffic|verkeer|requests?|verzoeken|cron ?jobs?|errors?|fouten|monitoring|metrics|metingen|exports?|imports?|migrations?|migraties?|sync|replication|replicatie|drills?|restores?|leases?|schedules?|schema's?)";

    /// <summary>The sentence without what it says is not to be done, and without what it only dates something by.</summary>
    public static string Without(string said) => Dated().Replace(Negated().Replace(said, " "), " ");

    /// <summary>It asks that something be left out, be ended or be not done: the change that its other words name is not meant.</summary>
    public static bool Holds(string said) =>
        Except().IsMatch(said)
        || CallsOff().IsMatch(said)
        || Not().IsMatch(said)
        || NotAtAll().IsMatch(said)
        || NotTheOne().IsMatch(said);

    /// <summary>The same, also where nothing else is asked for.</summary>
    public static bool Denies(string said) => Holds(said) || Negated().IsMatch(said);

    /// <summary>It names something that is done to what runs, whether or not it is wanted.</summary>
    public static bool NamesDeed(string said) => Deed().IsMatch(said);

    /// <summary>A clause that says what is not meant: "not the worker", "maar niet de worker".</summary>
    public static bool LeavesOut(string clause) => NotThat().IsMatch(clause);

    /// <summary>It takes back part of what it says: "restart the api, no wait, the worker".</summary>
    public static bool TakesBack(string text) =>
        Correction().Matches(text).Any(found => NamesDeed(text[..found.Index]));

    /// <summary>What is to begin or end, where that is no container; null when nothing such is named.</summary>
    public static string? Other(string said) =>
        OfOthers().Match(said) is { Success: true } found ? found.Groups["other"].Value
        : OfMachines().Match(said) is { Success: true } machine ? machine.Groups["other"].Value
        : null;

    [GeneratedRegex(
        @"(?:(?:\b(?:do not|cannot|dont|do'nt|don t|dnt|doesnt|shouldnt|mustnt|cant|wont|neednt|never|nto|neit|without|niet|zonder(?: te)?|geen|nooit)|n't) (?:(?:be|to|ever|yet|just|now|even|need to|have to|the|a|de|het|een|want|wish|like|ask|mean|intend|you|anybody|anyone|anything|us|it|that) )*(?:\w+ )?|\b(?:not|no|avoid) (?:(?:be|to|ever|yet|just|now|even|need to|have to|the|a) )*)(?:re-?start|stop|start|rotate|scale|roll back|rollback|herstart|roteer|schaal|revert|reboot|terugdraaien|terugzetten)\w*|\bniet (?:her)?(?:op)?starten\b|\bniet stoppen\b|\b(?:without|zonder)\b[^,;.!?]{0,60}?\b"
            + Acts
            + @"\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Negated();

    [GeneratedRegex(
        @"\b(?:after|since|before|during|until|following|na|sinds|voor|tijdens|tot) (?:(?:the|its|their|that|this|my|our|last|latest|previous|you|we|i|they|it|de|het|die|deze|laatste|vorige) )*"
            + Acts
            + @"\b(?: (?:of|at|from|van|om) (?:the |de |het )?)?|\b(?:voordat|nadat|toen)\b[^,;.!?]{1,60}?\b"
            + Acts
            + @"\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Dated();

    [GeneratedRegex(
        @"\b(?:except|excluding|exclude|apart from|other than|all but|everything but|anything but|instead of|rather than|in place of|but not|leave .{1,40} (?:alone|out)|leaving out|keep .{1,40} (?:running|up|as it is)|behalve|uitgezonderd|met uitzondering van|in plaats van|maar niet|op .{1,30} na(?= *[.!]*$)|laat .{1,40} (?:staan|met rust|draaien)|buiten)\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Except();

    [GeneratedRegex(
        @"\b(?:stop(?:pen)?(?: met)?|halt|cancel|abort|call off|forget|never ?mind|skip|hold off|ignore|prevent|avoid|keep|refrain|wait|wacht(?:en)?|postpone|delay|pause|undo|annuleer|annuleren|breek|vergeet|laat maar(?! (?:weten|zien|horen)\b)|voorkom|voorkomen|vermijd|houd|stel|onderbreek|pauzeer|sla)\b.{0,80}?(?<!\band )(?<!\bthen )\b(?!\w+ed\b)(?:"
            + Acts
            + @")\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex CallsOff();

    [GeneratedRegex(
        @"\b(?:stop(?:pen)?|halt|start(?:en)?|re-?start|herstart|rotate|roteer|zet|schakel|leg|shut|take|bring|turn)\b(?: met)? (?:(?!of\b|van\b|because\b|omdat\b|and\b|en\b)[\w'-]+ ){0,3}?"
            + "(?<other>"
            + Others
            + @")(?![\w-])",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex OfOthers();

    /// <summary>What runs the containers, or the talk itself: "restart the host", "start the analysis again".</summary>
    [GeneratedRegex(
        @"\b(?:re-?start|reboot|bounce|stop|halt|start|herstart|zet|schakel)\b (?:the |this |that |your |my |our |de |het |deze |die |je |jouw |onze )?(?:whole |entire |hele )?(?<other>hosts?|machines?|vps|boxe?s?|nodes?|conversations?|talk|analysis|analyse|gesprek|laptop|computer|pc|docker|daemon|browser|router|network|netwerk)(?![\w-])(?! (?:containers?|services?|apps?|api|worker|web|db)\b)",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex OfMachines();

    /// <summary>Dutch says it last: "herstart de api niet". What stands behind "want" or "omdat" is why, and denies nothing.</summary>
    [GeneratedRegex(
        @"^(?:(?!\b(?:want|omdat|aangezien|zodat)\b).)*?\b(?:her(?:op)?start|stop|start|roteer|schaal|zet|schakel|leg|draai|rol|ververs|vernieuw|vervang|wijzig)\b(?: (?:die|dat|deze|dit)\b)?(?:(?!\b(?:want|omdat|die|dat|aangezien|nu|zodat|als)\b).)*\b(?:niet|nooit)\b(?: (?:meer|alsjeblieft|aub|svp))?[\s.!]*$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Not();

    /// <summary>Or at once: "herstart nooit de api", "ik wil niet dat je de api herstart".</summary>
    [GeneratedRegex(
        @"^(?:(?!\b(?:want|omdat|die|dat|aangezien|nu|zodat|als)\b).)*?\b(?:her(?:op)?start|stop|start|roteer|schaal|zet|schakel|leg|draai|rol|ververs|vernieuw|vervang|wijzig) (?:\w+ )?(?:nooit|niet)\b(?! (?:meer|langer)\b)|\bniet dat\b.{1,80}\b"
            + Acts
            + @"\b",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex NotAtAll();

    /// <summary>Said behind the verb: "restart not the api but the worker", "herstart niets".</summary>
    [GeneratedRegex(
        @"\b(?:re-?start|reboot|bounce|stop|halt|start|scale|rotate|revert|roll back|herstart|schaal|roteer) (?:only )?(?:not|nothing|none|no(?! matter)|niets|geen)(?![\w-])"
    )]
    private static partial Regex NotTheOne();

    [GeneratedRegex(
        @"(?<![\w-])(?:"
            + Acts
            + @"|gestopt|gestart|stopte?|startte?|halt|undo|undone|kick|zet|schakel|leg|draai|rol|breng|maak|put|set|take|bring|shut|turn|rotate|scale|terug|ongedaan)(?![\w-])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        10_000
    )]
    private static partial Regex Deed();

    [GeneratedRegex(@"^\W*(?:(?:and|but|so|no|en|maar|dus|nee|of) )*(?:not|niet|geen|nor)\b")]
    private static partial Regex NotThat();

    [GeneratedRegex(
        @"\b(?:no wait|wait,? no|scratch that|strike that|i mean(?:t)?|or rather|my mistake|on second thoughts?|never ?mind|forget (?:it|that)|nee,? wacht|wacht,? nee|ik bedoel(?:de)?|bedoel ik|bij nader inzien|laat maar(?! (?:weten|zien|horen)\b)|vergeet (?:het|dat)|of nee|doe (?:maar|toch) niet)\b"
            + @"|(?:[,;.!?–-] *|\b(?:and|but|or|en|maar|of|oh|o) )(?:(?:oh|ah|hm+|oops|oeps|sorry) )*(?:no(?= *[,;.!–-]| *$)|no (?:not|sorry|the|that|make)\b|nope\b|(?:sorry|oops|oeps)(?! (?:for|to|about|voor|dat|that)\b)(?! *[.!]* *$)|correction\b|correctie\b|hold on\b|wait(?! (?:for|until|till|\d+|an?|one|two|five|ten)\b|\w)|actually (?:no|not|re-?start|stop|start|scale|the|do)\b|rather (?:the|re-?start|stop|start)\b|make that\b|(?:stop|halt)(?= *[.!]* *$)|nee(?! *[?])\b|wacht(?! (?:op|tot|even|met|een|\d)|\w)|toch (?:niet|maar)\b|eigenlijk (?:niet|de|het|toch)\b)",
        RegexOptions.CultureInvariant,
        10_000
    )]
    private static partial Regex Correction();
}
