using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// Finds the times in a sentence, English or Dutch: "last week", "vorige week", "last night", "vrijdag 18:00", "half an hour
/// ago", "sinds gisteren", "1h". A day is a day of the person's calendar, a moment is meant with a quarter of an hour on either side.
/// </summary>
internal sealed partial class TimeWords
{
    private static readonly TimeSpan Beside = TimeSpan.FromMinutes(15);

    private readonly DateTimeOffset now;
    private readonly TimeZoneInfo zone;
    private readonly DateTime local;

    private TimeWords(DateTimeOffset now, TimeZoneInfo zone)
    {
        (this.now, this.zone) = (now, zone);
        local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
    }

    /// <param name="text">Lower case, blanks single.</param>
    /// <returns>The times, and the text with <c>⟨0⟩</c>, <c>⟨1⟩</c> and so on in their places.</returns>
    public static (string Left, IReadOnlyList<SaidTime> Times) Take(string text, DateTimeOffset now, TimeZoneInfo zone)
    {
        var reader = new TimeWords(now, zone);
        var times = new List<SaidTime>();
        var rest = Times()
            .Replace(
                TimeSpelling.Mended(text),
                found =>
                {
                    if (reader.Read(found) is not { } time)
                    {
                        return found.Value;
                    }
                    times.Add(time);
                    return $" ⟨{times.Count - 1}⟩ ";
                }
            );
        return (rest, times);
    }

    private SaidTime? Read(Match found)
    {
        var words = found.Groups["said"].Value.Trim();
        if (found.Groups["before"].Success)
        {
            return new SaidTime(words);
        }
        if (found.Groups["future"].Success)
        {
            return new SaidTime(words, IsFuture: true);
        }
        var window = Window(found);
        if (window is not var (from, to))
        {
            return null;
        }
        if (from > now)
        {
            return new SaidTime(words, IsFuture: true);
        }
        words = Leading().Replace(words, "");
        return new SaidTime(
            words,
            from,
            found.Groups["since"].Success || to > now ? now : to,
            ComesAgain: ComesAgain(found)
        );
    }

    /// <summary>Said without which one, so that it may as well be the next as the last.</summary>
    private static bool ComesAgain(Match found)
    {
        if (found.Groups["since"].Value.TrimEnd() is { Length: > 0 } and not "vanaf")
        {
            return false;
        }
        return found.Groups["c1"].Success ? !found.Groups["bday"].Success
            : found.Groups["part"].Success ? CalendarWords.ComesAgain(found.Groups["part"].Value)
            : found.Groups["clockday"].Success
                ? found.Groups["clockday"].Value is "today" or "vandaag"
                    || CalendarWords.ComesAgain(found.Groups["clockday"].Value)
            : found.Groups["day"].Success ? CalendarWords.ComesAgain(found.Groups["day"].Value)
            // "Vanaf 15u" is of an hour to come as well as of the last fifteen.
            : found.Groups["clock"].Success || (found.Groups["since"].Success && found.Groups["shortunit"].Success);
    }

    private (DateTimeOffset From, DateTimeOffset To)? Window(Match found)
    {
        if (found.Groups["c1"].Success)
        {
            var day = found.Groups["bday"].Success ? CalendarWords.Day(found.Groups["bday"].Value, Today) : Today;
            return
                day is { } on
                && CalendarWords.Clock(found.Groups["c1"].Value) is { } first
                && CalendarWords.Clock(found.Groups["c2"].Value) is { } last
                ? (At(on, first), At(on, last < first ? last + TimeSpan.FromDays(1) : last))
                : null;
        }
        if (found.Groups["agounit"].Success)
        {
            return Ago(found.Groups["agonumber"].Value, found.Groups["agounit"].Value);
        }
        if (found.Groups["part"].Success)
        {
            return CalendarWords.Part(found.Groups["part"].Value, Today) is var (from, to) ? (At(from), At(to)) : null;
        }
        if (found.Groups["lastunit"].Success)
        {
            return Last(
                found.Groups["last"].Value.Trim(),
                found.Groups["lastnumber"].Value,
                found.Groups["lastunit"].Value
            );
        }
        if (found.Groups["shortunit"].Success)
        {
            return Back(CalendarWords.Span(found.Groups["shortnumber"].Value, found.Groups["shortunit"].Value));
        }
        if (found.Groups["clockday"].Success)
        {
            return OnDay(found.Groups["clockday"].Value, found.Groups["firstclock"].Value);
        }
        if (found.Groups["day"].Success)
        {
            return OnDay(found.Groups["day"].Value, found.Groups["dayclock"].Value);
        }
        return CalendarWords.Clock(found.Groups["clock"].Value) is { } clock ? Around(Latest(clock)) : null;
    }

