namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>What a policy's forecast was worth on a day, as it is remembered.</summary>
/// <param name="Worse">Than "as a season ago".</param>
internal sealed record KeptError(DateTimeOffset At, double? Mase, double? Mape, double Coverage, bool Worse);

/// <summary>What is remembered of a policy's forecasts.</summary>
internal sealed class ForecastMemory
{
    /// <summary>Oldest first, one a day.</summary>
    public List<KeptError> Errors { get; set; } = [];

    /// <summary>Why nothing is done by it, as it was told last; null while something is.</summary>
    public string? Told { get; set; }

    public DateTimeOffset? ToldAt { get; set; }
}
