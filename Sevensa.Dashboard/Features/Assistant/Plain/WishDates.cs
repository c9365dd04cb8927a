using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// When a change is to be done, where that is not now: "at 23:00", "vannacht", "on Friday", "straks", "every night". An action runs
/// when it is approved, so that this can't be kept, and is said. All of it expects lower case.
/// </summary>
internal static partial class WishDates
{
    private const string Deeds =
        "re-?started|rebooted|bounced|stopped|halted|started|scaled|rotated|rolled|reverted|gestopt|gestart|opgestart|geherstart|gerestart|gereboot|geroteerd|geschaald|teruggezet|teruggedraaid";

    private const string Each =
        "minutes?|hours?|days?|nights?|mornings?|evenings?|weeks?|weekends?|months?|minuut|minuten|uur|uren|dag|dagen|nacht|ochtend|morgen|avond|weken|maand|maanden|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:maan|dins|woens|donder|vrij|zater|zon)dag";

    /// <summary>Characters before a time that say what it is of.</summary>
    private const int Near = 40;

    private const string Hours =
        "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf";

    /// <summary>Not behind "back to the version of": there a time says which state, and not when.</summary>
    private const string NotWhither =
        @"(?<!\b(?:roll\w*|revert\w*|back|terug\w*)\b(?:(?! (?:and|en|then|dan|daarna) |\. )[^⟨,;!?]){0,60}\s(?:to|naar)\s+(?:(?:the|a|de|het|een|that|this|version|versie|release|image|build|tag|state|staat|toestand|deploy\w*|code|one|of|from|van|uit|at|on|om|op|rond|around)\s+){0,6})";

    private const string NotSince =
        @"(?<!\b(?:crashed|failed|died|fell|hung|broke|since|was|sinds|viel|crashte|stopte|ging) (?:(?:at|on|around|om|op|rond) )?(?:(?:a|the|het) )?)";

    /// <returns>The times of the calendar and those that only say that it is later, and the text with <c>⟨0⟩</c> and so on in their places.</returns>
    public static (string Left, IReadOnlyList<SaidTime> Times) Take(string text, DateTimeOffset now, TimeZoneInfo zone)
    {
        var (left, calendar) = TimeWords.Take(text, now, zone);
        var times = calendar.ToList();
        left = Loosely()
            .Replace(
                left,
                found =>
                {
                    times.Add(new SaidTime(found.Value.Trim(), IsFuture: true));
                    return $" ⟨{times.Count - 1}⟩ ";
                }
            );
        return (left, times);
    }

    /// <summary>The time of a clause that counts: when its change is to be done, or else the first one that it tells.</summary>
    /// <param name="clause">With <c>⟨0⟩</c> where a time was.</param>
    public static SaidTime? Of(string clause, WishKind kind, IReadOnlyList<SaidTime> times)
    {
        SaidTime? first = null;
        foreach (Match mark in Mark().Matches(clause))
        {
            var time = times[int.Parse(mark.Groups[1].Value, CultureInfo.InvariantCulture)];
            if (!WishWords.MayChange(kind))
            {
                first ??= time.IsFuture ? null : time;
                continue;
            }
            if (
                time.IsFuture
                || (time.ComesAgain && IsToBeDone(clause, mark, kind))
                || (kind != WishKind.Rollback && IsSpanToCome(clause, mark, time))
            )
            {
                // Of a clause without a verb the window is kept: what goes on with it may be a question.
                return kind == WishKind.Unknown
                    ? time with
                    {
                        IsFuture = true,
                    }
                    : time with
                    {
                        From = null,
                        To = null,
                        IsFuture = true,
                    };
            }
            first ??= time;
        }
        return first;
    }

    /// <summary>The first time that a clause tells, whatever it is of.</summary>
    public static SaidTime? First(string clause, IReadOnlyList<SaidTime> times) =>
        Mark().Match(clause) is { Success: true } mark
            ? times[int.Parse(mark.Groups[1].Value, CultureInfo.InvariantCulture)]
            : null;

    /// <summary>The words of a text in which times were taken out.</summary>
    public static string Told(string text, IReadOnlyList<SaidTime> times) =>
        Mark().Replace(text, mark => $" {times[int.Parse(mark.Groups[1].Value, CultureInfo.InvariantCulture)].Words} ");

