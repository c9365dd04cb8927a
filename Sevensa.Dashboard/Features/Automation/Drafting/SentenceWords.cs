using System.Globalization;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Drafting;

/// <summary>Numbers, durations and times of day as people write them, English and Dutch.</summary>
internal static class SentenceWords
{
    private static readonly (string Word, int Number)[] Numbers =
    [
        ("once", 1),
        ("twice", 2),
        ("thrice", 3),
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("twelve", 12),
        ("fifteen", 15),
        ("twenty", 20),
        ("thirty", 30),
        ("eenmaal", 1),
        ("tweemaal", 2),
        ("driemaal", 3),
        ("één", 1),
        ("een", 1),
        ("twee", 2),
        ("drie", 3),
        ("vier", 4),
        ("vijf", 5),
        ("zes", 6),
        ("zeven", 7),
        ("acht", 8),
        ("negen", 9),
        ("tien", 10),
        ("twaalf", 12),
        ("vijftien", 15),
        ("twintig", 20),
        ("dertig", 30),
        ("an", 1),
        ("a", 1),
    ];

    private static readonly (string Word, DayOfWeek Day)[] Days =
    [
        ("monday", DayOfWeek.Monday),
        ("tuesday", DayOfWeek.Tuesday),
        ("wednesday", DayOfWeek.Wednesday),
        ("thursday", DayOfWeek.Thursday),
        ("friday", DayOfWeek.Friday),
        ("saturday", DayOfWeek.Saturday),
        ("sunday", DayOfWeek.Sunday),
        ("maandag", DayOfWeek.Monday),
        ("dinsdag", DayOfWeek.Tuesday),
        ("woensdag", DayOfWeek.Wednesday),
        ("donderdag", DayOfWeek.Thursday),
        ("vrijdag", DayOfWeek.Friday),
        ("zaterdag", DayOfWeek.Saturday),
        ("zondag", DayOfWeek.Sunday),
    ];

    /// <summary>Not within another number, and not behind a sign: the 2 of -2, 1.2 and 1:2 is no number by itself.</summary>
    private const string Alone = @"(?<![-−\d:]|\d[.,])";

    private static readonly string Words = string.Join('|', Numbers.Select(one => one.Word));

    /// <summary>
    /// A number in figures. One with three digits behind a point or comma, as in 1,500, means a thousand to some and one and a half
    /// to others: it is read as neither, unless it begins with nought.
    /// </summary>
    public const string Figure = $@"{Alone}(?:0[.,]\d+|\d+(?:[.,](?!\d{{3}}(?!\d))\d+)?)(?![\d:]|[.,]\d)";

    /// <summary>A number in figures or words.</summary>
    public static string Number(string group) => $@"(?<{group}>{Figure}|{Words})";

    /// <summary>A whole number in figures or words: half a time is none.</summary>
    public static string Count(string group) => $@"(?<{group}>{Alone}\d+(?![\d:]|[.,]\d)|{Words})";

    /// <summary>A duration: "10 minutes", "an hour", "half an hour".</summary>
    public static string Span(string group) =>
        $@"(?<{group}>half an hour|een half uur|a quarter of an hour|een kwartier|(?:{Figure}|{Words})[ -]*(?:seconds?|secs?|seconden|minutes?|mins?|minuten|minuut|hours?|hrs?|uur|uren|days?|dagen|dag|weeks?|weken|week|s|m|h|d)\b)";

    /// <summary>A time of day: "9", "09:00", "5 pm", "17u".</summary>
    public static string Clock(string group) =>
        $@"(?<{group}>(?<![\d:]|\d[.,])\d{{1,2}}(?:[:.]\d{{2}})?(?![\d:])(?:\s*(?:am|pm|uur|u|h|o'clock)\b)?|noon|midnight|middernacht)";

    /// <summary>Days of the week.</summary>
    public static string DayNames => string.Join('|', Days.Select(one => $"{one.Word}s?"));

