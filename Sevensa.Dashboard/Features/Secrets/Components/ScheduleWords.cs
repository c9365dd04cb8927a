using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Schedules;

namespace Sevensa.Dashboard.Features.Secrets.Components;

internal static class ScheduleWords
{
    public static string Windows(IReadOnlyList<RotationWindow> windows) =>
        windows.Count == 0 ? "at any time" : string.Join("; ", windows.Select(Window));

    public static string Mode(RotationMode mode, Risk upTo) =>
        mode == RotationMode.Propose
            ? "Proposed"
            : $"Done up to {upTo.ToString().ToLowerInvariant()} risk, else proposed";

    private static string Window(RotationWindow window) =>
        $"{(window.Days.Count == 0 ? "daily" : string.Join(", ", window.Days.Select(day => day.ToString()[..3])))} {window.From}–{window.To}";
}
