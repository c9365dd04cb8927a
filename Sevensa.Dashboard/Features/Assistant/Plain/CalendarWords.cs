using System.Globalization;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>Days, parts of a day, times of the clock and spans of time in words, English and Dutch.</summary>
internal static class CalendarWords
{
    private static readonly string[] English =
    [
        "sunday",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
    ];

    private static readonly string[] Dutch =
    [
        "zondag",
        "maandag",
        "dinsdag",
        "woensdag",
        "donderdag",
        "vrijdag",
        "zaterdag",
    ];

    private static readonly string[] Hours =
    [
        "een",
        "twee",
        "drie",
        "vier",
        "vijf",
        "zes",
        "zeven",
        "acht",
        "negen",
        "tien",
        "elf",
        "twaalf",
    ];

    /// <summary>Months by their first three letters, English and Dutch.</summary>
    private static readonly string[][] Months =
    [
        ["jan"],
        ["feb"],
        ["mar", "maa"],
        ["apr"],
        ["may", "mei"],
        ["jun"],
        ["jul"],
        ["aug"],
        ["sep"],
        ["oct", "okt"],
        ["nov"],
        ["dec"],
    ];

    public static bool IsWeekday(string said) => Weekday(said) >= 0;

    /// <summary>The latest such day, today included; null when the calendar has none.</summary>
    public static DateOnly? Day(string said, DateOnly today)
    {
        switch (said)
        {
            case "today" or "vandaag":
                return today;
            case "yesterday" or "gisteren":
                return today.AddDays(-1);
            case "eergisteren" or "day before yesterday" or "the day before yesterday":
                return today.AddDays(-2);
        }
        if (Weekday(said) is >= 0 and var weekday)
        {
            return today.AddDays(-(((int)today.DayOfWeek - weekday + 7) % 7));
        }
        return DateOnly.TryParseExact(
            said,
            "yyyy-MM-dd",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var exact
        )
            ? exact
            : Written(said, today);
    }

    /// <summary>Since midnight.</summary>
    public static TimeSpan? Clock(string said)
    {
        switch (said)
        {
            case "noon":
                return TimeSpan.FromHours(12);
            case "midnight" or "middernacht":
                return TimeSpan.Zero;
        }
        if (said.StartsWith("half ", StringComparison.Ordinal))
        {
            return TimeSpan.FromHours(Array.IndexOf(Hours, said[5..]) + 0.5);
        }
        var digits = said.TakeWhile(letter => char.IsAsciiDigit(letter) || letter is ':' or '.').ToArray();
        var parts = new string(digits).Split(':', '.');
        var numbers = parts.Select(part => int.TryParse(part, CultureInfo.InvariantCulture, out var one) ? one : -1);
        var (hour, minute) = (numbers.First(), numbers.ElementAtOrDefault(1));
        hour =
            said.EndsWith("pm", StringComparison.Ordinal) ? hour % 12 + 12
            : said.EndsWith("am", StringComparison.Ordinal) ? hour % 12
            : hour;
        return hour is >= 0 and < 24 && minute is >= 0 and < 60 ? new TimeSpan(hour, minute, 0) : null;
    }

    /// <summary>A part of a day: "last night" is from ten in the evening to six.</summary>
    public static (DateTime From, DateTime To)? Part(string said, DateOnly today)
    {
        var day = today.ToDateTime(TimeOnly.MinValue);
        var isYesterday =
            said.StartsWith("yesterday", StringComparison.Ordinal)
            || said.StartsWith("gister", StringComparison.Ordinal)
            || said is "last evening" or "last morning" or "last afternoon" or "afgelopen avond" or "vorige avond";
        var of = isYesterday ? day.AddDays(-1) : day;
        return said switch
        {
            "tonight" => (day.AddHours(18), day.AddHours(30)),
            _ when EndsWith("night", "nacht") => (day.AddHours(-2), day.AddHours(6)),
            _ when EndsWith("morning", "ochtend", "morgen") => (of.AddHours(6), of.AddHours(12)),
            _ when EndsWith("afternoon", "middag") => (of.AddHours(12), of.AddHours(18)),
            _ when EndsWith("evening", "avond") => (of.AddHours(18), of.AddHours(24)),
            _ => null,
        };

        bool EndsWith(params ReadOnlySpan<string> ends)
        {
            foreach (var end in ends)
            {
                if (said.EndsWith(end, StringComparison.Ordinal))
                {
                    return true;
                }
            }
            return false;
        }
    }

