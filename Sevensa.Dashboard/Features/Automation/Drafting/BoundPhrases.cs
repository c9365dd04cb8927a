using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Automation.Drafting;

/// <summary>How often, when, how long on end and how far apart: what keeps a policy within bounds, as people write it.</summary>
internal static class BoundPhrases
{
    private const RegexOptions Options = RegexOptions.CultureInvariant;

    private const string Most =
        @"(?:at most|not more than|no more than|maximum|maximaal|max\.?|up to|hoogstens|ten hoogste)";
    private const string Never = @"(?<never>but not|not|never|nooit|maar niet|niet)";
    private const string Only = @"(?<only>only|alleen)";
    private const string Kind = $@"(?:{Never}|{Only})";
    private const string Office = @"(?:office|business|working|kantoor)[ -]?(?:hours|uren|tijden|tijd|time)";

    private static readonly Regex budget = new(
        $@"\b(?:and |en )?(?:{Most}\s+)?(?:{SentenceWords.Count("n")})(?:\s*(?:times|time|x|keer|maal))?\s+(?:a|an|per|each|every|in an?|in een|in 1|elk|iedere)\s*(?<unit>hour|day|uur|dag)\b(?:\s+{Most})?",
        Options
    );

    private static readonly Regex[] cooldowns =
    [
        new(
            $@"\b(?:and |then |en |dan )*(?:wait|waits|waiting|wacht|wachtend)\s+(?:at least\s+)?{SentenceWords.Span("d")}(?:\s+(?:between|before|tussen|voor)\b[^,;.¦]*)?",
            Options
        ),
        new($@"\b(?:with |met )?(?:a |an |een )?cool-? ?down (?:of|van)\s+{SentenceWords.Span("d")}", Options),
        new(
            $@"\b(?:and |with |leave |leaving |en |met )*(?:at least |minstens )?{SentenceWords.Span("d")}\s+(?:between|apart|tussen)(?:\s+(?:them|two|restarts|actions|each|twee))?\b",
            Options
        ),
    ];

    private static readonly Regex[] spans =
    [
        new(
            $@"\b(?:for|gedurende)\s+(?:at least |more than |longer than |over |minstens |meer dan )?{SentenceWords.Span("d")}",
            Options
        ),
        new($@"\b(?:longer than|more than|langer dan|meer dan|al|since)\s+{SentenceWords.Span("d")}", Options),
        new($@"\b{SentenceWords.Span("d")}\s+(?:long|lang|on end)\b", Options),
        // The Dutch order has it before what it is.
        new(
            $@"\b{SentenceWords.Span("d")}(?=\s*¦|\s+(?:vast|stil|ongezond|plat|onbereikbaar|weg|niet|boven|afwezig))",
            Options
        ),
    ];

    private static readonly Regex office = new(
        $@"\b{Kind}\s+(?:during|in|within|tijdens|binnen)\s+(?:the\s+|de\s+)?{Office}\b",
        Options
    );
    private static readonly Regex outside = new(
        $@"\b(?:only |alleen )?(?:outside(?: of)?|buiten)\s+(?:the\s+|de\s+)?{Office}\b",
        Options
    );
    private static readonly Regex night = new(
        $@"\b{Kind}\s+(?:at night|by night|during the night|in the night|'s nachts|s nachts)\b",
        Options
    );
    private static readonly Regex weekend = new(
        $@"\b{Kind}\s+(?:(?:in|on|at|during|op|tijdens)\s+)?(?:the\s+|het\s+|de\s+)?weekends?\b",
        Options
    );
    private static readonly Regex weekdays = new(
        $@"\b{Kind}\s+(?:on\s+|op\s+)?(?:weekdays|working days|werkdagen|doordeweeks)\b(?!\s+(?:between|from|tussen|van))",
        Options
    );

    private static readonly Regex days = new(
        $@"\b{Kind}\s+(?:on\s+|op\s+)?(?<days>(?:(?:{SentenceWords.DayNames})(?:\s*(?:,|and|or|en|of))*\s*)+)\b(?!\s*(?:between|from|tussen|van))",
        Options
    );

    private static readonly Regex between = new(
        $@"\b{Kind}\s+(?:(?:on|op)\s+(?<days>weekdays|working days|werkdagen|(?:(?:{SentenceWords.DayNames})(?:\s*(?:,|and|or|en|of))*\s*)+)\s+)?(?:between|from|tussen|van)\s+{SentenceWords.Clock("from")}\s*(?:and|to|until|till|en|tot|-|–)\s*{SentenceWords.Clock("to")}(?:\s*(?:on|op)\s+(?<later>weekdays|working days|werkdagen))?",
        Options
    );

    /// <summary>Without a word of whether only or never then: said of what is done, it is when it is done.</summary>
    private static readonly Regex bare = new(
        $@"\b(?:between|from|tussen|van)\s+{SentenceWords.Clock("from")}\s*(?:and|to|until|till|en|tot|-|–)\s*{SentenceWords.Clock("to")}(?!\s*(?:%|percent|procent|containers?|replicas?|instances?|copies|stuks))",
        Options
    );

    private static readonly Regex denial = new(
        @"\b(?:never|not|no|except|unless|outside|but|nooit|niet|geen|behalve|tenzij|buiten|maar)\b|n['’]t\b",
        Options
    );

    private static readonly Regex zone = new(
        @"\b(?:in |\()?(?<zone>[a-z]+/[a-z_]+(?:/[a-z_]+)?)(?: time)?\)?",
        Options
    );

