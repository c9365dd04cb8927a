namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>A load at a time that was.</summary>
/// <param name="Value">Null where nothing was told.</param>
internal sealed record LoadView(DateTimeOffset At, double? Value);

/// <summary>What a policy that scales by a forecast goes by.</summary>
/// <param name="At">When this was looked at.</param>
/// <param name="MadeAt">The last step that the forecast knows; null where there is none.</param>
/// <param name="Untold">Why nothing is done by it now, in words; null when something is.</param>
/// <param name="Present">The load now.</param>
/// <param name="Running">Containers of the service that run now.</param>
/// <param name="Wanted">How many are wanted; null where that can't be told.</param>
/// <param name="Peak">The upper end of what is expected as far ahead as it is looked at.</param>
/// <param name="Points">A day and more ahead, every <paramref name="StepSeconds"/>.</param>
/// <param name="Past">The last day.</param>
/// <param name="Error">On the days that were held back.</param>
/// <param name="Kept">The same of the days before, oldest first.</param>
internal sealed record ForecastView(
    string Policy,
    string Service,
    string Query,
    DateTimeOffset At,
    DateTimeOffset? MadeAt,
    int StepSeconds,
    string? Untold,
    double? Present,
    int? Running,
    int? Wanted,
    double? Peak,
    DateTimeOffset? PeakAt,
    IReadOnlyList<ForecastPoint> Points,
    IReadOnlyList<LoadView> Past,
    ForecastError? Error,
    IReadOnlyList<KeptError> Kept,
    ScaleWish Scale
);