    /// <summary>A question is of a time that was, whatever a change beside it is for.</summary>
    public static Wish Timed(Wish wish) =>
        WishWords.MayChange(wish.Kind) || wish.When is not { IsFuture: true } time
            ? wish
            : wish with
            {
                When = time.From is null ? null : time with { IsFuture = false },
            };

    /// <summary>It is to be done at once, whatever else of its sentence is for later.</summary>
    public static bool IsNow(string clause) => Now().IsMatch(clause);

    private static bool IsToBeDone(string clause, Match mark, WishKind kind)
    {
        var (before, behind) = (clause[..mark.Index], clause[(mark.Index + mark.Length)..]);
        return kind switch
        {
            WishKind.Unknown => !ReachesBack().IsMatch(before) && !Past().IsMatch(before) && !Past().IsMatch(behind),
            WishKind.Rollback => !ReachesBack().IsMatch(before) && !Happened(before, behind),
            _ => !Happened(before, behind),
        };
    }

    /// <summary>"In 2h", "for 30m", "tegen 15u": what is read as a span that ended now is one that begins.</summary>
    private static bool IsSpanToCome(string clause, Match mark, SaidTime time) =>
        ShortSpan().IsMatch(time.Words) && SetFor().IsMatch(clause[Math.Max(0, mark.Index - Near)..mark.Index]);

    /// <summary>The time is when something came to pass: "the api that crashed at 14:00", "de worker die om 9:00 viel".</summary>
    private static bool Happened(string before, string behind) =>
        HappenedBefore().IsMatch(before) || (Which().IsMatch(before) && Fell().IsMatch(behind));

    [GeneratedRegex(@"⟨(\d+)⟩")]
    private static partial Regex Mark();

    [GeneratedRegex(
        @"(?<![\w⟨/.:-])(?:(?<!\b(?:see you|see ya|to you|tot) )(?:(?:a (?:bit|little|while)|much|wat|iets|nog wat) )?later(?: on)?(?! (?:than|dan|versions?|releases?|versies?|images?)\b)"
            + @"|(?:not|niet) (?:before|voor|vóór) \d{1,2}(?::\d{2}| ?(?:am|pm|uur|u|h))|straks|zometeen|zo (?:meteen|dadelijk)|dadelijk"
            + "|(?:at|by|during|over) (?:the )?(?:night|weekend)|in the (?:night|evening|morning|afternoon|weekend)|'s (?:nachts|avonds|ochtends|morgens|middags)|(?:in|over) het weekend|(?:this|the coming|dit|komend|volgend|aankomend) weekend"
            + "|(?:outside|out) (?:of )?(?:the )?(?:(?:office|business|working|opening) )?hours|buiten (?:kantooruren|kantoortijd|werktijd|werkuren|openingstijden)"
            + @"|(?:every|each|elke|elk|iedere|ieder) (?:other )?(?:\d+ )?(?:"
            + Each
            + @")|(?:once|twice|\w+ (?:times|keer|maal)) (?:a|an|per) (?:"
            + Each
            + ")|daily|nightly|weekly|hourly|monthly|dagelijks|wekelijks|maandelijks"
            + @"|in a (?:bit|while|moment|jiffy|few|sec(?:ond)?)|over een (?:poosje|tijdje|moment(?:je)?|minuutje)"
            + @"|(?:at|om|rond|tegen) (?:[01]?\d|2[0-4]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf)(?: o'clock)?(?![:.,]?\d)(?! ?(?:%|(?:replicas?|instances?|containers?|workers?|copies|instanties|exemplaren|percent|procent|cpus?|cores?|[gm]b|requests?|errors?|more|extra|minutes?|hours?|days?|weeks?|minuten|uur|dagen|tenants?|services?|of|van)\b))"
            + "|"
            + NotWhither
            + NotSince
            + @"(?:(?:(?:at|by|around|om|rond|tegen) )?(?:half (?:past )?|(?:a )?quarter (?:past|to) |kwart (?:over|voor) )(?:\d{1,2}|"
            + Hours
            + ")|(?:maan|dins|woens|donder|vrij|zater|zon)dag(?:ochtend|morgen|middag|avond|nacht)|on the weekend"
            + "|(?:(?:at|by) )?(?:the )?end of (?:(?:the|this) )?(?:(?:working |business )?day|afternoon|morning|week|month)|(?:by )?(?:eod|close of business)"
            + "|(?:(?:aan|op|tegen) )?(?:het )?einde? van de (?:dag|werkdag|ochtend|middag|avond|week|maand))"
            + @"|(?:by|tegen) \d{1,2}\.\d{2}|"
            + NotWhither
            + @"(?:(?:for|by|from|tegen|vanaf) |@ ?)\d{1,2}(?::\d{2}(?::\d{2})?(?: ?[ap]m)?| ?(?:am|pm|uur|u|h))"
            + @"|(?=\d)"
            + NotWhither
            + @"(?<!\b(?:to|naar|version|versie|release|tag|before|voor|since|sinds|of|van|crashed|failed|died|was) )\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?"
            + @"|(?:[01]\d|2[0-3])[0-5]\d ?(?:hours|hrs|h|uur|u)"
            + @")(?![\w:⟩-])",
        RegexOptions.CultureInvariant,
        10_000
    )]
    private static partial Regex Loosely();

