using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>Claims of an answer that something was done, which only the record of actions can say.</summary>
internal static partial class SaidDeeds
{
    private const string Deeds =
        "restarted|rebooted|stopped|started|rolled back|reverted|undone|rotated|scaled|deployed|deleted|removed|approved|executed|herstart|opnieuw gestart|gestopt|gestart|stopgezet|teruggedraaid|teruggezet|geroteerd|geschaald|opgeschaald|afgeschaald|uitgerold|verwijderd|goedgekeurd|uitgevoerd";

    private const string Adverbs =
        "just|now|already|also|successfully|gone ahead and|went ahead and|nu|net|zojuist|al|ook|inmiddels|reeds|succesvol";

    /// <summary>Of what has not happened, or will have when something else does.</summary>
    private const string Not =
        @"(?<!\b(?:once|until|after|when|whenever|if|before|unless|whether|nothing|none|zodra|als|nadat|totdat|tot|voordat|wanneer|niets)\b[^.!?,;\n]{0,80})(?<!\b(?:no|geen) (?:\w+ ){1,2})";

    /// <summary>Whoever answers says to have done it itself. No model can.</summary>
    public static bool OfItself(string answer) => First().IsMatch(Bare(answer));

    /// <summary>It says that something has been done, by whomever.</summary>
    public static bool OfAnybody(string answer) => Anybody().IsMatch(Bare(answer));

    /// <summary>The deeds that the answer tells of stand in what the tools told of changes.</summary>
    /// <param name="results">JSON, as the tools answered.</param>
    public static bool AreToldBy(string answer, IEnumerable<string> results)
    {
        var changes = results.Where(one => one.Contains("\"changes\":", StringComparison.Ordinal)).ToList();
        var deeds = Stems.Where(stem => Regex.IsMatch(answer, stem.Said, RegexOptions.IgnoreCase)).ToList();
        return deeds.Count > 0
            && deeds.TrueForAll(stem =>
                changes.Exists(one => one.Contains(stem.Told, StringComparison.OrdinalIgnoreCase))
            );
    }

    /// <summary>A deed as an answer says it, and what stands in the record of one that has ended.</summary>
    private static readonly (string Said, string Told)[] Stems =
    [
        (@"\b(?:restarted|rebooted|herstart|opnieuw gestart)\b", "restart"),
        (@"\b(?:stopped|gestopt|stopgezet)\b", "stop"),
        (@"\b(?:rolled back|reverted|undone|teruggedraaid|teruggezet)\b", "roll"),
        (@"\b(?:rotated|geroteerd)\b", "rotat"),
        (@"\b(?:scaled|geschaald|opgeschaald|afgeschaald)\b", "scale"),
        (@"\b(?:deployed|uitgerold)\b", "deploy"),
    ];

    /// <summary>What is quoted is somebody else's.</summary>
    private static string Bare(string answer) => Quoted().Replace(answer, " ");

    [GeneratedRegex(
        @"\b(?:(?:I|we)(?:'ve| have)? (?:(?:"
            + Adverbs
            + ") )*(?:"
            + Deeds
            + @")|(?:ik|wij|we) (?:heb|hebben) (?:(?!\b(?:niet|niets|geen|nooit|voorgesteld|voorstel)\b)[^.!?\n]){0,80}?(?:"
            + Deeds
            + @"))\b",
        RegexOptions.IgnoreCase,
        10_000
    )]
    private static partial Regex First();

    [GeneratedRegex(
        Not
            + @"(?:\b(?:has|have) (?:(?:"
            + Adverbs
            + ") )*been (?:(?:"
            + Adverbs
            + ") )*(?:"
            + Deeds
            + @")\b|\b(?:was|were|is|are|zijn|werd|werden) (?:(?:"
            + Adverbs
            + ") )*(?:"
            + Deeds
            + @")(?= *(?:[.!,;]|$|successfully|now|voor je|voor u))|\bsuccessfully (?:"
            + Deeds
            + @")\b|(?m:^\W*(?:"
            + Deeds
            + @"|done|klaar|gedaan|gelukt|voltooid)(?: successfully)? *[.!]))",
        RegexOptions.IgnoreCase,
        10_000
    )]
    private static partial Regex Anybody();

    [GeneratedRegex("(?m)^\\s*>.*$|\"[^\"]*\"|`[^`]*`")]
    private static partial Regex Quoted();
}
