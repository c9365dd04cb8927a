using System.Globalization;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Whether a moment lies in a policy's windows, by the wall clock of its zone: through both changes of the clocks it is what people read there that counts.</summary>
internal static class WindowTimes
{
    public static TimeOnly? TimeOf(string? text) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : null;

    /// <summary>Why nothing may be done now; null when it may.</summary>
    public static string? Objection(PolicyWindows windows, DateTimeOffset now)
    {
        if (windows.Allowed.Count == 0 && windows.Forbidden.Count == 0)
        {
            return null;
        }
        var local = TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById(windows.TimeZone)).DateTime;
        if (windows.Forbidden.FirstOrDefault(window => Holds(window, local)) is { } forbidden)
        {
            return $"It is {local:HH:mm} in {windows.TimeZone}, and from {forbidden.From} to {forbidden.To} nothing is done.";
        }
        return windows.Allowed.Count == 0 || windows.Allowed.Any(window => Holds(window, local))
            ? null
            : $"It is {local:HH:mm} in {windows.TimeZone}, outside the times in which something is done.";
    }

    /// <summary>Whether there is a time of the week in which something may be done. What can't be read stands in nobody's way.</summary>
    public static bool EverOpen(PolicyWindows windows)
    {
        var all = windows.Allowed.Concat(windows.Forbidden).ToList();
        if (all.Exists(window => TimeOf(window.From) is null || TimeOf(window.To) is null))
        {
            return true;
        }
        // Nothing changes but where a window begins or ends.
        var times = all.SelectMany(window => (TimeOnly[])[TimeOf(window.From)!.Value, TimeOf(window.To)!.Value])
            .Append(TimeOnly.MinValue)
            .Distinct()
            .ToList();
        return Enumerable
            .Range(0, 7)
            .Any(day =>
                times.Exists(time =>
                    DateOnly.MinValue.AddDays(7 + day).ToDateTime(time) is var at
                    && !windows.Forbidden.Any(window => Holds(window, at))
                    && (windows.Allowed.Count == 0 || windows.Allowed.Any(window => Holds(window, at)))
                )
            );
    }

    private static bool Holds(PolicyWindow window, DateTime local)
    {
        var (from, to) = (TimeOf(window.From)!.Value, TimeOf(window.To)!.Value);
        var time = TimeOnly.FromDateTime(local);
        if (from < to)
        {
            return Opens(window, local.DayOfWeek) && time >= from && time < to;
        }
        // It ends on the day after the one on which it opens.
        return (Opens(window, local.DayOfWeek) && time >= from)
            || (Opens(window, local.AddDays(-1).DayOfWeek) && time < to);
    }

    private static bool Opens(PolicyWindow window, DayOfWeek day) =>
        window.Days.Count == 0 || window.Days.Contains(day);
}