    private (DateTimeOffset, DateTimeOffset)? OnDay(string said, string clock)
    {
        if (said is "this week" or "deze week")
        {
            return (At(Monday), now);
        }
        if (CalendarWords.Day(said, Today) is not { } day)
        {
            return null;
        }
        if (clock.Length == 0)
        {
            // "Friday" said on a Friday is the one a week ago.
            if (day == Today && CalendarWords.IsWeekday(said))
            {
                day = day.AddDays(-7);
            }
            return (At(day), At(day.AddDays(1)));
        }
        if (CalendarWords.Clock(clock) is not { } time)
        {
            return null;
        }
        var at = At(day, time);
        return Around(at > now && CalendarWords.IsWeekday(said) ? At(day.AddDays(-7), time) : at);
    }

    private (DateTimeOffset, DateTimeOffset)? Ago(string number, string unit)
    {
        if (CalendarWords.Span(number, unit) is not { } span)
        {
            return null;
        }
        if (CalendarWords.IsDays(unit))
        {
            var day = Today.AddDays(-(int)Math.Round(span.TotalDays));
            return (At(day), At(day.AddDays(1)));
        }
        return Around(now - span);
    }

    /// <summary>"Last week" is the one of the calendar, "the last 7 days" end now.</summary>
    private (DateTimeOffset, DateTimeOffset)? Last(string last, string number, string unit)
    {
        var isCalendar = number.Length == 0 && last is "last" or "vorige" or "previous";
        return (isCalendar, unit) switch
        {
            (true, "week") => (At(Monday.AddDays(-7)), At(Monday)),
            (true, "month" or "maand") => (
                At(new DateOnly(Today.Year, Today.Month, 1).AddMonths(-1)),
                At(new DateOnly(Today.Year, Today.Month, 1))
            ),
            _ => Back(CalendarWords.Span(number, unit)),
        };
    }

    private (DateTimeOffset, DateTimeOffset)? Back(TimeSpan? span) =>
        span is { } back && back <= TimeSpan.FromDays(3660) ? (now - back, now) : null;

    private static (DateTimeOffset, DateTimeOffset) Around(DateTimeOffset at) => (at - Beside, at + Beside);

    private DateOnly Today => DateOnly.FromDateTime(local);

    private DateOnly Monday => Today.AddDays(-(((int)Today.DayOfWeek + 6) % 7));

    private DateTimeOffset Latest(TimeSpan clock)
    {
        var today = At(Today, clock);
        return today <= now ? today : At(Today.AddDays(-1), clock);
    }

    private DateTimeOffset At(DateOnly day, TimeSpan clock = default) => At(day.ToDateTime(TimeOnly.MinValue) + clock);

    private DateTimeOffset At(DateTime wall)
    {
        var shown = DateTime.SpecifyKind(wall, DateTimeKind.Unspecified);
        // A time that the clocks leave out is the one an hour later.
        while (zone.IsInvalidTime(shown))
        {
            shown = shown.AddMinutes(30);
        }
        return new DateTimeOffset(shown, zone.GetUtcOffset(shown)).ToUniversalTime();
    }

    [GeneratedRegex(@"^(?:the|de|het|on|op|at|om) ")]
    private static partial Regex Leading();

    private const string Numbers =
        @"\d{1,4}|half (?:an|a)|(?:een |an )?half|an?|one|two|three|four|five|six|seven|ten|few|couple of|een|één|twee|drie|vier|vijf|zes|zeven|tien|anderhalf|anderhalve|paar";

    private const string Units =
        "minutes?|mins?|minuten|minuut|hours?|hrs?|uur|uren|uurtje|days?|dagen|dag|weeks?|weken|months?|maanden|maand|quarter of an hour|kwartier";