    private static readonly IReadOnlyList<DayOfWeek> Week =
    [
        DayOfWeek.Monday,
        DayOfWeek.Tuesday,
        DayOfWeek.Wednesday,
        DayOfWeek.Thursday,
        DayOfWeek.Friday,
    ];

    public static BudgetWish? Budget(SentenceRest rest)
    {
        int? hour = null,
            day = null;
        while (rest.Take(budget, IsNew) is { } match)
        {
            var number = (int)SentenceWords.NumberOf(match.Groups["n"].Value);
            if (IsHour(match))
            {
                hour = number;
            }
            else
            {
                day = number;
            }
        }
        return hour is null && day is null ? null
            : day is null ? new BudgetWish(hour, Math.Min(100, hour!.Value * 24))
            : new BudgetWish(Math.Min(hour ?? day.Value, Math.Min(day.Value, 20)), day);

        // Never is no budget, and of two that are said for the same time neither is meant more than the other.
        bool IsNew(Match match) =>
            SentenceWords.NumberOf(match.Groups["n"].Value) >= 1 && (IsHour(match) ? hour is null : day is null);

        static bool IsHour(Match match) => match.Groups["unit"].Value is "hour" or "uur";
    }

    public static TimeSpan? Cooldown(SentenceRest rest) => First(rest, cooldowns);

    public static TimeSpan? For(SentenceRest rest) => First(rest, spans);

    /// <param name="notes">How something was read that could be read otherwise.</param>
    public static WindowsWish? Windows(SentenceRest rest, ICollection<string> notes)
    {
        string? named = null;
        rest.Take(
            zone,
            match =>
                TimeZoneInfo.TryFindSystemTimeZoneById(rest.Written(match.Groups["zone"]), out _)
                && (named = rest.Written(match.Groups["zone"])) is not null
        );
        var (allowed, forbidden) = (new List<WindowWish>(), new List<WindowWish>());
        if (rest.Take(outside) is not null)
        {
            forbidden.Add(new WindowWish(Week, "09:00", "17:00"));
            notes.Add("Office hours are read as 09:00 to 17:00 on weekdays.");
        }
        if (rest.Take(office) is { } hours)
        {
            Add(hours, new WindowWish(Week, "09:00", "17:00"));
            notes.Add("Office hours are read as 09:00 to 17:00 on weekdays.");
        }
        while (
            rest.Take(
                between,
                match =>
                    Clock(match, "from") is { } from
                    && Clock(match, "to") is { } to
                    && from != to
                    && !(SentenceWords.IsEndOfDay(match.Groups["from"].Value.Trim()) && DaysIn(match).Count > 0)
            )
                is { } match
        )
        {
            Add(match, new WindowWish(DaysIn(match), Clock(match, "from"), Clock(match, "to")));
        }
        if (rest.Take(bare, match => IsClocks(match) && !IsDenied(rest.Text, match)) is { } then)
        {
            allowed.Add(new WindowWish([], Clock(then, "from"), Clock(then, "to")));
            notes.Add(
                $"\"{rest.Written(then)}\" is read as only then; say never before it where that is what is meant."
            );
        }
        if (rest.Take(night) is { } dark)
        {
            Add(dark, new WindowWish([], "22:00", "06:00"));
            notes.Add("The night is read as 22:00 to 06:00.");
        }
        if (rest.Take(weekend) is { } free)
        {
            Add(free, new WindowWish([DayOfWeek.Saturday, DayOfWeek.Sunday], "00:00", "00:00"));
        }
        if (rest.Take(weekdays) is { } working)
        {
            Add(working, new WindowWish(Week, "00:00", "00:00"));
        }
        if (rest.Take(days) is { } some)
        {
            Add(some, new WindowWish(SentenceWords.DaysOf(some.Groups["days"].Value), "00:00", "00:00"));
        }
        return allowed.Count + forbidden.Count == 0 && named is null
            ? null
            : new WindowsWish(named, allowed, forbidden);

        void Add(Match match, WindowWish window) => (match.Groups["only"].Success ? allowed : forbidden).Add(window);

        // "Never restart it between …" says when it is not done, and only who wrote it knows what else its clause denies.
        static bool IsDenied(string text, Match match) =>
            denial.IsMatch(
                string.Concat(
                    text[..match.Index].Split(',', ';')[^1],
                    text[(match.Index + match.Length)..].Split(',', ';')[0]
                )
            );

        // Two bare numbers may be anything.
        static bool IsClocks(Match match) =>
            (match.Groups["from"].Value + match.Groups["to"].Value).Any(letter =>
                letter is not ' ' && !char.IsDigit(letter)
            )
            && Clock(match, "from") is { } from
            && Clock(match, "to") is { } to
            && from != to;

        static string? Clock(Match match, string group) => SentenceWords.ClockOf(match.Groups[group].Value.Trim());

        static IReadOnlyList<DayOfWeek> DaysIn(Match match) =>
            (match.Groups["days"].Value + match.Groups["later"].Value) is { Length: > 0 } named
                ? SentenceWords.DaysOf(named) is { Count: > 0 } found
                    ? found
                    : Week
                : [];
    }

    private static TimeSpan? First(SentenceRest rest, Regex[] shapes)
    {
        foreach (var shape in shapes)
        {
            if (rest.Take(shape) is { } match)
            {
                return SentenceWords.SpanOf(match.Groups["d"].Value);
            }
        }
        return null;
    }
}
