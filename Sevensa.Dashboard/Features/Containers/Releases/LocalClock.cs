using System.Globalization;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>From what a clock on a wall shows to an instant, where clocks are put forward and back.</summary>
internal static class LocalClock
{
    /// <summary>No zone is further from UTC than this.</summary>
    private static readonly TimeSpan Furthest = TimeSpan.FromHours(16);

    /// <summary>The first instant of a day, which is not midnight where midnight was skipped.</summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var (before, after) = (midnight - Furthest, midnight + Furthest);
        // What the clock shows decides, not the rules: those of skipped midnights are written in too many ways.
        while (after - before > TimeSpan.FromMilliseconds(1))
        {
            var middle = before + (after - before) / 2;
            (before, after) =
                DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(middle, zone).DateTime) < day
                    ? (middle, after)
                    : (before, middle);
        }
        return DateTimeOffset.FromUnixTimeMilliseconds(after.ToUnixTimeMilliseconds());
    }

    /// <summary>
    /// The instant at which the clock shows this. A time that was skipped is the moment of the change; one that was shown
    /// twice is the first of the two. Either way the note says so.
    /// </summary>
    public static (DateTimeOffset At, string? Note) At(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsInvalidTime(local))
        {
            var after = AfterGap(local, zone);
            var shown = TimeZoneInfo.ConvertTime(after, zone);
            return (
                after,
                Words($"{local:HH:mm} did not exist on that day: clocks were put forward. {shown:HH:mm} is taken.")
            );
        }
        var first = First(local, zone);
        return zone.IsAmbiguousTime(local)
            ? (
                first,
                Words($"{local:HH:mm} was shown twice on that day: clocks were put back. The first one is taken.")
            )
            : (first, null);
    }

    private static DateTimeOffset First(DateTime local, TimeZoneInfo zone)
    {
        // Of two offsets the greater one (summer time) comes first.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    /// <summary>The instant at which the clock was put forward over this time: gaps begin and end on whole minutes.</summary>
    private static DateTimeOffset AfterGap(DateTime skipped, TimeZoneInfo zone)
    {
        var after = skipped.AddTicks(-(skipped.Ticks % TimeSpan.TicksPerMinute));
        while (zone.IsInvalidTime(after))
        {
            after = after.AddMinutes(1);
        }
        return new DateTimeOffset(after, zone.GetUtcOffset(after)).ToUniversalTime();
    }

    private static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