    public static double NumberOf(string text) =>
        double.TryParse(text.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? Math.Abs(number) <= LargestNumber
                ? number
                : throw new FormatException($"{StoreText.Shorten(text, 30)} is too much.")
            : Numbers.Where(one => one.Word == text).Select(one => (double?)one.Number).FirstOrDefault()
                ?? throw new FormatException($"{StoreText.Shorten(text, 30)} is no number.");

    private const double LargestNumber = 1_000_000_000;

    public static TimeSpan SpanOf(string text)
    {
        if (text is "half an hour" or "een half uur")
        {
            return TimeSpan.FromMinutes(30);
        }
        if (text is "a quarter of an hour" or "een kwartier")
        {
            return TimeSpan.FromMinutes(15);
        }
        var match = Regex.Match(text, @"^(?<n>[^\s\d-]+|\d+(?:[.,]\d+)?)[ -]*(?<u>[a-z]+)$");
        var (number, unit) = (NumberOf(match.Groups["n"].Value), match.Groups["u"].Value);
        if (number > 100_000)
        {
            throw new FormatException($"{StoreText.Shorten(text, 30)} is too long.");
        }
        return unit switch
        {
            ['s', ..] => TimeSpan.FromSeconds(number),
            ['m', ..] => TimeSpan.FromMinutes(number),
            ['h', ..] or ['u', ..] => TimeSpan.FromHours(number),
            ['d', ..] => TimeSpan.FromDays(number),
            _ => TimeSpan.FromDays(7 * number),
        };
    }

    /// <summary>Null for what is no time of day, such as 25, 24:30 or 13 pm.</summary>
    public static string? ClockOf(string text)
    {
        if (text is "noon")
        {
            return "12:00";
        }
        if (text is "midnight" or "middernacht")
        {
            return "00:00";
        }
        var match = Regex.Match(text, @"^(?<h>\d{1,2})(?:[:.](?<m>\d{2}))?\s*(?<half>am|pm)?");
        var hour = int.Parse(match.Groups["h"].Value, CultureInfo.InvariantCulture);
        var minute = match.Groups["m"].Success ? int.Parse(match.Groups["m"].Value, CultureInfo.InvariantCulture) : 0;
        int? read = match.Groups["half"].Value switch
        {
            "pm" => hour is >= 1 and <= 12 ? hour % 12 + 12 : null,
            "am" => hour is >= 1 and <= 12 ? hour % 12 : null,
            // The end of a day is the beginning of the next; nothing comes after it.
            _ => hour == 24 && minute == 0 ? 0 : hour,
        };
        return read is null or > 23 || minute > 59
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{read:00}:{minute:00}");
    }

    /// <summary>It is the end of a day, so that it lies on the next: with a day's name it would be taken for that day's beginning.</summary>
    public static bool IsEndOfDay(string text) => text.StartsWith("24", StringComparison.Ordinal);

    /// <summary>Days that a text names.</summary>
    public static IReadOnlyList<DayOfWeek> DaysOf(string text) =>
        [.. Days.Where(one => text.Contains(one.Word, StringComparison.Ordinal)).Select(one => one.Day).Distinct()];
}

/// <summary>A sentence from which what is understood is taken away, so that what is left can be told.</summary>
internal sealed class SentenceRest(string text)
{
    /// <summary>Stands where something was taken.</summary>
    public const char Taken = '¦';

    private readonly char[] rest = text.ToLowerInvariant().ToCharArray();

    public string Text => new(rest);

    /// <summary>As it was written, at the place of a match.</summary>
    public string Written(Capture part) => text.Substring(part.Index, part.Length);

    /// <summary>Takes the first place that fits.</summary>
    public Match? Take(Regex shape, Func<Match, bool>? fits = null)
    {
        foreach (Match match in shape.Matches(Text))
        {
            if (fits?.Invoke(match) ?? true)
            {
                Remove(match);
                return match;
            }
        }
        return null;
    }

    public void Remove(Capture part) => Array.Fill(rest, Taken, part.Index, part.Length);

    /// <summary>What was taken by nothing, in pieces, as it was written.</summary>
    /// <param name="ordinary">Words that say nothing by themselves.</param>
    public IReadOnlyList<string> Left(IReadOnlySet<string> ordinary)
    {
        var left = new List<string>();
        foreach (Match piece in Regex.Matches(Text, $@"[^{Taken},;.!?()]+"))
        {
            var words = Regex.Matches(piece.Value, @"[\p{L}\p{N}][\p{L}\p{N}'’%/_-]*").ToList();
            var first = words.FindIndex(word => !ordinary.Contains(word.Value));
            if (first < 0)
            {
                continue;
            }
            var last = words.FindLastIndex(word => !ordinary.Contains(word.Value));
            var (from, to) = (piece.Index + words[first].Index, piece.Index + words[last].Index + words[last].Length);
            left.Add(text[from..to]);
        }
        return left;
    }
}
