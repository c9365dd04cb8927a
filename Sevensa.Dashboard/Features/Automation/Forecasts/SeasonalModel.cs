namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>How quickly a model follows what it sees, each from 0 to 1.</summary>
/// <param name="Level">α</param>
/// <param name="Trend">β*, of the level's changes</param>
/// <param name="Season">γ</param>
/// <param name="Damping">φ: 1 lets the trend go on for ever.</param>
internal readonly record struct SmoothingRates(double Level, double Trend, double Season, double Damping);

/// <summary>
/// Triple exponential smoothing with an additive season and an additive, damped trend. P. R. Winters, "Forecasting Sales by
/// Exponentially Weighted Moving Averages", Management Science 6 (1960); the damping of E. S. Gardner and E. McKenzie, "Forecasting Trends
/// in Time Series", Management Science 31 (1985); in the error-correction form, and with the forecast's variance, of R. J. Hyndman,
/// A. B. Koehler, J. K. Ord and R. D. Snyder, "Forecasting with Exponential Smoothing" (Springer 2008), tables 2.1 and 6.1.
/// </summary>
internal sealed class SeasonalModel
{
    private readonly double[] season;
    private double level;
    private double trend;
    private double squares;
    private int told;
    private int at;

    /// <param name="season">What each step of a season adds, beginning with the step that comes next.</param>
    public SeasonalModel(SmoothingRates rates, double level, double trend, IReadOnlyList<double> season)
    {
        Rates = rates;
        (this.level, this.trend, this.season) = (level, trend, [.. season]);
    }

    public SmoothingRates Rates { get; }

    /// <summary>Steps of a season.</summary>
    public int Period => season.Length;

    /// <summary>Sum of the squared errors of one step that were seen.</summary>
    public double Squares => squares;

    /// <summary>Standard deviation of a forecast of one step.</summary>
    public double Deviation => told == 0 ? 0 : Math.Sqrt(squares / told);

    /// <summary>Before the first step: level, trend and season as the first two seasons have them. What is missing is NaN.</summary>
    public static SeasonalModel Begin(SmoothingRates rates, ReadOnlySpan<double> values, int period)
    {
        if (values.Length < 2 * period)
        {
            throw new ArgumentException("A season begins with two of them.", nameof(values));
        }
        var (first, second) = (Mean(values[..period]), Mean(values.Slice(period, period)));
        var trend = (second - first) / period;
        var season = new double[period];
        for (var step = 0; step < period; step++)
        {
            // Each over the line through the middles of both seasons, so that the trend is not taken for the season's.
            var line = first + trend * (step - (period - 1) / 2.0);
            var (one, other) = (values[step] - line, values[period + step] - line - trend * period);
            season[step] =
                double.IsNaN(one) ? (double.IsNaN(other) ? 0 : other)
                : double.IsNaN(other) ? one
                : (one + other) / 2;
        }
        return new SeasonalModel(rates, first - trend * (period + 1) / 2.0, trend, season);
    }

    /// <summary>Takes the next step's value in. What is missing (NaN) goes by as it was forecast.</summary>
    public void Follow(double value)
    {
        var damped = Rates.Damping * trend;
        var error = double.IsNaN(value) ? 0 : value - (level + damped + season[at]);
        if (!double.IsNaN(value))
        {
            squares += error * error;
            told++;
        }
        level += damped + Rates.Level * error;
        trend = damped + Rates.Level * Rates.Trend * error;
        season[at] += Rates.Season * error;
        at = (at + 1) % season.Length;
    }

    /// <summary>The steps that come next.</summary>
    public IReadOnlyList<(double Mean, double Deviation)> Ahead(int steps)
    {
        var points = new (double, double)[steps];
        var (reach, damping, variance) = (0.0, 1.0, 1.0);
        for (var step = 1; step <= steps; step++)
        {
            damping *= Rates.Damping;
            reach += damping;
            points[step - 1] = (
                level + reach * trend + season[(at + step - 1) % season.Length],
                Deviation * Math.Sqrt(variance)
            );
            var pull = Rates.Level + Rates.Level * Rates.Trend * reach + (step % season.Length == 0 ? Rates.Season : 0);
            variance += pull * pull;
        }
        return points;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        var (sum, count) = (0.0, 0);
        foreach (var value in values)
        {
            if (!double.IsNaN(value))
            {
                sum += value;
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }
}
