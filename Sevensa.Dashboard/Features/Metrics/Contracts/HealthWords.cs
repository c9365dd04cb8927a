using Sevensa.Dashboard.Ui;

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

    public static string Word(this HealthState state) =>
        state switch
        {
            HealthState.CloseToLimit => "Close to limit",
            _ => state.ToString(),
        };
}
