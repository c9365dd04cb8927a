using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>Reads what people call a point in time, as their own calendar and clock show it.</summary>
internal sealed partial class MomentReader
{
    private const int Longest = 100;
    private const int FurthestDays = 3660;

    private static readonly string[] Weekdays =
    [
        "sunday",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
    ];

    private static readonly string[] DutchWeekdays =
    [
        "zondag",
        "maandag",
        "dinsdag",
        "woensdag",
        "donderdag",
        "vrijdag",
        "zaterdag",
    ];

    private static readonly (string Dutch, string English)[] DutchMonths =
    [
        ("januari", "january"),
        ("februari", "february"),
        ("maart", "march"),
        ("mei", "may"),
        ("juni", "june"),
        ("juli", "july"),
        ("augustus", "august"),
        ("oktober", "october"),
        ("okt", "october"),
    ];

    private static readonly string[] Months =
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];

    private readonly string _said;
    private readonly DateTimeOffset _now;
    private readonly TimeZoneInfo _zone;
    private readonly DateTime _local;

    private MomentReader(string said, DateTimeOffset now, TimeZoneInfo zone)
    {
        (_said, _now, _zone) = (said, now, zone);
        _local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
    }

    /// <exception cref="UnclearMomentException">It can't be read, or lies in the future; says what can be read.</exception>
    public static Moment Read(string? text, DateTimeOffset now, TimeZoneInfo zone)
    {
        var said = (text ?? "").Trim();
        return said.Length is 0 or > Longest
            ? throw Unclear(said.Length == 0 ? "No time is given" : $"A time has at most {Longest} characters")
            : new MomentReader(said, now, zone).Read();
    }

    private Moment Read()
    {
        var text = Plain(_said);
        if (BeforeLast().IsMatch(text))
        {
            return new BeforeLastMoment(_said);
        }
        if (Iso().Match(_said) is { Success: true })
        {
            return ReadIso();
        }
        if (PartOfHour().Match(text) is { Success: true } part)
        {
            var minutes =
                part.Groups["quarter"].Success ? 15
                : part.Groups["more"].Success ? 90
                : 30;
            return new InstantMoment(_said, _now.AddMinutes(-minutes));
        }
        if (Ago().Match(text) is { Success: true } ago)
        {
            return ReadAgo(Number(ago.Groups["n"].Value), ago.Groups["unit"].Value);
        }
        if (Named().Match(_said.Trim()) is { Success: true } named)
        {
            return new NamedMoment(_said, named.Groups["name"].Value);
        }
        var (rest, time) = TakeTime(text);
        var day = rest.Length == 0 ? null : DayOf(rest, time);
        return (day, time) switch
        {
            ({ } found, null) => Day(found),
            ({ } found, { } at) => Instant(found, at),
            (null, { } at) when rest.Length == 0 => LatestAt(at),
            _ => throw Unclear($"\"{_said}\" can't be read as a time"),
        };
    }

    /// <summary>Without what people put around a time: "to the state of", "'s state", "as it was", "at", "on".</summary>
    private static string Plain(string said)
    {
        var text = said.ToLowerInvariant().Replace('’', '\'').Replace(',', ' ');
        text = Around().Replace(text, " ");
        return Spaces().Replace(text, " ").Trim().TrimEnd('.', '!', '?').Trim();
    }

    private Moment ReadIso()
    {
        if (DateOnly.TryParseExact(_said, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return Day(day);
        }
        var text = _said.Replace(' ', 'T');
        if (
            Offset().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var exact)
        )
        {
            return Past(new InstantMoment(_said, exact.ToUniversalTime()));
        }
        return
            !Offset().IsMatch(text)
            && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            ? Past(At(DateTime.SpecifyKind(local, DateTimeKind.Unspecified)))
            : throw Unclear($"\"{_said}\" is no date of the calendar");
    }

    /// <summary>Hours and minutes are a point in time; days and weeks are a day, as people mean them.</summary>
    private Moment ReadAgo(int count, string unit)
    {
        if (unit is "day" or "week" or "dag" or "dagen" or "weken")
        {
            var days = unit is "week" or "weken" ? count * 7 : count;
            return days <= FurthestDays
                ? Day(DateOnly.FromDateTime(_local).AddDays(-days))
                : throw Unclear($"\"{_said}\" is longer ago than anything is kept");
        }
        var span = unit is "hour" or "uur" or "h" ? TimeSpan.FromHours(count) : TimeSpan.FromMinutes(count);
        return span.TotalDays <= FurthestDays
            ? new InstantMoment(_said, _now - span)
            : throw Unclear($"\"{_said}\" is longer ago than anything is kept");
    }

    private (string Left, TimeSpan? Time) TakeTime(string text)
    {
        if (Clock().Match(text) is not { Success: true } found)
        {
            return (text, null);
        }
        var time = found.Value.Trim() switch
        {
            "noon" or "midday" => new TimeSpan(12, 0, 0),
            "midnight" => TimeSpan.Zero,
            _ => TimeOf(found),
        };
        return (Spaces().Replace(text.Remove(found.Index, found.Length), " ").Trim(), time);
    }

    private TimeSpan TimeOf(Match found)
    {
        var hour = int.Parse(found.Groups["h"].Value, CultureInfo.InvariantCulture);
        var half = found.Groups["half"].Value;
        if (half.Length > 0 && hour is < 1 or > 12 || hour > 23)
        {
            throw Unclear($"\"{found.Value.Trim()}\" is no time of the day");
        }
        hour = half switch
        {
            "am" => hour % 12,
            "pm" => hour % 12 + 12,
            _ => hour,
        };
        return new TimeSpan(hour, Part("m"), Part("s"));

        int Part(string name) =>
            found.Groups[name].Success ? int.Parse(found.Groups[name].Value, CultureInfo.InvariantCulture) : 0;
    }

    private DateOnly? DayOf(string text, TimeSpan? time)
    {
        var today = DateOnly.FromDateTime(_local);
        if (text is "today" or "vandaag")
        {
            return today;
        }
        if (text is "yesterday" or "gisteren")
        {
            return today.AddDays(-1);
        }
        if (text is "day before yesterday" or "eergisteren")
        {
            return today.AddDays(-2);
        }
        if (text is "last night" or "vannacht" or "afgelopen nacht")
        {
            // With a time of its own the night's second half is meant.
            return time < TimeSpan.FromHours(12) || time is null && _local.Hour >= 6 ? today : today.AddDays(-1);
        }
        if (text is "gisteravond" or "gistermiddag" or "gisterochtend" or "gistermorgen" or "gisternacht")
        {
            return today.AddDays(-1);
        }
        foreach (var last in (string[])["last ", "afgelopen ", "vorige "])
        {
            if (text.StartsWith(last, StringComparison.Ordinal))
            {
                text = text[last.Length..];
                break;
            }
        }
        var weekday = Math.Max(
            Array.IndexOf(DutchWeekdays, text),
            Array.FindIndex(
                Weekdays,
                name => name == text || (text.Length == 3 && name.StartsWith(text, StringComparison.Ordinal))
            )
        );
        if (weekday >= 0)
        {
            var back = ((int)today.DayOfWeek - weekday + 7) % 7;
            // "Friday 18:00" said on a Friday night is tonight; "Friday" alone is never today.
            return back == 0 && (time is null || time > _local.TimeOfDay) ? today.AddDays(-7) : today.AddDays(-back);
        }
        return Written(text, today);
    }

    /// <summary>"24 November", "Nov 24 2026": without a year the latest such day that has begun.</summary>
    private static DateOnly? Written(string text, DateOnly today)
    {
        foreach (var (dutch, english) in DutchMonths)
        {
            text = Regex.Replace(text, $@"\b{dutch}\b", english);
        }
        var found = DayMonth().Match(text) is { Success: true } one ? one : MonthDay().Match(text);
        if (!found.Success)
        {
            return null;
        }
        var month =
            1
            + Array.FindIndex(
                Months,
                name => name.StartsWith(found.Groups["month"].Value[..3], StringComparison.Ordinal)
            );
        var day = int.Parse(found.Groups["d"].Value, CultureInfo.InvariantCulture);
        if (month == 0 || !Months[month - 1].StartsWith(found.Groups["month"].Value, StringComparison.Ordinal))
        {
            return null;
        }
        if (found.Groups["y"].Success)
        {
            return Of(int.Parse(found.Groups["y"].Value, CultureInfo.InvariantCulture));
        }
        return Of(today.Year) is { } thisYear && thisYear <= today ? thisYear : Of(today.Year - 1);

        DateOnly? Of(int year) =>
            year is > 0 and < 9999 && day >= 1 && day <= DateTime.DaysInMonth(year, month)
                ? new DateOnly(year, month, day)
                : null;
    }

    private DayMoment Day(DateOnly day)
    {
        var moment = new DayMoment(
            _said,
            day,
            LocalClock.StartOf(day, _zone),
            LocalClock.StartOf(day.AddDays(1), _zone)
        );
        return moment.From <= _now ? moment : throw Future();
    }

    private Moment Instant(DateOnly day, TimeSpan time) => Past(At(day.ToDateTime(TimeOnly.FromTimeSpan(time))));

    /// <summary>A time alone is the last one that the clock showed.</summary>
    private InstantMoment LatestAt(TimeSpan time)
    {
        var today = At(_local.Date + time);
        return today.At <= _now ? today : At(_local.Date.AddDays(-1) + time);
    }

    private InstantMoment At(DateTime local)
    {
        var (at, note) = LocalClock.At(local, _zone);
        return new InstantMoment(_said, at, note);
    }

    private InstantMoment Past(InstantMoment moment) => moment.At <= _now ? moment : throw Future();

    private UnclearMomentException Future() => Unclear($"\"{_said}\" is in the future");

    private static int Number(string text) =>
        text switch
        {
            "a" or "an" or "one" or "een" => 1,
            "two" or "twee" => 2,
            "three" or "drie" => 3,
            "four" or "vier" => 4,
            "five" or "vijf" => 5,
            "six" or "zes" => 6,
            "seven" or "zeven" => 7,
            _ => int.Parse(text, CultureInfo.InvariantCulture),
        };

    private static UnclearMomentException Unclear(string why) =>
        new(
            $"{why}. Say it like: yesterday, Friday 18:00, 2 hours ago, 24 November 16:00, 2026-11-24T16:00, before the last deploy, or a release's id or tag."
        );

    [GeneratedRegex(
        @"^(?:what ran |it was |as it was )?(?:(?:right |just )?before (?:the )?(?:last|latest|newest|most recent)(?: (?:one|deploy|deployment|release|change|update|version|action|rollout))?|(?:the )?(?:previous|prior|last good|vorige) (?:one|deploy|deployment|release|version|state|versie)|voor (?:de )?laatste (?:deploy|release|versie|wijziging))$"
    )]
    private static partial Regex BeforeLast();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}(?:$|[T ]\d)", RegexOptions.IgnoreCase)]
    private static partial Regex Iso();

    [GeneratedRegex(@"(?:Z|[+-]\d{2}:?\d{2})$", RegexOptions.IgnoreCase)]
    private static partial Regex Offset();

    [GeneratedRegex(
        @"^(?<n>\d{1,5}|an?|one|two|three|four|five|six|seven|een|twee|drie|vier|vijf|zes|zeven) ?(?<unit>minute|min|hour|day|week|minuten|minuut|uur|dagen|dag|weken|h|m)s? (?:ago|geleden)$"
    )]
    private static partial Regex Ago();

    [GeneratedRegex(
        @"^(?:(?:an |een )?half (?:an )?(?:hour|uur)|(?<quarter>(?:a |een )?(?:quarter of an hour|kwartier))|(?<more>anderhalf uur|an hour and a half|one and a half hours)) (?:ago|geleden)$"
    )]
    private static partial Regex PartOfHour();

    /// <summary>A tag such as 2.4.0 or v2.4.0, or at least eight digits of an id; with or without "release" before it.</summary>
    [GeneratedRegex(
        @"^(?:(?:release|version|versie|tag) (?<name>[A-Za-z0-9][A-Za-z0-9_.-]{0,127})|(?<name>v?\d+(?:\.\d+){1,3}(?:[-+.][A-Za-z0-9.]+)?)|(?<name>[0-9a-f]{8,32}))$"
    )]
    private static partial Regex Named();

    [GeneratedRegex(
        @"(?<=^|\s)(?:(?<h>\d{1,2})[:.](?<m>[0-5]\d)(?::(?<s>[0-5]\d))?(?: ?(?<half>am|pm)| uur)?|(?<h>\d{1,2}) ?(?<half>am|pm)|(?<h>\d{1,2}) ?uur|noon|midday|midnight)(?=$|\s)"
    )]
    private static partial Regex Clock();

    [GeneratedRegex(@"^(?<d>\d{1,2})(?:st|nd|rd|th)? (?:of )?(?<month>[a-z]{3,9})(?: (?<y>\d{4}))?$")]
    private static partial Regex DayMonth();

    [GeneratedRegex(@"^(?<month>[a-z]{3,9}) (?<d>\d{1,2})(?:st|nd|rd|th)?(?: (?<y>\d{4}))?$")]
    private static partial Regex MonthDay();

    [GeneratedRegex(
        @"'s (?:state|version|release)|^(?:back )?(?:to |as of |from )+|^(?:how|what) it was |(?:^|(?<= ))(?:the )?state (?:of|at|on) |(?<=\s|^)(?:at|on|around|om|op|rond|naar|van|de|het|the)(?=\s)"
    )]
    private static partial Regex Around();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