    private const string Clocks =
        @"(?:\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[ap]m)?(?: uur| hours)?|\d{1,2} ?(?:am|pm|uur|u)|noon|midnight|middernacht|half (?:een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf))(?![\w:])";

    private const string Months =
        "jan(?:uary|uari)?|feb(?:ruary|ruari)?|mar(?:ch)?|maart|apr(?:il)?|may|mei|june?|juni|july?|juli|aug(?:ust|ustus)?|sep(?:t|tember)?|o[ck]t(?:ober)?|nov(?:ember)?|dec(?:ember)?";

    private const string Days =
        @"today|vandaag|yesterday|gisteren|eergisteren|(?:the )?day before yesterday|this week|deze week|(?:(?:last|past|afgelopen|vorige|previous) )?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag)|\d{4}-\d{2}-\d{2}|\d{1,2}(?:st|nd|rd|th|e)? (?:of )?(?:"
        + Months
        + @")(?: \d{4})?|(?:"
        + Months
        + @") \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?";

    private const string Parts =
        "(?:this|yesterday|last) (?:morning|afternoon|evening|night)|tonight|(?:gister|van)(?:ochtend|morgen|middag|avond|nacht)|(?:afgelopen|vorige) (?:nacht|avond)|overnight";

    [GeneratedRegex(
        @"(?<![\w/-])(?<since>(?:ever )?(?:since|sinds|vanaf) )?(?<said>"
            + @"(?<before>(?:right |just )?before (?:the )?(?:last|latest) (?:deploy(?:ment)?|release|change|update|rollout)|(?:the )?(?:previous|prior|last good|vorige) (?:deploy(?:ment)?|release|version|versie)|voor de laatste (?:deploy|release|versie|wijziging))"
            + @"|(?:between|tussen) (?<c1>"
            + Clocks
            + ") (?:and|en) (?<c2>"
            + Clocks
            + ")(?: (?:on |op )?(?<bday>"
            + Days
            + "))?"
            + @"|(?:(?:about|around|ongeveer|zo'n) )?(?:a |an |een )?(?<agonumber>"
            + Numbers
            + ") ?(?<agounit>"
            + Units
            + "|[mhdw]) (?:ago|geleden)"
            + "|(?<part>"
            + Parts
            + ")"
            + @"|(?:the |de |het )?(?<last>last |past |previous |afgelopen |laatste |voorbije |vorige )(?:(?:a |een )?(?<lastnumber>"
            + Numbers
            + ") ?)?(?<lastunit>"
            + Units
            + "|[mhdw])"
            + @"|(?<future>(?:the )?day after tomorrow|tom+orr?ow(?: morning| afternoon| evening| night)?|tmrw|overmorgen|morgen(?:ochtend|middag|avond|nacht|vroeg)?|(?:next|coming) (?:week(?:end)?|month|year|night|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|(?:volgende|volgend|komende|komend|aankomende|aankomend|aanstaande) (?:nacht|week(?:end)?|maand|jaar|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag)|(?:in|over) (?:(?:about|around|ongeveer|zo'n|a|an|een) )*(?:"
            + Numbers
            + ") ?(?:"
            + Units
            + "|seconds?|secs?|seconden?))(?:,? (?:at|om) "
            + Clocks
            + ")?"
            + @"|(?:(?:at|om|around|rond) |(?<!\b(?:version|versie|release|tag|image) ))(?<firstclock>"
            + Clocks
            + @"),? (?:on |op |van )?(?!(?:this|deze) week\b)(?<clockday>"
            + Days
            + ")"
            + "|(?:on |op )?(?<day>"
            + Days
            + @")(?:,?(?: |t)(?:at |om |around |rond |@ ?)?(?:around |ongeveer )?(?<dayclock>"
            + Clocks
            + "))?"
            + "|(?:at|om|around|rond) (?<clock>"
            + Clocks
            + ")"
            + @"|(?<shortnumber>\d{1,4})(?<shortunit>min|[mhudw])"
            + @")(?: utc)?(?![\w-])",
        RegexOptions.CultureInvariant,
        10_000
    )]
    private static partial Regex Times();
}
