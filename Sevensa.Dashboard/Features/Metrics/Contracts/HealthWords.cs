using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Format;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>A health state in the colours and words of the pages.</summary>
public static class HealthWords
{
    public static State Mark(this HealthState state) =>
        state switch
        {
            HealthState.Healthy => State.Ok,
            HealthState.CloseToLimit => State.Warn,
            HealthState.Degraded or HealthState.Down => State.Crit,
            _ => State.Unknown,
        };

    /// <summary>"measured for 3 h of 30 d", where a share does not stand on the whole window; else null.</summary>
    /// <param name="share">How much of it there are figures of.</param>
    /// <param name="days">The window.</param>
    public static string? Measured(double? share, int days) =>
        share is { } part && part is > 0 and < 0.97
            ? $"measured for {Duration.Age(TimeSpan.FromDays(days * part))} of {days} d"
            : null;

    public static string Word(this HealthState state) =>
        state switch
        {
            HealthState.CloseToLimit => "Close to limit",
            _ => state.ToString(),
        };
}
