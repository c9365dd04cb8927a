namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>A load at a time to come, with the interval of 95 %.</summary>
internal sealed record ForecastPoint(DateTimeOffset At, double Mean, double Lower, double Upper);

/// <summary>What a service's load is expected to be.</summary>
/// <param name="MadeAt">The last step that it knows.</param>
/// <param name="Points">From then on, a whole season and as far as it is looked at.</param>
/// <param name="Error">What it was worth on days that were held back; null where there is no forecast.</param>
/// <param name="Refused">Why nothing is done by it, in words; null when something is.</param>
internal sealed record LoadForecast(
    DateTimeOffset MadeAt,
    LoadPast Past,
    IReadOnlyList<ForecastPoint> Points,
    SmoothingRates? Rates,
    ForecastError? Error,
    string? Refused
)
{
    /// <summary>Of a load as it was read.</summary>
    public static LoadForecast Of(LoadPast past, PolicyScale scale)
    {
        var made = past.From + (past.Values.Length - 1) * LoadHistory.Step;
        if (past.Trouble is { } trouble)
        {
            return new LoadForecast(made, past, [], null, null, trouble);
        }
        var period = (int)(scale.Season / LoadHistory.Step);
        var ahead = Steps(scale);
        var model = SmoothingFit.Of(past.Values, period);
        var error = ForecastTrial.Of(past.Values, period, ahead);
        return new LoadForecast(
            made,
            past,
            Ahead(model, made, (int)(TimeSpan.FromDays(1) / LoadHistory.Step) + ahead),
            model.Rates,
            error,
            error.IsWorseThanNaive
                ? "On the days that were held back it was worse than \"as a season ago\": it is not acted on."
                : null
        );
    }

    /// <summary>So many steps the forecast is looked at.</summary>
    public static int Steps(PolicyScale scale) => (int)Math.Ceiling(scale.Ahead / LoadHistory.Step);

    public static IReadOnlyList<ForecastPoint> Ahead(SeasonalModel model, DateTimeOffset made, int steps) =>
        [
            .. model
                .Ahead(steps)
                .Select(
                    (one, step) =>
                        new ForecastPoint(
                            made + (step + 1) * LoadHistory.Step,
                            Math.Max(one.Mean, 0),
                            Math.Max(one.Mean - ForecastTrial.Width * one.Deviation, 0),
                            Math.Max(one.Mean + ForecastTrial.Width * one.Deviation, 0)
                        )
                ),
        ];
}
