using System.Globalization;
using System.Runtime.CompilerServices;
using Cronos;

namespace Sevensa.Dashboard.Features.Secrets.Schedules;

/// <summary>One opening of a window.</summary>
internal readonly record struct OpenTime(DateTimeOffset From, DateTimeOffset To);

/// <summary>
/// When the windows of a rule are open. A time that the clocks leave out in spring is the moment after the gap; one that they
/// show twice in autumn is the first of the two. So a window opens once a day whatever the clocks do.
/// </summary>
internal static class OpenTimes
{
    private static readonly RotationWindow Always = new([], "00:00", "00:00");

    /// <summary>Windows of rules, read once for all that is asked of a rule; a rule never changes.</summary>
    private static readonly ConditionalWeakTable<RotationRule, IReadOnlyList<Reading>> Readings = [];

    /// <summary>Looked at together, so that the first ones cost no more than they are.</summary>
    private static readonly TimeSpan Piece = TimeSpan.FromDays(8);

    /// <summary>What a change of the clocks adds to a window at most.</summary>
    private static readonly TimeSpan LongestShift = TimeSpan.FromHours(2);

    /// <summary>Openings that begin within a time, in order.</summary>
    public static IEnumerable<OpenTime> Of(RotationRule rule, DateTimeOffset from, DateTimeOffset to)
    {
        var windows = Readings.GetValue(rule, Read);
        for (var piece = from; piece < to; piece += Piece)
        {
            var end = piece + Piece < to ? piece + Piece : to;
            foreach (var open in windows.SelectMany(window => window.Of(piece, end)).OrderBy(open => open.From))
            {
                yield return open;
            }
        }
    }

    private static IReadOnlyList<Reading> Read(RotationRule rule)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(rule.TimeZone);
        return [.. (rule.Windows.Count > 0 ? rule.Windows : [Always]).Select(window => new Reading(window, zone))];
    }

    public static TimeOnly? TimeOf(string? text) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : null;

    public static string TextOf(TimeOnly time) => time.ToString("HH:mm", CultureInfo.InvariantCulture);

    private sealed class Reading
    {
        private readonly CronExpression opens;
        private readonly CronExpression closes;
        private readonly TimeSpan length;
        private readonly TimeZoneInfo zone;

        public Reading(RotationWindow window, TimeZoneInfo zone)
        {
            var (from, to) = (TimeOf(window.From)!.Value, TimeOf(window.To)!.Value);
            var days = window.Days.Count == 0 ? "*" : string.Join(',', window.Days.Select(day => (int)day));
            opens = CronExpression.Parse(Daily(from, days));
            closes = CronExpression.Parse(Daily(to, "*"));
            length = to > from ? to - from : to - from + TimeSpan.FromDays(1);
            if (length > TimeSpan.FromDays(1))
            {
                length -= TimeSpan.FromDays(1);
            }
            this.zone = zone;
        }

        public IEnumerable<OpenTime> Of(DateTimeOffset from, DateTimeOffset to) =>
            opens.GetOccurrences(from, to, zone).Select(start => new OpenTime(start.ToUniversalTime(), EndOf(start)));

        private DateTimeOffset EndOf(DateTimeOffset start)
        {
            var end = closes.GetNextOccurrence(start, zone)!.Value;
            // The whole window lay in the hour that the clocks left out: it is as long as it always is.
            return (end - start > length + LongestShift ? start + length : end).ToUniversalTime();
        }

        private static string Daily(TimeOnly time, string days) =>
            string.Create(CultureInfo.InvariantCulture, $"{time.Minute} {time.Hour} * * {days}");
    }
}
