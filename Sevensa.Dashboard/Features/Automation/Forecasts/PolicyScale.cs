namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>How many containers a forecast load wants.</summary>
/// <param name="PerReplica">The load that one carries, in the unit of the trigger's query.</param>
/// <param name="Min">Never fewer.</param>
/// <param name="Max">Never more, whatever comes.</param>
/// <param name="Ahead">So far the forecast is looked at: longer than a new container takes to be of use.</param>
/// <param name="Days">Of the past that the forecast is made from.</param>
/// <param name="Season">After which the load repeats itself: a day or a week.</param>
/// <param name="Slack">It goes down only where the load leaves this share free, so that it does not go up and down at an edge.</param>
internal sealed record PolicyScale(
    double PerReplica,
    int Min,
    int Max,
    TimeSpan Ahead,
    int Days,
    TimeSpan Season,
    double Slack
);

/// <inheritdoc cref="PolicyScale"/>
internal sealed record ScaleWish(
    double? PerReplica = null,
    int? Min = null,
    int? Max = null,
    string? Ahead = null,
    int? Days = null,
    string? Season = null,
    double? Slack = null
)
{
    internal static ScaleWish Of(PolicyScale scale) =>
        new(
            scale.PerReplica,
            scale.Min,
            scale.Max,
            PolicyDuration.Short(scale.Ahead),
            scale.Days,
            PolicyDuration.Short(scale.Season),
            scale.Slack
        );
}
