namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>What a forecast was worth on days that it was not made from.</summary>
/// <param name="Points">So many forecasts were held against what came.</param>
/// <param name="MeanAbsolute">How far it was off on average, in the load's unit.</param>
/// <param name="Naive">The same of "as a season ago".</param>
/// <param name="Mase">
/// <paramref name="MeanAbsolute"/> over how far "as a season ago" was off before (R. J. Hyndman and A. B. Koehler, "Another look at
/// measures of forecast accuracy", International Journal of Forecasting 22, 2006); null where that was never off.
/// </param>
/// <param name="Mape">Share that it was off by on average, where there was any load; null where there was none.</param>
/// <param name="Coverage">Share of what came that lay within the interval of 95 %.</param>
internal sealed record ForecastError(
    int Points,
    double MeanAbsolute,
    double Naive,
    double? Mase,
    double? Mape,
    double Coverage
)
{
    /// <summary>"As a season ago" would have been nearer.</summary>
    public bool IsWorseThanNaive { get; init; }
}

/// <summary>Tries a forecast on the last seasons, which are held back from it, as far ahead as it is looked at.</summary>
internal static class ForecastTrial
{
    /// <summary>Half the width of an interval of 95 %, in standard deviations.</summary>
    public const double Width = 1.959964;

    /// <summary>Of the mean load: what arithmetic makes of two that are as good as each other.</summary>
    private const double Nothing = 1e-6;

    private const int MostHeldBack = 3;

    /// <param name="values">Whole seasons and what came since; NaN where nothing was told.</param>
    /// <param name="ahead">Steps.</param>
    public static ForecastError Of(ReadOnlySpan<double> values, int period, int ahead)
    {
        var seasons = values.Length / period;
        var held = Math.Clamp(seasons - 2, 1, MostHeldBack) * period;
        var before = values[..(values.Length - held)];
        var model = SmoothingFit.Of(before, period);
        var (off, naive, share, mean) = (0.0, 0.0, 0.0, 0.0);
        var (points, shares, inside) = (0, 0, 0);
        for (var at = before.Length; at + ahead <= values.Length; at++)
        {
            var (expected, deviation) = model.Ahead(ahead)[ahead - 1];
            var came = at + ahead - 1;
            model.Follow(values[at]);
            if (double.IsNaN(values[came]) || double.IsNaN(values[came - period]))
            {
                continue;
            }
            var error = Math.Abs(values[came] - Math.Max(expected, 0));
            (off, naive) = (off + error, naive + Math.Abs(values[came] - values[came - period]));
            mean += Math.Abs(values[came]);
            points++;
            inside += error <= Width * deviation + Nothing * Math.Abs(values[came]) ? 1 : 0;
            if (values[came] != 0)
            {
                share += error / Math.Abs(values[came]);
                shares++;
            }
        }
        if (points == 0)
        {
            return new ForecastError(0, 0, 0, null, null, 0) { IsWorseThanNaive = true };
        }
        var scale = SeasonAgo(before, period);
        return new ForecastError(
            points,
            off / points,
            naive / points,
            scale > 0 ? off / points / scale : null,
            shares == 0 ? null : share / shares,
            (double)inside / points
        )
        {
            IsWorseThanNaive = off > naive + Nothing * mean,
        };
    }

    private static double SeasonAgo(ReadOnlySpan<double> values, int period)
    {
        var (sum, count) = (0.0, 0);
        for (var at = period; at < values.Length; at++)
        {
            if (!double.IsNaN(values[at]) && !double.IsNaN(values[at - period]))
            {
                sum += Math.Abs(values[at] - values[at - period]);
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }
}