    public static TimeSpan? Span(string number, string unit)
    {
        var count = number.Trim() switch
        {
            "" or "a" or "an" or "one" or "een" or "één" => 1,
            "half" or "half a" or "half an" or "een half" or "an half" => 0.5,
            "anderhalf" or "anderhalve" => 1.5,
            "two" or "couple of" or "twee" or "paar" => 2,
            "three" or "few" or "drie" => 3,
            "four" or "vier" => 4,
            "five" or "vijf" => 5,
            "six" or "zes" => 6,
            "seven" or "zeven" => 7,
            "ten" or "tien" => 10,
            var digits => double.TryParse(digits, CultureInfo.InvariantCulture, out var exact) ? exact : double.NaN,
        };
        var each =
            unit is "kwartier" or "quarter of an hour" ? TimeSpan.FromMinutes(15)
            : unit is "m" || unit.StartsWith("min", StringComparison.Ordinal) ? TimeSpan.FromMinutes(1)
            : unit[0] is 'h' or 'u' ? TimeSpan.FromHours(1)
            : unit[0] is 'd' ? TimeSpan.FromDays(1)
            : unit[0] is 'w' ? TimeSpan.FromDays(7)
            : TimeSpan.FromDays(30);
        return double.IsFinite(count) ? each * count : null;
    }

    /// <summary>"Two days ago" is a day, "two hours ago" a moment.</summary>
    public static bool IsDays(string unit) =>
        unit[0] is 'd' or 'w'
        || unit.StartsWith("mo", StringComparison.Ordinal)
        || unit.StartsWith("ma", StringComparison.Ordinal);

    /// <summary>A weekday, a date without its year or a part of a day, said without which one: there is a next one.</summary>
    public static bool ComesAgain(string said) =>
        IsWeekday(said) ? !said.Contains(' ', StringComparison.Ordinal)
        : said.Any(char.IsAsciiDigit)
            ? said.Contains(' ', StringComparison.Ordinal)
                && !said.Split(' ', ',').Any(word => word.Length == 4 && word.All(char.IsAsciiDigit))
        : said is "tonight" or "overnight"
            || (said.StartsWith("this ", StringComparison.Ordinal) && said != "this week")
            || (said.StartsWith("van", StringComparison.Ordinal) && said != "vandaag");

    private static int Weekday(string said)
    {
        var name = said[(said.LastIndexOf(' ') + 1)..];
        return Math.Max(Array.IndexOf(English, name), Array.IndexOf(Dutch, name));
    }

    private static DateOnly? Written(string said, DateOnly today)
    {
        var words = said.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        var month =
            1
            + Array.FindIndex(
                Months,
                names => words.Any(word => names.Any(name => word.StartsWith(name, StringComparison.Ordinal)))
            );
        var numbers = words
            .Select(word => new string([.. word.TakeWhile(char.IsAsciiDigit)]))
            .Where(digits => digits.Length > 0)
            .Select(digits => int.Parse(digits, CultureInfo.InvariantCulture))
            .ToList();
        if (month == 0 || numbers.Count == 0)
        {
            return null;
        }
        return numbers.Count > 1 ? Of(numbers[1])
            : Of(today.Year) is { } thisYear && thisYear <= today ? thisYear
            : Of(today.Year - 1);

        DateOnly? Of(int year) =>
            year is > 0 and < 9999 && numbers[0] >= 1 && numbers[0] <= DateTime.DaysInMonth(year, month)
                ? new DateOnly(year, month, numbers[0])
                : null;
    }
}
