namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>What one look at a forecast and the load of now yields.</summary>
/// <param name="Untold">Why nothing is done by it, in words; null when it can be.</param>
internal sealed record ForecastLook(
    LoadForecast? Forecast,
    double? Present,
    int? Running,
    ScaleNeed? Need,
    string? Untold
);