    // What is wanted done is no past: "I need it restarted at 23:00", "a scheduled restart at 23:00".
    [GeneratedRegex(
        @"(?:\b(?:that|which|who|it|they|he|she|has|have|had|was|were|got|just|i|we) (?:(?:has|have|had|was|were|been|just|already|also|suddenly) )*(?!(?:"
            + Deeds
            + @"|needed|wanted|scheduled|planned|required|requested|supposed|expected|postponed|delayed|deferred|booked)\b)\w{3,}ed"
            + @"|\b(?!(?:"
            + Deeds
            + @"|gepland|gewenst|gevraagd)\b)(?:went|broke|hung|fell|began|ran|was|were|since|ging|viel|hing|liep|begon|draaide|sinds|ge\w{3,}[td])"
            + @"|\b(?:which|who|(?<!\b(?:need|want|get|have|like) )that|it|he|they) (?:has|have|had) (?:been |already |just )*(?:"
            + Deeds
            + @")|(?:\bwhich|\bwho|(?<!\b(?:need|want|get|have|like) )\bthat) (?:"
            + Deeds
            + @"))\b[^⟨]{0,25}$",
        RegexOptions.CultureInvariant,
        10_000
    )]
    private static partial Regex HappenedBefore();

    [GeneratedRegex(@"^\d{1,4}(?:min|[mhudw])$")]
    private static partial Regex ShortSpan();

    [GeneratedRegex(
        @"(?:\b(?:in|over|within|binnen|by|tegen|at|om|rond|around|from|tot|gedurende)|(?<!\b(?:(?:been|is|was|are|were|it's|already) (?:down|up|out|offline)|been|slow|stuck|idle|broken|hangs|fails|crashes|running|hanging|failing|crashing|already|al) )\b(?:for|voor))(?: (?:about|around|the next|another|ongeveer|zo'n|nog|een|de komende))*\s*$"
    )]
    private static partial Regex SetFor();

    [GeneratedRegex(@"\bdie\b[^⟨,]{0,40}$")]
    private static partial Regex Which();

    [GeneratedRegex(@"^[^⟨,]{0,40}\b(?:\w*(?:liep|ging|viel|hing)|is|was|heeft|had|werd|\w{3,}(?:te|de))\b")]
    private static partial Regex Fell();

    [GeneratedRegex(
        @"\b(?:\w{3,}ed|went|broke|hung|fell|began|was|were|since|had|ran|died|ging|viel|hing|liep|begon|sinds|werd|waren|ge\w{3,}[td]|\w{3,}te)\b",
        RegexOptions.CultureInvariant,
        10_000
    )]
    private static partial Regex Past();

    /// <summary>The time is where a roll-back leads to, and not when it is done.</summary>
    [GeneratedRegex(
        @"\b(?:to|naar)\b(?! (?:roll|revert|undo|go|put|bring|set|take|get|have|do|be)\b)[^⟨]{0,60}$|\b(?:of|van|from|uit|as of)\s*$"
    )]
    private static partial Regex ReachesBack();

    [GeneratedRegex(@"\b(?:now|immediately|right away|straight away|at once|asap|nu|meteen|direct|onmiddellijk)\b")]
    private static partial Regex Now();
}
